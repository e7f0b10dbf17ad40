"""Which accommodations held during a take, and the event that says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accommodations.models import Grant
from app.audit import Actor, AuditAction, record
from app.recording.models import Take


def grants_during(session: Session, take: Take) -> list[Grant]:
    """Return what the candidate had at any moment of a take, the first given first; up to now while it has not stopped."""
    is_held = or_(Grant.ended_at.is_(None), Grant.ended_at > take.started_at)
    query = select(Grant).where(Grant.attempt_id == take.attempt_id, is_held).order_by(Grant.given_at, Grant.id)
    if take.stopped_at is not None:
        query = query.where(Grant.given_at <= take.stopped_at)
    return list(session.scalars(query))


def record_in_force(session: Session, take: Take, grants: Sequence[Grant], *, actor: Actor, now: datetime) -> None:
    """Write down that these grants were in force for a take; nothing where there are none."""
    if grants:
        record(
            session,
            AuditAction.ACCOMMODATION_IN_FORCE,
            actor=actor,
            subject=("take", take.id),
            now=now,
            question=take.question_id,
            question_number=take.question_number,
            number=take.number,
            grants=" ".join(grant.id for grant in grants),
        )
