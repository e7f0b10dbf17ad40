"""Read the story of one candidate, and the audit log, as they are now."""

from __future__ import annotations

from sqlalchemy import select

from app.audit import AuditEvent
from app.compliance import story
from app.extensions import db
from app.interviews.models import Attempt


def tell(attempt: Attempt) -> story.Story:
    """Return the story of a candidate."""
    db.session.rollback()
    return story.build_story(db.session(), attempt.invitation_id)


def actions() -> list[str]:
    """Return the actions of all events of the audit log."""
    db.session.rollback()
    return [event.action for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.number))]
