"""The child process has no access to the network, other files, other programs, secrets or processes."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from app.media import sandbox
from app.media.sandbox import MediaFailedError, Preparation
from tests.media.sandboxed import ROOT, behind_walls, prepare, use_child, walls_here
from tests.media_factory import record


def test_encoding_runs_in_the_same_sandbox_as_copying(tmp_path: Path) -> None:
    made = prepare(tmp_path, ROOT / "tests" / "clips" / "hevc.mov", way=Preparation.ENCODE)
    assert list(made.walls) == walls_here(tmp_path)


def test_every_wall_that_this_machine_has_stands_around_the_child(tmp_path: Path) -> None:
    made = prepare(tmp_path, record(tmp_path / "opus.webm", seconds=0.5))
    assert list(made.walls) == walls_here(tmp_path)
    assert {"limits", "parent"} <= set(made.walls)


def test_secrets_of_the_environment_do_not_reach_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRTAKE_SECRET_KEY", "0123456789")
    use_child(monkeypatch, tmp_path, "json.dump(dict(os.environ), open('seen', 'w'))")
    with pytest.raises(MediaFailedError):
        prepare(tmp_path, record(tmp_path / "opus.webm"))
    seen = json.loads((tmp_path / "made" / "seen").read_text())
    assert not [name for name in seen if "FAIRTAKE" in name or "TOKEN" in name or name == "HOME"]


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
    assert (
        done.returncode == -signal.SIGXCPU
    )  # not SIGKILL, which would be retried because it looks like a kill from outside


def test_missing_wall_is_logged_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_logged_missing_walls", set())
    for _ in range(3):
        sandbox._log_missing_walls({"walls": ["limits", "parent", "files", "calls"]})
    assert [record.getMessage() for record in caplog.records if "network" in record.getMessage()] == [
        caplog.messages[0]
    ]
