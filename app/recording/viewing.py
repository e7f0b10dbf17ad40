"""Record each opening of an answer in the audit log, to show who has seen it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, AuditEvent, record
from app.recording.completion import close, shows_its_end
from app.recording.models import Answer


def answer_with(session: Session, take_id: str) -> Answer:
    """Return the answer that a take was chosen for."""
    return session.scalars(select(Answer).where(Answer.take_id == take_id)).one()


def note_viewing(session: Session, user: StaffUser, answer: Answer, *, now: datetime) -> None:
    """Record in the audit log that a reviewer opened an answer, and close its take, because the reviewer is shown its
    end.
    """
    if answer.take_id is not None:
        close(session, answer.take_id, now=now)
    record_viewing(session, user.id, answer.id, answer.take_id, now=now)


def record_viewing(session: Session, user_id: str, answer_id: str, take_id: str | None, *, now: datetime) -> None:
    """Record in the audit log that a reviewer opened an answer. `take_id` is None if the answer is written."""
    actor, subject = Actor("staff", user_id), ("answer", answer_id)
    record(session, AuditAction.ANSWER_VIEWED, actor=actor, subject=subject, now=now, take=take_id)


def is_noted(session: Session, user: StaffUser, answer_id: str, *, since: datetime) -> bool:
    """Return whether the audit log shows that this reviewer has opened the answer after `since`."""
    query = select(AuditEvent.number).where(
        AuditEvent.subject_id == answer_id,
        AuditEvent.action == str(AuditAction.ANSWER_VIEWED),
        AuditEvent.actor_id == user.id,
        AuditEvent.at >= since,
    )
    return session.scalar(query.limit(1)) is not None


def closes_by_viewing(answer: Answer) -> bool:
    """Return whether a reviewer who opens the answer now would be the first to see where it ends."""
    return answer.take is not None and shows_its_end(answer.take)
