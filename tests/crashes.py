"""A test whose process ends is run once more, in another process, and is named loudly at the end of the run.

Nothing is known of it then: whether the test ended its process, one before it did, or the machine (no memory left).
"""

from __future__ import annotations

from typing import Any

import pytest

CRASHED: list[str] = []


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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what had to be run again."""
    for test in dict.fromkeys(CRASHED):
        terminalreporter.write_line(f"!!! THE PROCESS OF A TEST ENDED; find out why: {test}", red=True)
