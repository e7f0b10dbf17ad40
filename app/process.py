"""Tie a child process to its parent, so that no process remains if the parent is killed.

`python app/process.py PROGRAM ...` replaces itself by PROGRAM, tied to its parent. A function between fork and exec
(preexec_fn) would not be safe, because a process that has loaded a speech model has threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask Linux to send this process a signal when its parent ends (prctl(2)). Does nothing on other systems."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


if __name__ == "__main__":
    die_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the caller chooses the program
