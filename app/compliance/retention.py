"""Retention: answers are deleted after the interview's number of days, with every copy in this installation.

Recordings, uploads, captions and entries of the search index are deleted too. The audit log is kept, because it does
not contain what candidates said or wrote. The number of days is `Interview.retention_days`. The worker deletes due
answers in `housekeeping.delete_what_is_due`.
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
    """Return the ids of the attempts whose data is due for deletion, oldest first.

    Data under a legal hold is not due.
    """
    return [attempt_id for attempt_id, _interview_id, ends_at in _attempts_with_end(session) if ends_at <= now]


def is_due(session: Session, attempt_id: str, *, now: datetime) -> bool:
    """Return whether an attempt is still due for deletion. Since it was listed, a legal hold may have been placed."""
    return any(
        ends_at <= now for _attempt_id, _interview_id, ends_at in _attempts_with_end(session, Attempt.id == attempt_id)
    )


def _attempts_with_end(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[str, str, datetime]]:
    """Return (attempt, interview, due time) of all attempts that have data and no legal hold, oldest first.

    The days count from the sending of the answers. For attempts that were never sent, they count from the candidate's
    own deadline, else the interview's deadline, else the start. Attempts whose deadline is paused for a decision are
    left out.
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
class PlannedDeletion:
    """One interview: the number of candidates with data, how many are due for deletion, and when the next is due."""

    interview: Interview
    candidates: int
    due_now: int
    next_at: datetime | None


def plan(session: Session, *, now: datetime) -> list[PlannedDeletion]:
    """Return the coming deletions of each interview, for the retention page."""
    interviews = session.scalars(select(Interview).order_by(Interview.created_at.desc(), Interview.id)).all()
    found: dict[str, list[datetime]] = {interview.id: [] for interview in interviews}
    for _attempt_id, interview_id, ends_at in _attempts_with_end(session):
        found[interview_id].append(ends_at)
    return [
        PlannedDeletion(
            interview,
            len(found[interview.id]),
            sum(ends_at <= now for ends_at in found[interview.id]),
            min(found[interview.id], default=None),
        )
        for interview in interviews
    ]
