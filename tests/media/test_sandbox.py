"""The child process cannot do what its walls forbid, and its results are validated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.captions.speech.sound import read_samples
from app.media import processes, sandbox
from app.media.facts import MediaBudget, MediaRefusedError, Refusal
from app.media.processes import Child
from app.media.reading import probe
from app.media.sandbox import MediaFailedError, Prepared, Way, prepare_media
from tests.hostile_media import claim_size, refer_outside, scripts
from tests.media_factory import beeps, opus_silence, packets, record

ROOT = Path(__file__).resolve().parents[2]
WALLED = """
import json, os, socket, sys, threading, types
from pathlib import Path
from typing import Any
app = types.ModuleType("app"); app.__path__ = [{root!r} + "/app"]; sys.modules["app"] = app
from app.media import confinement
folder, secret = Path({folder!r}), Path({secret!r})
allowance = confinement.Allowance(512 * 2**20, {cpu}, 10_000)
walls = confinement.confine(allowance, [folder / "mine"], folder, os.getppid())
def attempt(action):
    try:
        action()
    except BaseException as problem:
        return type(problem).__name__
    return "done"
{body}
"""


def prepare(
    tmp_path: Path, *segments: Path, limits: MediaBudget | None = None, way: Way = Way.COPY, note: Any = None
) -> Prepared:
    made = tmp_path / "made"
    made.mkdir(exist_ok=True)
    return prepare_media(segments, made, limits, way=way, note=note)


def refused(tmp_path: Path, *segments: Path, limits: MediaBudget | None = None) -> Refusal:
    with pytest.raises(MediaRefusedError) as caught:
        prepare(tmp_path, *segments, limits=limits)
    return caught.value.code


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def use_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Replace the child by another program, which runs in the folder of the results."""
    child = tmp_path / "child.py"
    begin = "import json, os, signal, sys, time\nrequest = json.load(sys.stdin)\nos.chdir(request['folder'])\n"
    child.write_text(begin + textwrap.dedent(program))
    monkeypatch.setattr(sandbox, "CHILD", child)


def behind_walls(tmp_path: Path, body: str, cpu: int = 20) -> subprocess.CompletedProcess[str]:
    """Run a program that first confines itself. Its function `attempt` returns how an action ended."""
    folder, secret = tmp_path / "folder", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("another candidate")
    (folder / "mine").write_text("mine")
    program = WALLED.format(root=str(ROOT), folder=str(folder), secret=str(secret), cpu=cpu, body=textwrap.dedent(body))
    return subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


def walls_here(tmp_path: Path) -> list[str]:
    return json.loads(behind_walls(tmp_path, "print(json.dumps(walls))").stdout)


def test_sessions_go_in_and_a_file_that_seeks_and_its_sound_come_out(tmp_path: Path) -> None:
    first, second = record(tmp_path / "a.webm", "vp8.webm"), record(tmp_path / "b.webm", "vp8.webm")
    made = prepare(tmp_path, first, second)
    assert made.path.parent == (tmp_path / "made").resolve()
    assert (made.content_type, made.width, made.height) == ("video/webm", 160, 120)
    assert packets(made.path)["video"] == packets(first)["video"] + packets(second)["video"]
    assert made.complete
    assert made.audio_path is not None
    assert beeps(read_samples(made.audio_path)) == pytest.approx([0, 1, 2, 3], abs=0.02)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["audio.s16", "part-0.webm", "sound.webm"]


def test_the_sound_comes_out_alone_too_and_as_long(tmp_path: Path) -> None:
    made = prepare(tmp_path, ROOT / "demo" / "answers" / "answer-1.webm")
    assert made.sound is not None
    assert packets(made.sound) == {"audio": packets(made.path)["audio"]}
    whole, alone = (probe(path, MediaBudget()).duration_ms for path in (made.path, made.sound))
    assert alone == pytest.approx(whole, abs=100)
    assert made.sound.stat().st_size < made.path.stat().st_size


def test_a_recording_without_a_picture_is_its_sound_already(tmp_path: Path) -> None:
    assert prepare(tmp_path, ROOT / "tests" / "clips" / "long_answer.webm").sound is None


def test_a_recording_without_sound_comes_out_without(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "silent.webm"))
    assert made.audio_path is None
    assert made.has_video
    assert made.complete


