"""The outer worker process replaces the inner process if that dies or takes too long, and stops it before ending
itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from app import pipeline, work
from app.accommodations import notice_sending
from tests.waiting import LONG_SECONDS, is_running, wait_until, wait_until_ended
from tests.waiting import LONGER_THAN_ANY_TEST_SECONDS as SLEEP

OUTER = """
import sys
from app import work
work.GRACE_SECONDS = 3
work.supervise(None, [sys.executable, {inner!r}])
"""


def run_outer(tmp_path: Path, inner: str) -> subprocess.Popen[bytes]:
    """Start the outer process with an inner program that appends its process id to a file `runs`."""
    program = tmp_path / "inner.py"
    program.write_text(
        f"import os, sys, time\nopen({str(tmp_path / 'runs')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        + textwrap.dedent(inner)
    )
    return subprocess.Popen([sys.executable, "-c", OUTER.format(inner=str(program))], env={**os.environ})


def wait_for_runs(tmp_path: Path, count: int) -> list[int]:
    """Wait until the inner process has started `count` times. Return the process ids."""
    wait_until(lambda: len(runs(tmp_path)) >= count, f"the inner process starts {count} times")
    return runs(tmp_path)


def runs(tmp_path: Path) -> list[int]:
    noted = tmp_path / "runs"
    return [int(pid) for pid in noted.read_text().splitlines()] if noted.exists() else []


def test_an_inner_process_that_dies_is_replaced(tmp_path: Path) -> None:
    outer = run_outer(tmp_path, "sys.exit(3)")
    first, second = wait_for_runs(tmp_path, 2)[:2]
    assert first != second
    outer.terminate()
    assert outer.wait(LONG_SECONDS) == 0


def test_inner_process_that_exceeds_its_time_is_replaced(tmp_path: Path) -> None:
    hang = f"os.write(int(os.environ['FAIRTAKE_INTERNAL_BEAT_FD']), b'busy 0.5\\n'); time.sleep({SLEEP})"
    outer = run_outer(tmp_path, hang)
    first = wait_for_runs(tmp_path, 2)[0]
    assert not is_running(first)
    outer.terminate()
    assert outer.wait(LONG_SECONDS) == 0


def test_an_inner_process_within_its_time_is_left_alone(tmp_path: Path) -> None:
    busy = f"os.write(int(os.environ['FAIRTAKE_INTERNAL_BEAT_FD']), b'busy 0.5\\nidle\\n'); time.sleep({SLEEP})"
    outer = run_outer(tmp_path, busy)
    wait_for_runs(tmp_path, 1)
    time.sleep(2)
    assert len(wait_for_runs(tmp_path, 1)) == 1
    outer.terminate()
    assert outer.wait(LONG_SECONDS) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_inner_process_ends_with_the_outer(tmp_path: Path, how: signal.Signals) -> None:
    outer = run_outer(tmp_path, f"time.sleep({SLEEP})")
    inner = wait_for_runs(tmp_path, 1)[0]
    outer.send_signal(how)
    assert outer.wait(LONG_SECONDS) == 0
    wait_until_ended(inner)


def test_the_inner_process_ends_when_the_outer_is_killed(tmp_path: Path) -> None:
    tied = tmp_path / "tied"
    tie = f"""
        sys.path.insert(0, {str(Path.cwd())!r})
        from app.process import die_with_parent
        die_with_parent()
        open({str(tied)!r}, "w").close()
        time.sleep({SLEEP})
    """
    outer = run_outer(tmp_path, tie)
    inner = wait_for_runs(tmp_path, 1)[0]
    wait_until(tied.exists, "the inner process is tied to the outer")
    outer.kill()
    outer.wait()
    wait_until_ended(inner)


class EnoughError(BaseException):
    """Ends an endless loop in a test's thread."""


@pytest.mark.parametrize(
    ("loop", "module", "name"),
    [
        (work._sweep_repeatedly, pipeline, "sweep"),
        (work._send_mail_repeatedly, notice_sending, "send_due"),
        (work._encode_repeatedly, pipeline, "encode_next"),
    ],
)
@pytest.mark.parametrize("problem", [RuntimeError, ValueError, UnicodeError, OSError])
def test_worker_thread_continues_after_any_error(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    loop: Callable[[Flask], None],
    module: ModuleType,
    name: str,
    problem: type[Exception],
) -> None:
    calls: list[int] = []

    def act(*_lane: object) -> int:
        calls.append(1)
        if len(calls) > 1:
            raise EnoughError
        raise problem("words of a person")

    monkeypatch.setattr(module, name, act)
    monkeypatch.setattr(work.time, "sleep", lambda _seconds: None)
    with pytest.raises(EnoughError):
        loop(app)
    assert problem.__name__ in caplog.text
    assert "words of a person" not in caplog.text


def test_worker_thread_continues_if_leaving_its_context_fails(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def act(*_lane: object) -> int:
        calls.append(1)
        if len(calls) > 1:
            raise EnoughError
        return 0

    @contextmanager
    def context() -> Iterator[None]:
        yield
        raise ConnectionError

    monkeypatch.setattr(notice_sending, "send_due", act)
    monkeypatch.setattr(app, "app_context", context)
    monkeypatch.setattr(work.time, "sleep", lambda _seconds: None)
    with pytest.raises(EnoughError):
        work._send_mail_repeatedly(app)
