"""A malicious recording ends only the child process. Errors of the machine are not reported as errors of the recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.media import sandbox
from app.media.facts import MediaBudget, MediaRefusedError, Refusal
from app.media.sandbox import MediaFailedError
from tests.hostile_media import claim_size, refer_outside, scripts
from tests.media.sandboxed import prepare, use_child
from tests.media_factory import opus_silence, record
from tests.waiting import LONG_SECONDS, wait_until_ended
from tests.waiting import LONGER_THAN_ANY_TEST_SECONDS as SLEEP


def refused(tmp_path: Path, *segments: Path, limits: MediaBudget | None = None) -> Refusal:
    with pytest.raises(MediaRefusedError) as caught:
        prepare(tmp_path, *segments, limits=limits)
    return caught.value.code


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["ffconcat", "playlist", "archive", "text"])
def test_scripts_and_archives_are_refused_as_recordings(tmp_path: Path, name: str) -> None:
    victim = record(tmp_path / "opus.webm", seconds=0.5)
    assert refused(tmp_path, written(tmp_path / "answer.webm", scripts(victim)[name])) is Refusal.NOT_MEDIA
    assert list((tmp_path / "made").iterdir()) == []


def test_hostile_recordings_are_refused_with_their_reason(tmp_path: Path) -> None:
    large = record(tmp_path / "vp8.webm", seconds=0.5, size=(320, 272)).read_bytes()
    memo = record(tmp_path / "memo.m4a", seconds=0.5).read_bytes()
    assert refused(tmp_path, written(tmp_path / "1", claim_size(large, 65_000, 65_000))) is Refusal.TOO_LARGE_DIMENSIONS
    assert refused(tmp_path, written(tmp_path / "2", refer_outside(memo, tmp_path / "memo.m4a"))) is Refusal.EMPTY
    assert refused(tmp_path, written(tmp_path / "3", b"")) is Refusal.EMPTY


def test_five_hours_of_silence_cost_little_memory_and_are_refused(tmp_path: Path) -> None:
    bomb = opus_silence(tmp_path / "bomb.webm", 5 * 3600)
    assert refused(tmp_path, bomb, limits=MediaBudget(memory_bytes=200 * 1024 * 1024)) is Refusal.TOO_LONG


def test_half_an_hour_of_silence_is_decoded_in_little_memory(tmp_path: Path) -> None:
    silence = opus_silence(tmp_path / "silence.webm", 1800)
    made = prepare(tmp_path, silence, limits=MediaBudget(memory_bytes=200 * 1024 * 1024))
    assert made.audio_path is not None
    assert made.audio_path.stat().st_size == pytest.approx(1800 * 16_000 * 2, rel=0.001)


def test_child_that_takes_too_long_is_ended_with_its_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, tmp_path, f"os.fork(); open(f'pid-{{os.getpid()}}', 'w').close(); time.sleep({SLEEP})")
    opus, started = record(tmp_path / "opus.webm"), []
    for seconds in (3, 30, LONG_SECONDS):  # on a busy machine, the child may not have started within the first limit
        assert refused(tmp_path, opus, limits=MediaBudget(wall_seconds=seconds)) is Refusal.TIMEOUT
        started = list((tmp_path / "made").glob("pid-*"))
        if len(started) >= 2:
            break
    assert len(started) >= 2
    for path in started:
        wait_until_ended(int(path.name.removeprefix("pid-")))


@pytest.mark.parametrize(
    ("end", "meaning"),
    [
        ("SIGSEGV", Refusal.DAMAGED),
        ("SIGABRT", Refusal.DAMAGED),
        ("SIGXCPU", Refusal.TIMEOUT),
        ("SIGALRM", Refusal.TIMEOUT),
    ],
)
def test_recording_that_crashes_its_reader_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, meaning: Refusal
) -> None:
    use_child(monkeypatch, tmp_path, f"os.kill(os.getpid(), signal.{end}); time.sleep({SLEEP})")
    assert refused(tmp_path, record(tmp_path / "opus.webm")) is meaning


def test_a_recording_that_needs_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20, 500 * 2**20))
    bytearray(600 * 2**20)
    """
    use_child(monkeypatch, tmp_path, program)
    assert refused(tmp_path, record(tmp_path / "opus.webm", seconds=0.2)) is Refusal.MEMORY


def test_child_killed_from_outside_is_no_fault_of_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_child(monkeypatch, tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm"))


def test_full_disk_is_no_fault_of_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, tmp_path, "json.dump({'failed': 'OSError', 'trace': ''}, open('result.json', 'w'))")
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "vp8.webm"))


def test_a_result_above_the_size_limit_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MIB", 0)  # allows a file of twice the size, but leaves no space for samples
    monkeypatch.setattr(sandbox, "SAMPLE_RATE", 0)
    assert refused(tmp_path, record(tmp_path / "opus.webm")) is Refusal.TOO_COSTLY
