"""If the process of a test crashes, runs the test once more in another process, and reports this at the end of the run.
The cause may be the test, an earlier test in the same process, or the machine (out of memory). So each process logs
signals that would end it, with the stack at that moment, and its regular end. A test must not lower the limits of
its process, because the kernel would then end the process much later, during another test.
"""

from __future__ import annotations

import atexit
import faulthandler
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CRASHED: list[str] = []
DEADLY = [signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2]
LIMITS = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE)
FOLDER = Path(".pytest_cache") / "ends"


def pytest_configure(config: pytest.Config) -> None:
    """Open this process's log file. The controlling process deletes the files of the last run."""
    folder = config.rootpath / FOLDER
    if not hasattr(config, "workerinput"):
        for old in folder.glob("*.txt"):
            old.unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    notes = (folder / f"{config.workerinput['workerid']}-{os.getpid()}.txt").open("w")
    for number in DEADLY:
        if signal.getsignal(number) is signal.SIG_DFL:
            faulthandler.register(number, file=notes, all_threads=False, chain=True)
    atexit.register(notes.write, "ended by itself\n")


@pytest.fixture(autouse=True)
def process_limits() -> Iterator[None]:
    """Fail a test that changes a resource limit of its process, and restore the limit."""
    before = [resource.getrlimit(limit) for limit in LIMITS]
    yield
    after = [resource.getrlimit(limit) for limit in LIMITS]
    for limit, values in zip(LIMITS, before, strict=True):
        resource.setrlimit(limit, values)
    assert after == before, "a limit of the process was changed"


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: Any, sched: Any) -> None:
    """Schedule the test again after its first crash. A second crash is a failure. (A hook of pytest-xdist.)"""
    is_first = crashitem not in CRASHED
    CRASHED.append(crashitem)
    if not is_first:
        return
    try:
        sched.mark_test_pending(crashitem)
    except NotImplementedError:  # with --dist loadfile, a test cannot be scheduled again
        return
    report.outcome = "rerun"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the tests whose process crashed, and the log files of all processes."""
    for test in dict.fromkeys(CRASHED):
        terminalreporter.write_line(f"!!! THE PROCESS OF A TEST ENDED; find out why: {test}", red=True)
    for notes in sorted((config.rootpath / FOLDER).glob("*.txt")) if CRASHED else ():
        terminalreporter.write_line(f"{notes.name}: {notes.read_text().strip() or 'nothing noted'}")
