"""Sessions that were ended. The session cookie is signed, so only the server can say that one no longer counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.models import EndedSession

COOKIE_LIFETIME = timedelta(days=14)
"""How long a session cookie is valid after the last page (Flask's PERMANENT_SESSION_LIFETIME)."""


def end_session(session: Session, session_id: str, *, now: datetime) -> None:
    """Make every copy of a session's cookie worthless."""
    session.merge(EndedSession(id=session_id, ended_at=now))


def is_ended(session: Session, session_id: str) -> bool:
    """Whether a session was ended."""
    return session.get(EndedSession, session_id) is not None


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete the rows of sessions whose cookies have expired."""
    session.execute(delete(EndedSession).where(EndedSession.ended_at <= now - COOKIE_LIFETIME))
