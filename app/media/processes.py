"""The child processes that read recordings, one for each recording.

A worker keeps one child waiting, so that FFmpeg is already loaded when an answer arrives. A waiting child has read no
untrusted data and is not confined yet; it confines itself when its only request arrives.
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
"""Priority of a child by its running time: (seconds, nice value). A new child comes first, because it may finish soon.
"""
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Environment variables that a child needs on some machines. They contain no secrets."""


class LibraryMissingError(Exception):
    """PyAV is not installed."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that waits for its request, and the file that receives its error output."""

    program: Path
    process: subprocess.Popen[bytes]
    complaints: IO[bytes]

    def ask(self, request: bytes, wall_seconds: float, watch: Callable[[], object], watch_seconds: float) -> int:
        """Send the request and return the exit code (negative: the signal that ended the child).

        While the child works, `watch` is called every `watch_seconds`; an exception from it ends the child. Raises
        subprocess.TimeoutExpired if the child takes longer than `wall_seconds`.
        """
        begun = time.monotonic()
        deadline = begun + wall_seconds
        try:
            if self.process.stdin is not None:
                with suppress(BrokenPipeError):  # The child has ended; its exit code tells why.
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
        """Lower the priority of the child and its threads, so that shorter work finishes first."""
        with suppress(OSError):  # The child has ended.
            os.setpriority(os.PRIO_PGRP, self.process.pid, niceness(seconds))

    def end(self) -> None:
        """Kill the child and all processes that it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close(self) -> None:
        """End the child, and close the files that belong to it."""
        self.end()
        if self.process.stdin is not None:
            with suppress(OSError):  # Bytes that the child did not take are dropped.
                self.process.stdin.close()
        self.complaints.close()


def new_child(program: Path) -> Child:
    """Start a child that runs `program`. Raises LibraryMissingError if PyAV is missing."""
    return _start(program)


def niceness(seconds: float) -> int:
    """Return the nice value, from 10 to 19 (lowest priority), of a child that has worked for `seconds`."""
    return max(nice for since, nice in NICE if seconds >= since)


_spare: Child | None = None
_lock = threading.Lock()


def child_for(program: Path) -> Child:
    """Return a child that runs `program`: the waiting one, or a new one. Raises LibraryMissingError if PyAV is missing."""
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None and child.program == program and child.process.poll() is None:
        return child
    if child is not None:
        child.close()
    return _start(program)


def prewarm(program: Path) -> None:
    """Start a child in advance, unless one is already waiting. For long-running processes that are idle."""
    global _spare
    with _lock:
        if _spare is None or _spare.process.poll() is not None:
            _spare = _start(program)


def shutdown() -> None:
    """End the waiting child, if there is one.

    Without this, the child would end with this process, when its input is closed.
    """
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None:
        child.close()


def library_folder() -> str:
    """Return the folder in which PyAV is installed. Raises LibraryMissingError if it is not installed."""
    found = importlib.util.find_spec("av")
    if found is None or found.origin is None:
        raise LibraryMissingError()
    return str(Path(found.origin).parents[1])


def environment() -> dict[str, str]:
    """Return the environment variables of a child. They contain no secrets."""
    variables = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return variables | {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}


def _start(program: Path) -> Child:
    complaints = temporary.unnamed_file()  # `Child.close` or the caller closes this file after the child has ended
    process = subprocess.Popen(  # noqa: S603 - a fixed program that gets its request from standard input
        [sys.executable, "-I", "-S", str(program), library_folder()],
        cwd="/",
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        env=environment(),
    )
    return Child(program, process, complaints)


def _sleep_until_it_ends(pid: int, seconds: float) -> None:
    """Wait until a child has ended or `seconds` are over. If the system cannot signal the end, wait only briefly.

    `subprocess` would poll, at intervals of up to 50 ms, which is as long as processing a minute of sound takes.
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
