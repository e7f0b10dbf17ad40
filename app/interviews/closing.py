"""A candidate's deadline as conditions in SQL: `services.closing_time` for many attempts at once.

The queries must join `Attempt` with `Invitation` and `Interview`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from app.interviews.models import Attempt, Interview, Invitation


def is_closed(by: datetime) -> ColumnElement[bool]:
    """Return the condition that recording was closed at the time `by`, and does not wait for a decision."""
    own = and_(Attempt.deadline_at.is_not(None), Attempt.deadline_at <= by)
    standard = or_(Interview.deadline_at <= by, Invitation.expires_at <= by)
    return Attempt.waiting_since.is_(None) & or_(own, Attempt.deadline_at.is_(None) & standard)


def is_open(now: datetime) -> ColumnElement[bool]:
    """Return the condition that there is a deadline and it is still to come."""
    own = and_(Attempt.deadline_at.is_not(None), Attempt.deadline_at > now)
    to_come = [or_(each.is_(None), each > now) for each in (Interview.deadline_at, Invitation.expires_at)]
    is_set = or_(Interview.deadline_at.is_not(None), Invitation.expires_at.is_not(None))
    return or_(own, and_(Attempt.deadline_at.is_(None), is_set, *to_come))
