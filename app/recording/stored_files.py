"""Find the stored files of takes: those that are played, and those from before their beginning was cut."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.recording.models import Media, UntrimmedMedia


def stored_keys(session: Session, take_ids: Collection[str]) -> list[str]:
    """Return the storage keys of all files of these takes, except the parts of uploads."""
    media = session.scalars(select(Media).where(Media.take_id.in_(take_ids)))
    whole = session.scalars(select(UntrimmedMedia).where(UntrimmedMedia.take_id.in_(take_ids)))
    return [key for row in (*media, *whole) for key in row.keys]