def test_a_phones_session_after_a_laptops_comes_out_as_a_second_part(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "vp8.webm"), record(tmp_path / "h264.mp4"), way=Way.COPY_ANYWAY)
    assert [part.path.name for part in made.parts] == ["part-0.webm", "part-1.mp4"]
    assert made.audio_path is not None
    assert beeps(read_samples(made.audio_path)) == pytest.approx([0, 1, 2, 3], abs=0.05)


def test_the_sound_alone_is_that_of_the_longest_part(tmp_path: Path) -> None:
    sessions = [record(tmp_path / "vp8.webm", seconds=1), record(tmp_path / "h264.mp4", seconds=2)]
    made = prepare(tmp_path, *sessions, way=Way.COPY_ANYWAY)
    assert made.sound is not None
    assert packets(made.sound) == {"audio": packets(made.parts[1].path)["audio"]}
    assert sorted(path.name for path in (tmp_path / "made").glob("sound*")) == [made.sound.name]


def test_what_the_watcher_raises_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.1)
    use_child(monkeypatch, tmp_path, "open('pid', 'w').write(str(os.getpid())); time.sleep(60)")
    pid = tmp_path / "made" / "pid"

    def lost(_percent: int) -> None:
        if pid.exists() and pid.read_text():
            raise LookupError

    with pytest.raises(LookupError):
        prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5), note=lost)
    assert_gone(int(pid.read_text()))


@pytest.mark.parametrize(
    "program", ["os.symlink('/etc/passwd', 'progress')", "open('progress', 'wb').write(b'.' * 900)"]
)
def test_progress_is_never_more_than_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    use_child(monkeypatch, tmp_path, program)
    told: list[int] = []
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5), note=told.append)
    assert set(told) <= {0, 100}


def test_what_is_encoded_again_was_made_behind_the_same_walls(tmp_path: Path) -> None:
    made = prepare(tmp_path, ROOT / "tests" / "clips" / "hevc.mov", way=Way.ENCODE)
    assert list(made.walls) == walls_here(tmp_path)


def test_every_wall_that_this_machine_has_stands_around_the_child(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5))
    assert list(made.walls) == walls_here(tmp_path)
    assert {"limits", "parent"} <= set(made.walls)


@pytest.mark.parametrize("name", ["ffconcat", "playlist", "archive", "text"])
def test_what_is_no_recording_is_refused(tmp_path: Path, name: str) -> None:
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


def test_a_child_that_takes_too_long_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_child(
        monkeypatch, tmp_path, "open('pids', 'w').write(f'{os.getpid()} {os.fork() or os.getpid()}'); time.sleep(60)"
    )
    began = time.monotonic()
    assert refused(tmp_path, record(tmp_path / "opus.webm"), limits=MediaBudget(wall_seconds=3)) is Refusal.TIMEOUT
    assert time.monotonic() - began < 40
    for pid in (tmp_path / "made" / "pids").read_text().split():
        assert_gone(int(pid))


def assert_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")


@pytest.mark.parametrize(
    ("end", "meaning"),
    [
        ("SIGSEGV", Refusal.DAMAGED),
        ("SIGABRT", Refusal.DAMAGED),
        ("SIGXCPU", Refusal.TIMEOUT),
        ("SIGALRM", Refusal.TIMEOUT),
    ],
)
def test_a_recording_that_ends_its_reader_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, meaning: Refusal
) -> None:
    use_child(monkeypatch, tmp_path, f"os.kill(os.getpid(), signal.{end}); time.sleep(10)")
    assert refused(tmp_path, record(tmp_path / "opus.webm")) is meaning


