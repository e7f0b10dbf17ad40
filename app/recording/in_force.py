"""Find the accommodations in force during a take, and record them in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accommodations.models import Grant
from app.audit import Actor, AuditAction, record
from app.recording.models import Take


def grants_during(session: Session, take: Take) -> list[Grant]:
    """Return the grants in force at any time during a take, oldest first. For a running take, the period ends now."""
    is_held = or_(Grant.ended_at.is_(None), Grant.ended_at > take.started_at)
    query = select(Grant).where(Grant.attempt_id == take.attempt_id, is_held).order_by(Grant.given_at, Grant.id)
    if take.stopped_at is not None:
        query = query.where(Grant.given_at <= take.stopped_at)
    return list(session.scalars(query))


def record_in_force(session: Session, take: Take, grants: Sequence[Grant], *, actor: Actor, now: datetime) -> None:
    """Record in the audit log that these grants were in force during a take. Does nothing without grants."""
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
