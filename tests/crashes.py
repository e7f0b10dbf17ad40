"""A test whose process ends is run once more, in another process, and is named loudly at the end of the run.

Nothing is known of it then: whether the test ended its process, one before it did, or the machine (no memory left). So each
process notes the signals that would end it, with what it was doing, and its regular end. No test may lower what its process
is allowed: the kernel would end it much later, in the middle of another test.
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
    """Begin the notes of this process; the one that gives out tests clears those of the last run."""
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
    """Fail the test that changes a limit of its own process, and put the limit back."""
    before = [resource.getrlimit(limit) for limit in LIMITS]
    yield
    after = [resource.getrlimit(limit) for limit in LIMITS]
    for limit, values in zip(LIMITS, before, strict=True):
        resource.setrlimit(limit, values)
    assert after == before, "a limit of the process was changed"


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: Any, sched: Any) -> None:
    """Schedule the test again the first time; the second time it has failed. For pytest-xdist."""
    is_first = crashitem not in CRASHED
    CRASHED.append(crashitem)
    if not is_first:
        return
    try:
        sched.mark_test_pending(crashitem)
    except NotImplementedError:  # where whole files stay together
        return
    report.outcome = "rerun"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name what had to be run again, and say what the processes noted of their ends."""
    for test in dict.fromkeys(CRASHED):
        terminalreporter.write_line(f"!!! THE PROCESS OF A TEST ENDED; find out why: {test}", red=True)
    for notes in sorted((config.rootpath / FOLDER).glob("*.txt")) if CRASHED else ():
        terminalreporter.write_line(f"{notes.name}: {notes.read_text().strip() or 'nothing noted'}")
