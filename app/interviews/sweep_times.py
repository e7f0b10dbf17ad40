"""Keep `Attempt.sweep_at` correct when a deadline of the interview or the invitation changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, inspect, or_, update
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Mapper

from app.interviews.models import LOOK_NOW, Attempt, Interview, Invitation


@listens_for(Interview, "before_update")
def _schedule_attempts(_mapper: Mapper[Any], connection: Connection, interview: Interview) -> None:
    """Schedule the attempts of an interview for the sweep in time for a new deadline, which may be earlier.

    If the deadline was removed, the next sweep looks at them, because reports count candidates without a deadline.
    """
    if inspect(interview).attrs.deadline_at.history.has_changes():
        _look_by(connection, interview.deadline_at or LOOK_NOW, Attempt.interview_id == interview.id)


@listens_for(Invitation, "before_update")
def _look_at_its_attempt(_mapper: Mapper[Any], connection: Connection, invitation: Invitation) -> None:
    if inspect(invitation).attrs.expires_at.history.has_changes():
        _look_by(connection, invitation.expires_at or LOOK_NOW, Attempt.invitation_id == invitation.id)


def _look_by(connection: Connection, closing: datetime, here: ColumnElement[bool]) -> None:
    is_later = or_(Attempt.sweep_at.is_(None), Attempt.sweep_at > closing)
    connection.execute(update(Attempt).where(here, Attempt.submitted_at.is_(None), is_later).values(sweep_at=closing))
