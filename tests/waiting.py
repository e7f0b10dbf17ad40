"""Waits for processes and events. Every wait is long, because the machine may be busy; a test that passes ends sooner."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LONG_SECONDS = 240
"""Maximum length of a wait. A test must not depend on a shorter one."""
LONGER_THAN_ANY_TEST_SECONDS = 3600
"""How long a program sleeps that a test expects to be ended. If it ended by itself, the test would show nothing."""


def wait_until(is_true: Callable[[], object], what: str) -> None:
    """Wait until a condition is true. `what` names it in the failure."""
    deadline = time.monotonic() + LONG_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"not within {LONG_SECONDS} seconds: {what}"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Return whether a process exists and has not ended. Linux only."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_ended(pid: int) -> None:
    """Wait until a process has ended."""
    wait_until(lambda: not is_running(pid), f"process {pid} ends")
