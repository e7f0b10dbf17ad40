"""Sessions that were ended. Their signed cookies are still valid, so the server stores that they were ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.models import EndedSession

COOKIE_LIFETIME = timedelta(days=14)
"""How long a session cookie is valid after the last page (Flask's PERMANENT_SESSION_LIFETIME)."""


def end_session(session: Session, session_id: str, *, now: datetime) -> None:
    """End a session for every copy of its cookie. Two tabs may do this at the same time."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(EndedSession).values(id=session_id, ended_at=now).on_conflict_do_nothing())


def is_ended(session: Session, session_id: str) -> bool:
    """Return whether a session was ended."""
    return session.get(EndedSession, session_id) is not None


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete the rows of sessions whose cookies have expired."""
    session.execute(delete(EndedSession).where(EndedSession.ended_at <= now - COOKIE_LIFETIME))
