"""Sessions that were ended. Their signed cookies are still valid, so the server stores that they were ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import EndedSession, StaffUser

COOKIE_LIFETIME = timedelta(days=14)
"""How long a session cookie is valid after the last page (Flask's PERMANENT_SESSION_LIFETIME)."""


def end_session(session: Session, session_id: str, *, now: datetime) -> None:
    """End a session for every copy of its cookie. Two tabs may do this at the same time."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(EndedSession).values(id=session_id, ended_at=now).on_conflict_do_nothing())


def is_ended(session: Session, session_id: str) -> bool:
    """Return whether a session was ended."""
    return session.get(EndedSession, session_id) is not None


def user_in(session: Session, user_id: str, session_id: object) -> StaffUser | None:
    """Return a user with their roles, or None if the user does not exist or this session was ended. Uses one statement.

    A `session_id` that is not a text belongs to a cookie of an older version, which counts as active.
    """
    values = {"user_id": user_id, "session_id": session_id if isinstance(session_id, str) else ""}
    return session.scalars(_user_in(), values).unique().one_or_none()


@cache
def _user_in() -> Select[StaffUser]:
    is_ended = exists().where(EndedSession.id == bindparam("session_id"))
    query = select(StaffUser).where(StaffUser.id == bindparam("user_id"), ~is_ended)
    return query.options(joinedload(StaffUser.grants))


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete the rows of sessions whose cookies have expired."""
    session.execute(delete(EndedSession).where(EndedSession.ended_at <= now - COOKIE_LIFETIME))
