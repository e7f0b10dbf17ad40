"""Ties a child process to its parent, so that nothing is left behind when the parent is killed."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask Linux to send this process a signal when its parent ends (prctl(2)); elsewhere there is nothing to ask."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