def test_a_recording_that_needs_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20, 500 * 2**20))
    bytearray(600 * 2**20)
    """
    use_child(monkeypatch, tmp_path, program)
    assert refused(tmp_path, record(tmp_path / "opus.webm", seconds=0.2)) is Refusal.MEMORY


def test_a_child_killed_from_outside_says_nothing_about_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_child(monkeypatch, tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm"))


def test_a_full_disk_says_nothing_about_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, tmp_path, "json.dump({'failed': 'OSError', 'trace': ''}, open('result.json', 'w'))")
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "vp8.webm"))


def test_what_becomes_larger_than_a_recording_may_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "MIB", 0)  # allows a file of twice the size, but leaves no space for samples
    monkeypatch.setattr(sandbox, "SAMPLE_RATE", 0)
    assert refused(tmp_path, record(tmp_path / "opus.webm")) is Refusal.TOO_COSTLY


def test_secrets_of_the_environment_do_not_reach_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRTAKE_SECRET_KEY", "0123456789")
    use_child(monkeypatch, tmp_path, "json.dump(dict(os.environ), open('seen', 'w'))")
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm"))
    seen = json.loads((tmp_path / "made" / "seen").read_text())
    assert not [name for name in seen if "FAIRTAKE" in name or "TOKEN" in name or name == "HOME"]


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
def test_an_answer_that_makes_no_sense_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    answer = f"""
    part = {HONEST!r}
    def answer(parts, has_sound):
        json.dump({{"parts": parts, "skipped": [], "complete": True, "has_sound": has_sound, "walls": []}},
                  open("result.json", "w"))
    """
    use_child(monkeypatch, tmp_path, textwrap.dedent(answer) + program)
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.2))


def test_behind_the_walls_there_is_no_network_no_other_file_and_no_other_program(tmp_path: Path) -> None:
    done = behind_walls(
        tmp_path,
        """
        tried = {
            "network": attempt(lambda: socket.create_connection(("127.0.0.1", 9), 1)),
            "secret": attempt(secret.read_text),
            "mine": attempt((folder / "mine").read_text),
            "make": attempt(lambda: (folder / "new").write_text("new")),
            "overwrite": attempt(lambda: (folder / "mine").write_text("other")),
            "elsewhere": attempt(lambda: (folder.parent / "new").write_text("new")),
            "link": attempt(lambda: os.symlink("/etc/passwd", folder / "link")),
            "program": attempt(lambda: os.execv("/bin/true", ["true"])),
            "process": attempt(os.fork),
            "signal": attempt(lambda: os.kill(os.getppid(), 0)),
            "large": attempt(lambda: (folder / "large").write_bytes(bytes(20_000))),
            "memory": attempt(lambda: bytearray(700 * 2**20)),
        }
        print(json.dumps([walls, tried]))
        """,
    )
    walls, tried = json.loads(done.stdout)
    assert tried["mine"] == tried["make"] == "done"
    assert tried["large"] == "OSError"
    assert tried["memory"] == "MemoryError"
    if "calls" in walls or "network" in walls:
        assert tried["network"] in ("PermissionError", "OSError")
    if "calls" in walls:
        assert [tried[name] for name in ("network", "program", "process", "signal")] == ["PermissionError"] * 4
    if "files" in walls:
        assert [tried[name] for name in ("secret", "elsewhere", "link")] == ["PermissionError"] * 3


def test_threads_are_allowed_where_processes_are_not(tmp_path: Path) -> None:
    done = behind_walls(
        tmp_path,
        """
        said = []
        thread = threading.Thread(target=said.append, args=("spoke",)); thread.start(); thread.join()
        print(said[0])
        """,
    )
    assert done.stdout == "spoke\n"


def test_processor_time_is_limited(tmp_path: Path) -> None:
    done = behind_walls(tmp_path, "while True: pass", cpu=1)
    assert done.returncode == -signal.SIGXCPU  # SIGKILL would look like a kill from outside, which is retried


@pytest.mark.skipif(sys.platform != "linux", reason="a process is tied to its parent on Linux alone")
def test_the_child_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    child = WALLED.format(
        root=str(ROOT),
        folder=str(folder),
        secret="x",
        cpu=20,
        body="(folder / 'pid').write_text(str(os.getpid())); import time; time.sleep(60)",
    ).replace('[folder / "mine"]', "[]")
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"]
    )
    deadline = time.monotonic() + 20
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = int((folder / "pid").read_text())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert_gone(pid)


def test_a_missing_wall_is_told_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_told", set())
    for _ in range(3):
        sandbox._log_missing_walls({"walls": ["limits", "parent", "files", "calls"]})
    assert [record.getMessage() for record in caplog.records if "network" in record.getMessage()] == [
        caplog.messages[0]
    ]


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
    waiting_child.process.stdin.close()  # as happens when the parent ends
    assert waiting_child.process.wait(30) == 0
