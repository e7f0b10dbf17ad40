"""The windows of takes that have been heard, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.captions.speech.heard import HeardWindows
from app.recording.heard_models import HeardGroup


def find(session: Session, take_id: str, key: str) -> HeardWindows | None:
    """Return a group of windows of a take, or None if it has not been heard."""
    row = session.get(HeardGroup, (take_id, key))
    return HeardWindows.from_json(row.heard) if row else None


def keep(session: Session, take_id: str, key: str, heard: HeardWindows, *, now: datetime) -> None:
    """Keep a group of windows of a take. The caller must have locked the take."""
    if session.get(HeardGroup, (take_id, key)) is None:
        session.add(HeardGroup(take_id=take_id, key=key, heard=heard.to_json(), made_at=now))
        session.flush()


def forget(session: Session, take_id: str) -> None:
    """Delete what was heard of a take, because its captions are made."""
    session.execute(delete(HeardGroup).where(HeardGroup.take_id == take_id))
