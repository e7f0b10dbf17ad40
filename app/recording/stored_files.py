"""Find the stored files of takes: those that are played, and those from before their beginning was cut."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from app.recording.media_columns import file_keys
from app.recording.models import Media, UntrimmedMedia


def stored_keys(session: Session, take_ids: Collection[str]) -> list[str]:
    """Return the storage keys of all files of these takes, except the parts of uploads.

    It is one statement, because a cut moves files from one table to the other, and its undoing moves them back. Between
    two statements, they could be missed in both.
    """
    rows = session.execute(union_all(_columns(Media, take_ids), _columns(UntrimmedMedia, take_ids)))
    return [key for row in rows for key in file_keys(*row)]


def _columns(
    table: type[Media | UntrimmedMedia], take_ids: Collection[str]
) -> Select[str, str | None, str | None, list[str]]:
    columns = (table.key, table.audio_key, table.sound_key, table.original_keys)
    return select(*columns).where(table.take_id.in_(take_ids))
