"""A candidate's deadline: it pauses while a request waits for a decision, and a grant may move it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.accommodations.models import AccommodationRequest, RequestState
from app.audit import Actor, AuditAction, record
from app.clock import later
from app.interviews import services as interviews
from app.interviews.closing import is_open
from app.interviews.models import Attempt, Invitation

SYSTEM = Actor("system", "accommodations")
_IS_OPEN = AccommodationRequest.state == str(RequestState.OPEN)


def pause_or_resume(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Pause the deadline while a request is open, unless the deadline has passed.

    When no request is open, resume it, extended by the length of the pause. The caller must have locked the attempt's row.
    """
    session.flush()
    closing = interviews.closing_time(attempt.invitation)
    is_waiting = session.scalar(select(_has_open_request(attempt.id)))
    if is_waiting and attempt.waiting_since is None and closing is not None and now < closing:
        attempt.waiting_since = now
    elif not is_waiting and attempt.waiting_since is not None:
        paused = max(now - attempt.waiting_since, timedelta(0))
        attempt.waiting_since = None
        if closing is not None and paused:
            move(session, attempt, later(closing, paused), actor=SYSTEM, now=now)
    session.flush()


def move(session: Session, attempt: Attempt, to: datetime, *, actor: Actor, now: datetime) -> None:
    """Give one candidate a later deadline."""
    attempt.deadline_at = to
    record(
        session, AuditAction.DEADLINE_MOVED, actor=actor, subject=("attempt", attempt.id), now=now,
        to=to.isoformat(timespec="seconds"),
    )  # fmt: skip


def to_pause(session: Session, *, now: datetime) -> list[str]:
    """Return the ids of the attempts that have an open request although their deadline is not paused.

    This happens if the deadline had passed when the request was made and was moved later, or if the clock was ahead.
    """
    open_requests = select(AccommodationRequest.attempt_id).where(_IS_OPEN)
    query = (
        select(Attempt.id)
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .where(Attempt.id.in_(open_requests), Attempt.submitted_at.is_(None), Attempt.waiting_since.is_(None))
        .where(is_open(now))
    )
    return list(session.scalars(query.order_by(Attempt.id)))


def pause(session: Session, attempt_id: str, *, now: datetime) -> None:
    """Pause the deadline of an attempt from `to_pause`, unless the deadline has passed in the meantime."""
    attempt = interviews.lock_attempt(session, attempt_id)
    if _is_running(attempt, now):
        pause_or_resume(session, attempt, now=now)


def _has_open_request(attempt_id: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return exists().where(AccommodationRequest.attempt_id == attempt_id, _IS_OPEN)


def _is_running(attempt: Attempt, now: datetime) -> bool:
    closing = interviews.closing_time(attempt.invitation)
    return closing is not None and now < closing
