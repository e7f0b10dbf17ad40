"""The child processes that read recordings, one each. A worker keeps one ready, so that no answer waits for FFmpeg to load.

A waiting child has not read any untrusted data and has no walls yet; it puts them up when its only request arrives.
"""

from __future__ import annotations

import importlib.util
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app import temporary

NICE = ((0, 10), (60, 14), (180, 17), (1800, 19))
"""After so many seconds a child gets the processor when fewer others want it: what has just begun is likely to be short."""
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Environment variables that a child needs on some machines. They hold no secrets."""


class LibraryMissingError(Exception):
    """PyAV is not installed."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that waits for its request, and the file for its error output."""

    program: Path
    process: subprocess.Popen[bytes]
    complaints: IO[bytes]

    def ask(self, request: bytes, wall_seconds: float, watch: Callable[[], object], watch_seconds: float) -> int:
        """Send the request and return the exit code (negative: the signal). Raises subprocess.TimeoutExpired.

        While it works, `watch` is called every `watch_seconds`; an exception from it ends the child.
        """
        begun = time.monotonic()
        deadline = begun + wall_seconds
        try:
            if self.process.stdin is not None:
                with suppress(BrokenPipeError):  # It has ended, and its exit code says why.
                    self.process.stdin.write(request)
                    self.process.stdin.close()
            while self.process.poll() is None and time.monotonic() < deadline:
                _sleep_until_it_ends(self.process.pid, min(watch_seconds, max(deadline - time.monotonic(), 0)))
                self._let_others_go_first(time.monotonic() - begun)
                watch()
            self.process.wait(timeout=max(deadline - time.monotonic(), 0))
        finally:
            self.end()
        return self.process.returncode

    def _let_others_go_first(self, seconds: float) -> None:
        """Give it the processor when nobody else wants it, all of its threads: what takes seconds may take longer."""
        with suppress(OSError):  # It has ended.
            os.setpriority(os.PRIO_PGRP, self.process.pid, niceness(seconds))

    def end(self) -> None:
        """Kill it and everything it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def niceness(seconds: float) -> int:
    """Return the priority, from 10 to 19 (the lowest), of a child that has worked for so many seconds."""
    return max(nice for since, nice in NICE if seconds >= since)


_spare: Child | None = None
_lock = threading.Lock()


def child_for(program: Path) -> Child:
    """Return a child that runs `program`: the one that waits, or a new one. Raises LibraryMissingError."""
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None and child.program == program and child.process.poll() is None:
        return child
    if child is not None:
        _put_away(child)
    return _start(program)


def prewarm(program: Path) -> None:
    """Start a child ahead, unless one waits already. For processes that live long and have nothing to do just now."""
    global _spare
    with _lock:
        if _spare is None or _spare.process.poll() is not None:
            _spare = _start(program)


def shutdown() -> None:
    """End the child that waits, if one does. It would also end by itself with this process, whose pipe it reads."""
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None:
        _put_away(child)


def library_folder() -> str:
    """Return the folder that PyAV is installed in. Raises LibraryMissingError."""
    found = importlib.util.find_spec("av")
    if found is None or found.origin is None:
        raise LibraryMissingError()
    return str(Path(found.origin).parents[1])


def _start(program: Path) -> Child:
    complaints = temporary.unnamed_file()  # it is closed with the child
    variables = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - a fixed program; the request goes in through standard input
        [sys.executable, "-I", "-S", str(program), library_folder()],
        cwd="/",
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        env=variables | {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
    )
    return Child(program, process, complaints)


def _sleep_until_it_ends(pid: int, seconds: float) -> None:
    """Return when a child has ended or the seconds are over, or soon where a system cannot tell.

    `subprocess` looks again and again, in the end every 50 ms: as much as a minute of sound costs altogether.
    """
    try:
        ended = os.pidfd_open(pid)
    except (AttributeError, OSError):
        time.sleep(min(seconds, 0.05))
        return
    try:
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.poll(seconds * 1000)
    finally:
        os.close(ended)


def _put_away(child: Child) -> None:
    child.end()
    if child.process.stdin is not None:
        child.process.stdin.close()
    child.complaints.close()
