"""Retention: answers are deleted after the interview's number of days, with every copy in this installation.

That includes recordings, uploads, captions and entries in the search index. The audit log stays: it holds no content.
The days are `Interview.retention_days`; the worker deletes what is due in `housekeeping.delete_what_is_due`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.clock import later
from app.compliance.models import Hold
from app.interviews.models import Attempt, Interview, Invitation
from app.recording.models import Answer, Take, WrittenDraft


def due_attempts(session: Session, *, now: datetime) -> Sequence[str]:
    """Return the attempts, oldest first, whose data is due for deletion. Data under a legal hold is not included."""
    return [attempt_id for attempt_id, _interview_id, ends_at in _kept(session) if ends_at <= now]


def is_due(session: Session, attempt_id: str, *, now: datetime) -> bool:
    """Whether an attempt is still due: a hold may have been placed since it was listed."""
    return any(ends_at <= now for _attempt_id, _interview_id, ends_at in _kept(session, Attempt.id == attempt_id))


def _kept(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[str, str, datetime]]:
    """Return (attempt, interview, due time) of all attempts that have data and no hold, oldest first.

    The days count from sending. For attempts that were never sent, they count from the candidate's own deadline, else the
    interview's, else the start. They do not count while a deadline is paused for a decision.
    """
    has_takes = select(Take.id).where(Take.attempt_id == Attempt.id, Take.removed_at.is_(None)).exists()
    has_answers = select(Answer.id).where(Answer.attempt_id == Attempt.id).exists()
    has_drafts = select(WrittenDraft.question_id).where(WrittenDraft.attempt_id == Attempt.id).exists()
    is_on = (Hold.invitation_id == Invitation.id) | (Hold.interview_id == Invitation.interview_id)
    is_held = select(Hold.id).where(is_on, Hold.ended_at.is_(None)).exists()
    counted_from = func.coalesce(Attempt.submitted_at, Attempt.deadline_at, Interview.deadline_at, Attempt.started_at)
    is_waiting = Attempt.submitted_at.is_(None) & Attempt.waiting_since.is_not(None)
    rows = session.execute(
        select(
            Attempt.id, Interview.id, counted_from, Interview.retention_days,
        )
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .where(has_takes | has_answers | has_drafts, ~is_held, ~is_waiting, *conditions)
        .order_by(counted_from, Attempt.id)
    )  # fmt: skip
    return [
        (attempt_id, interview_id, later(since, timedelta(days=days))) for attempt_id, interview_id, since, days in rows
    ]


@dataclass(frozen=True, slots=True)
class Planned:
    """One interview: how long its answers are kept, how many candidates have data, and when the next is due."""

    interview: Interview
    candidates: int
    due_now: int
    next_at: datetime | None


def plan(session: Session, *, now: datetime) -> list[Planned]:
    """Return what retention will delete, by interview. Used by the page."""
    interviews = session.scalars(select(Interview).order_by(Interview.created_at.desc(), Interview.id)).all()
    found: dict[str, list[datetime]] = {interview.id: [] for interview in interviews}
    for _attempt_id, interview_id, ends_at in _kept(session):
        found[interview_id].append(ends_at)
    return [
        Planned(
            interview,
            len(found[interview.id]),
            sum(ends_at <= now for ends_at in found[interview.id]),
            min(found[interview.id], default=None),
        )
        for interview in interviews
    ]
