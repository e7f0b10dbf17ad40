"""Recordings are read in a child process. These tests cover its input, its output, and the prewarmed child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.captions.speech.sound import read_samples
from app.media import processes, sandbox
from app.media.facts import MediaBudget
from app.media.processes import Child
from app.media.reading import probe
from app.media.sandbox import MediaFailedError, Preparation
from tests.media.sandboxed import ROOT, WALLED, prepare, use_child, walls_here
from tests.media_factory import beeps, packets, record
from tests.waiting import LONG_SECONDS, wait_until, wait_until_ended
from tests.waiting import LONGER_THAN_ANY_TEST_SECONDS as SLEEP


def test_sessions_become_a_seekable_file_and_its_sound(tmp_path: Path) -> None:
    first, second = record(tmp_path / "a.webm", "vp8.webm"), record(tmp_path / "b.webm", "vp8.webm")
    made = prepare(tmp_path, first, second)
    assert made.path.parent == (tmp_path / "made").resolve()
    assert (made.content_type, made.width, made.height) == ("video/webm", 160, 120)
    assert packets(made.path)["video"] == packets(first)["video"] + packets(second)["video"]
    assert made.complete
    assert made.audio_path is not None
    assert beeps(read_samples(made.audio_path)) == pytest.approx([0, 1, 2, 3], abs=0.02)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["audio.s16", "part-0.webm", "sound.webm"]


def test_sound_alone_is_as_long_as_the_recording(tmp_path: Path) -> None:
    made = prepare(tmp_path, ROOT / "demo" / "answers" / "answer-1.webm")
    assert made.sound is not None
    assert packets(made.sound) == {"audio": packets(made.path)["audio"]}
    whole, alone = (probe(path, MediaBudget()).duration_ms for path in (made.path, made.sound))
    assert alone == pytest.approx(whole, abs=100)
    assert made.sound.stat().st_size < made.path.stat().st_size


def test_a_recording_without_a_picture_is_its_sound_already(tmp_path: Path) -> None:
    assert prepare(tmp_path, ROOT / "tests" / "clips" / "long_answer.webm").sound is None


def test_recording_without_sound_gives_no_sound(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "silent.webm"))
    assert made.audio_path is None
    assert made.has_video
    assert made.complete


def test_session_of_a_phone_after_a_laptop_is_a_second_part(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "vp8.webm"), record(tmp_path / "h264.mp4"), way=Preparation.COPY_ANYWAY)
    assert [part.path.name for part in made.parts] == ["part-0.webm", "part-1.mp4"]
    assert made.audio_path is not None
    assert beeps(read_samples(made.audio_path)) == pytest.approx([0, 1, 2, 3], abs=0.05)


def test_the_sound_alone_is_that_of_the_longest_part(tmp_path: Path) -> None:
    sessions = [record(tmp_path / "vp8.webm", seconds=1), record(tmp_path / "h264.mp4", seconds=2)]
    made = prepare(tmp_path, *sessions, way=Preparation.COPY_ANYWAY)
    assert made.sound is not None
    assert packets(made.sound) == {"audio": packets(made.parts[1].path)["audio"]}
    assert sorted(path.name for path in (tmp_path / "made").glob("sound*")) == [made.sound.name]


def test_an_error_of_the_progress_callback_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.1)
    use_child(monkeypatch, tmp_path, f"open('pid', 'w').write(str(os.getpid())); time.sleep({SLEEP})")
    pid = tmp_path / "made" / "pid"

    def lost(_percent: int) -> None:
        if pid.exists() and pid.read_text():
            raise LookupError

    with pytest.raises(LookupError):
        prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5), note=lost)
    wait_until_ended(int(pid.read_text()))


@pytest.mark.parametrize(
    "program", ["os.symlink('/etc/passwd', 'progress')", "open('progress', 'wb').write(b'.' * 900)"]
)
def test_progress_never_exceeds_100_percent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    use_child(monkeypatch, tmp_path, program)
    told: list[int] = []
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5), note=told.append)
    assert set(told) <= {0, 100}


HONEST = {
    "container": "webm", "duration_ms": 1, "starts_at_ms": 0, "video_codec": None, "audio_codec": "opus", "width": None,
    "height": None, "seams_ms": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "program",
    [
        "os.symlink('/etc/passwd', 'part-0.webm'); answer([part], False)",
        "answer([part], False)",
        "open('part-0.webm', 'w'); os.symlink('/etc/passwd', 'audio.s16'); answer([part], True)",
        "open('part-0.webm', 'w'); answer([{**part, 'container': '../../x'}], False)",
        "answer([], False)",
        "open('result.json', 'w').write('[' * 100_000)",
        "open('result.json', 'w').write(' ' * 1_000_000 + '{}')",
        "open('result.json', 'w').write('[]')",
        "os.symlink('/dev/zero', 'result.json')",
        "os.mkfifo('result.json')",
        "json.dump({}, open('result.json', 'w'))",
    ],
)
def test_invalid_answer_of_the_child_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    answer = f"""
    part = {HONEST!r}
    def answer(parts, has_sound):
        json.dump({{"parts": parts, "skipped": [], "complete": True, "has_sound": has_sound, "walls": []}},
                  open("result.json", "w"))
    """
    use_child(monkeypatch, tmp_path, textwrap.dedent(answer) + program)
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.2))


@pytest.mark.skipif(sys.platform != "linux", reason="a process is tied to its parent on Linux alone")
def test_the_child_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    child = WALLED.format(
        root=str(ROOT),
        folder=str(folder),
        secret="x",
        cpu=20,
        body=f"(folder / 'pid').write_text(str(os.getpid())); import time; time.sleep({SLEEP})",
    ).replace('[folder / "mine"]', "[]")
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"]
    )
    noted = folder / "pid"
    wait_until(lambda: noted.exists() and noted.read_text(), "the child starts")
    pid = int(noted.read_text())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until_ended(pid)


def test_the_child_starts_without_the_web_application(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'app' / 'media')!r}); import child; from pathlib import Path\n"
        f"child._find_modules(Path({str(ROOT)!r}), {str(Path(np.__file__).parents[1])!r})\n"
        "from app.media import remuxing, sound, confinement\n"
        "print([name for name in ('flask', 'sqlalchemy', 'numpy', 'redis') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def waiting_child(tmp_path: Path) -> Iterator[Child]:
    sandbox.prewarm()
    child = processes._spare
    assert child
    yield child
    processes.shutdown()


def test_a_child_that_waited_does_the_work_behind_every_wall_and_only_once(
    tmp_path: Path, waiting_child: Child
) -> None:
    sandbox.prewarm()
    assert processes._spare is waiting_child
    made = prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5))
    assert waiting_child.process.poll() == 0
    assert processes._spare is None
    assert list(made.walls) == walls_here(tmp_path)


def test_a_child_that_died_while_it_waited_is_replaced(tmp_path: Path, waiting_child: Child) -> None:
    waiting_child.process.kill()
    waiting_child.process.wait()
    assert prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5)).complete


def test_a_child_that_waits_ends_with_its_parent(waiting_child: Child) -> None:
    assert waiting_child.process.stdin
    waiting_child.process.stdin.close()  # standard input closes when the parent ends
    assert waiting_child.process.wait(LONG_SECONDS) == 0
