"""Rules for takes, as pure functions of values. Times are arguments.

The limit on recorded time is never a reason to refuse bytes: the recorder stops at the limit, and everything it sends
is kept. Compare `Media.duration_ms` with the limits of the take to see that a recording is too long. Two things are
refused: a new upload for a take that is already past its limit, and a recording far longer than any plausible overrun
(`media.facts.limits_for`).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

MAX_TAKES = 100
"""Maximum number of kept takes of one question. It protects disk space where retakes are unlimited."""
EMPTY_TAKE_KEPT = timedelta(days=7)
"""How long an empty take is kept for its first byte. Its recorder may be offline."""
MAX_EMPTY_TAKES = 20
"""Maximum number of empty takes of one question. Each page that starts to record makes one."""
RESUME_WINDOW = timedelta(hours=24)
"""How long after its deadline a started interview waits for the candidate to return and for uploads to finish."""
QUIET_AFTER_SENDING = timedelta(hours=1)
"""How long a sent take that was never stopped waits for more bytes. A browser that lost its connection retries sooner.
"""
LOST_AFTER = timedelta(days=7)
"""How long a stopped take without any bytes is kept."""
OVER_ITS_LIMIT_MS = 60_000
"""How far a take may exceed its limit when another upload begins. Allows for clock differences and slow networks."""
WARN_AT = (60, 30, 10)
"""Remaining seconds of recording at which the page warns the candidate."""


class TaskState(StrEnum):
    """The state of a question for its candidate. The templates contain the wording."""

    NOT_STARTED = "not started"
    INTERRUPTED = "interrupted"
    AWAITED = "awaited"
    RECORDED = "recorded"
    WRITTEN = "written"
    UNREADABLE = "unreadable"
    ANSWERED = "answered"


def accepts_more(*, is_complete: bool, is_closed: bool) -> bool:
    """Return whether bytes that arrive now are added to a take.

    A take may be completed because its recorder did not return. It then accepts bytes until a reviewer has opened the
    prepared answer and was shown its end. Candidates are never shown that end: their pages say how much has not
    arrived.
    """
    return not (is_complete and is_closed)


def remaining_takes(retakes: int | None, used: int) -> int | None:
    """Return how many takes may still be started, counting the first take and the retakes. None means unlimited."""
    return None if retakes is None else max(0, 1 + retakes - used)


def task_state(
    *,
    is_answered: bool,
    has_recording: bool,
    is_interrupted: bool,
    is_written: bool = False,
    is_awaited: bool = False,
    is_unreadable: bool = False,
) -> TaskState:
    """Return the state of a question. If several states apply, the most advanced one takes precedence.

    `is_unreadable`: one of its recordings cannot be read. `is_awaited`: no bytes of a recording have arrived yet.
    """
    if is_answered:
        return TaskState.ANSWERED
    if has_recording:
        return TaskState.RECORDED
    if is_written:
        return TaskState.WRITTEN
    if is_interrupted:
        return TaskState.INTERRUPTED
    if is_awaited:
        return TaskState.AWAITED
    return TaskState.UNREADABLE if is_unreadable else TaskState.NOT_STARTED
