"""Retention: answers are deleted after the interview's number of days, with every copy in this installation.

Recordings, uploads, captions and entries of the search index are deleted too. The audit log is kept, because it does
not contain what candidates said or wrote. The number of days is `Interview.retention_days`. The worker deletes due
answers in `housekeeping.delete_what_is_due`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, select
from sqlalchemy.orm import Session

from app.clock import earlier, later
from app.compliance.models import Hold
from app.interviews.lists import NEWEST
from app.interviews.models import Attempt, Interview
from app.keyset import START, Count, Page, Place, counted, page_of
from app.recording.kept import HAS_OWN_WORDS
from app.recording.models import Answer, Take, WrittenDraft
from app.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class PlannedDeletion:
    """One interview: the number of candidates with data, how many are due for deletion, and when the next is due."""

    interview: Interview
    candidates: Count
    due_now: Count
    next_at: datetime | None


COUNTED_FROM = func.coalesce(Attempt.submitted_at, Attempt.deadline_at, Interview.deadline_at, Attempt.started_at)
"""The days count from the sending of the answers.

For attempts that were never sent, they count from the candidate's own deadline, else the interview's deadline, else the
start.
"""


def due_attempts(session: Session, *, now: datetime) -> Sequence[str]:
    """Return the ids of the attempts whose data is due for deletion, oldest first.

    Data under a legal hold is not due. Only attempts in the range of an index are read.
    """
    days = session.scalars(select(Interview.retention_days).distinct()).all()
    found: list[tuple[datetime, str]] = []
    for is_old in (_sent_by, _unsent_by):
        for each in days:
            query = _kept().where(Interview.retention_days == each, is_old(earlier(now, timedelta(days=each))))
            found += [(since, attempt_id) for attempt_id, since in session.execute(query)]
    return [attempt_id for _since, attempt_id in sorted(found)]


def is_due(session: Session, attempt_id: str, *, now: datetime) -> bool:
    """Return whether an attempt is still due for deletion. Since it was listed, a legal hold may have been placed."""
    query = _kept().where(Attempt.id == attempt_id).add_columns(Interview.retention_days)
    found = session.execute(query).one_or_none()
    return found is not None and later(found[1], timedelta(days=found[2])) <= now


def plan(session: Session, place: Place = START, *, now: datetime) -> Page[PlannedDeletion]:
    """Return a page of the interviews with their coming deletions, newest first, for the retention page."""
    page = page_of(session, select(Interview), NEWEST, place).map(lambda row: row[0])
    cutoffs = {each.retention_days: earlier(now, timedelta(days=each.retention_days)) for each in page.rows}
    figures = {row[0]: row[1:] for row in _figures(session, [each.id for each in page.rows], cutoffs)}
    return page.map(lambda interview: _planned(interview, *figures[interview.id]))


def _figures(
    session: Session, interview_ids: Collection[str], cutoffs: Mapping[int, datetime]
) -> Iterable[Row[*tuple[Any, ...]]]:
    """Yield for each interview: its id, two counts, and when the days of the oldest sent and unsent data began."""
    if not interview_ids:
        return []
    kept = select(Attempt.id).where(Attempt.interview_id == Interview.id, *_is_kept())
    days = {each: literal(cutoff, UtcDateTime) for each, cutoff in cutoffs.items()}
    cutoff = case(days, value=Interview.retention_days)
    # Two counts, so that each reads one range of an index.
    due = [counted(kept.where(is_old(cutoff)), Interview) for is_old in (_sent_by, _unsent_by)]
    is_sent = Attempt.submitted_at.is_not(None)
    oldest = [
        # The first in order instead of the minimum, because an index has this order.
        kept.where(is_sent).with_only_columns(Attempt.submitted_at).order_by(Attempt.submitted_at).limit(1),
        kept.where(~is_sent).with_only_columns(func.min(COUNTED_FROM)),
    ]
    columns = [each.correlate(Interview).scalar_subquery() for each in oldest]
    query = select(Interview.id, counted(kept, Interview), *due, *columns)
    return session.execute(query.where(Interview.id.in_(interview_ids)))


def _planned(
    interview: Interview, kept: int, sent: int, unsent: int, sent_since: datetime | None, since: datetime | None
) -> PlannedDeletion:
    oldest = min((each for each in (sent_since, since) if each is not None), default=None)
    next_at = later(oldest, timedelta(days=interview.retention_days)) if oldest else None
    return PlannedDeletion(interview, Count.of(kept), Count.of(sent + unsent), next_at)


def _kept() -> Select[*tuple[Any, ...]]:
    """Select (attempt, start of its retention period) of the attempts that have data and no legal hold."""
    has_takes = select(Take.id).where(Take.attempt_id == Attempt.id, Take.removed_at.is_(None)).exists()
    has_answers = select(Answer.id).where(Answer.attempt_id == Attempt.id).exists()
    has_drafts = select(WrittenDraft.question_id).where(WrittenDraft.attempt_id == Attempt.id).exists()
    query = select(Attempt.id, COUNTED_FROM).join(Interview, Interview.id == Attempt.interview_id)
    return query.where(*_is_kept(), has_takes | has_answers | has_drafts | HAS_OWN_WORDS)


def _is_kept() -> list[ColumnElement[bool]]:
    """Return the conditions for attempts that may have data, have no legal hold, and do not wait for a decision."""
    # Two subqueries, because PostgreSQL would compare each attempt with each hold if one had both conditions.
    is_held, is_held_with_all = (
        select(Hold.id).where(is_on, Hold.ended_at.is_(None)).exists().correlate(Attempt)
        for is_on in (Hold.invitation_id == Attempt.invitation_id, Hold.interview_id == Attempt.interview_id)
    )
    is_waiting = Attempt.submitted_at.is_(None) & Attempt.waiting_since.is_not(None)
    return [Attempt.keeps_answers.expression, ~is_held, ~is_held_with_all, ~is_waiting]


def _sent_by(cutoff: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    return Attempt.submitted_at <= cutoff


def _unsent_by(cutoff: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    return Attempt.submitted_at.is_(None) & (cutoff >= COUNTED_FROM)
