"""The limit on recorded time of a take that has started, and "More time". The limit is never shortened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Limits, limits_given, limits_in_force, portion_seconds, with_more_time
from app.accommodations.standards import standard_of
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, NotFoundError
from app.recording.completion import lock_take
from app.recording.in_force import grants_during
from app.recording.models import Take


@dataclass(frozen=True, slots=True)
class MoreTime:
    """The remaining "More time": how many presses are left, and how many seconds each press adds."""

    left: int
    seconds: int


def seconds_in_force(session: Session, take: Take) -> int | None:
    """Return the current limit on recorded time of a take in seconds. None means unlimited.

    This is the longest of the take's original limit and the limits granted during the take, plus "More time". It never
    decreases, even if a grant ends.
    """
    given = [grant.given for grant in grants_during(session, take)]
    return longest_seconds(
        Limits.from_snapshot(take.limits), standard_of(take.question), given, presses=take.more_time_presses
    )


def longest_seconds(original: Limits, standard: Limits, given: Sequence[Given], *, presses: int) -> int | None:
    """Return the limit on recorded time in seconds, as `seconds_in_force` explains, from the values that decide it.

    `original`: the limits when the take began; `standard`: those of the question; `given`: the accommodations in force
    at any time during the take; `presses`: how often the candidate pressed "More time".
    """
    longest = limits_in_force(original, [limits_given(standard, given)]).recording_seconds
    return with_more_time(longest, presses=presses, standard_seconds=standard.recording_seconds)


def more_time_of(session: Session, take: Take) -> MoreTime | None:
    """Return the remaining "More time" of a take, or None if the take has no limit or no presses are left."""
    if take.question.recording_seconds is None or seconds_in_force(session, take) is None:
        return None
    most = accommodations.policy_of(session, take.question.interview_id).more_time_presses
    left = max(0, most - take.more_time_presses)
    return MoreTime(left, portion_seconds(take.question.recording_seconds)) if left else None


def take_more_time(session: Session, attempt_id: str, take_id: str, *, now: datetime) -> Take:
    """Lengthen a take by one portion of "More time", without a request (WCAG 2.2.1). Locks the take.

    Raises NotFoundError if the take does not belong to the attempt, and ConflictError if it was stopped or no portion
    is left.
    """
    take = lock_take(session, take_id)
    if take is None or take.attempt_id != attempt_id or take.removed_at is not None:
        raise NotFoundError()
    if take.stopped_at is not None:
        raise ConflictError(_("This recording has been stopped, and is kept."))
    more = more_time_of(session, take)
    if more is None:
        raise ConflictError(
            _("No more time can be added. Everything that you record is kept."), next_step=_("Continue recording.")
        )
    take.more_time_presses += 1
    session.flush()
    details = {"number": take.number, "press": take.more_time_presses, "seconds": more.seconds}
    subject, actor = ("take", take.id), Actor("candidate", attempt_id)
    record(session, AuditAction.MORE_TIME_TAKEN, actor=actor, subject=subject, now=now, **details)
    return take
