"""The audit log in plain words: who acted, what happened, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import StaffUser
from app.audit import AuditEvent, AuditHead
from app.compliance.log import load_events
from app.compliance.wording import facts, sentence
from app.interviews.invitation_services import matches_words
from app.interviews.lists import NEWEST_INVITED
from app.interviews.models import Attempt, Interview, Invitation, Question, named
from app.keyset import MAX_COUNTED, Count, Page, Place, page_of
from app.recording.models import Answer, Take

PER_PAGE = 40
MAX_EVENTS_TO_VERIFY = 1_000
"""Maximum number of events for which the page verifies the log automatically. This takes less than a tenth of a second."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event for display. `facts` are its details as (label, value)."""

    number: int
    at: datetime
    sentence: str
    facts: Sequence[tuple[str, str]]
    who: str


def count_events(session: Session) -> int:
    """Return the number of events according to the head row or, if that is missing, according to the last event."""
    last = select(func.coalesce(func.max(AuditEvent.number), 0))
    return session.scalars(select(func.coalesce(func.max(AuditHead.number), last.scalar_subquery()))).one()


def read_entries(session: Session, page: int) -> list[LogEntry]:
    """Return a page of the log, newest first. Pages count from 1; a page beyond the end is empty.

    Raises LogUnreadableError if an event of the page cannot be read.
    """
    newest = count_events(session) - (page - 1) * PER_PAGE
    is_on_page = AuditEvent.number.between(newest - PER_PAGE + 1, newest)
    return entries_of(session, load_events(session, is_on_page)[::-1])


def entries_of(session: Session, events: Sequence[AuditEvent]) -> list[LogEntry]:
    """Return the events as sentences, with the current names of people."""
    names = _names(session, _ids_in(events))
    return [_entry(event, names) for event in events]


def find_people(session: Session, wanted: str, place: Place) -> tuple[Page[Invitation], Count]:
    """Return a page of the invitations that `matches_words` finds, newest first, and the number of all of them.

    Few matches are found in any order and sorted then, because a scan in order of time reads each row by its key. Many
    matches are read in order, because a page of them is found soon.
    """
    matches = matches_words(wanted)
    found = session.scalars(select(Invitation.id).where(*matches).limit(MAX_COUNTED + 1)).all()
    is_here = matches if len(found) > MAX_COUNTED else [Invitation.id.in_(found)]
    query = select(Invitation).where(*is_here)
    query = query.options(joinedload(Invitation.interview), joinedload(Invitation.attempt))
    page = page_of(session, query, NEWEST_INVITED, place, size=PER_PAGE).map(lambda row: row[0])
    return page, Count.of(len(found))


def _entry(event: AuditEvent, names: Mapping[str, str]) -> LogEntry:
    system = _("The system (%(part)s)", part=event.actor_id) if event.actor_kind == "system" else None
    who = system or names.get(event.actor_id, event.actor_id)
    words = sentence(event, who=who, what=names.get(event.subject_id, event.subject_id))
    return LogEntry(event.number, event.at, words, facts(event.details, names), who)


def _ids_in(events: Iterable[AuditEvent]) -> set[str]:
    ids: set[str] = set()
    for event in events:
        ids |= {event.actor_id, event.subject_id}
        ids |= {value for value in event.details.values() if isinstance(value, str)}
    return ids


def _names(session: Session, ids: set[str]) -> dict[str, str]:
    """Return the current names of the people and objects with these ids. An erased person has no entry."""
    candidate = (Invitation.candidate_name, Invitation.reference)
    to_attempt = Attempt.invitation_id == Invitation.id
    queries = (
        select(StaffUser.id, StaffUser.name),
        select(Interview.id, Interview.title),
        select(Question.id, Question.position),
        select(Invitation.id, *candidate),
        select(Attempt.id, *candidate).join(Invitation, to_attempt),
        select(Take.id, *candidate).join(Attempt, Take.attempt_id == Attempt.id).join(Invitation, to_attempt),
        select(Answer.id, *candidate).join(Attempt, Answer.attempt_id == Attempt.id).join(Invitation, to_attempt),
    )
    names: dict[str, str] = {}
    for query in queries:
        key = query.selected_columns[0]
        names.update(
            (row[0], named(*row[1:]) if row[2:] else str(row[1])) for row in session.execute(query.where(key.in_(ids)))
        )
    return names
