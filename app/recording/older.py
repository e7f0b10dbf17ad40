"""Inspect older files, from before encoding was introduced, and encode those that some browsers cannot play."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ids import new_id
from app.media.facts import CodecCheck
from app.recording.assembly import AssembledMedia
from app.recording.leases import LeaseLostError
from app.recording.models import Media, Stage
from app.recording.processing import add_stage

UNKNOWN = "unknown"
"""The value of `codecs` for a file that can no longer be read. The file is not changed."""


class StoredMedia(NamedTuple):
    """The stored file of a take."""

    key: str
    has_video: bool
    has_audio: bool

    def is_all_in(self, made: AssembledMedia) -> bool:
        """Return whether the newly encoded file `made` has a picture and sound if this file has them."""
        part = made.part
        return bool((part.video_codec or not self.has_video) and (part.audio_codec or not self.has_audio))


def uninspected(session: Session, *, without: Collection[str], limit: int) -> list[str]:
    """Return the ids of up to `limit` takes whose files were never inspected, except those in `without`."""
    query = select(Media.take_id).where(Media.codecs.is_(None), Media.take_id.not_in(without))
    return list(session.scalars(query.order_by(Media.take_id).limit(limit)))


def kept_file(session: Session, take_id: str) -> StoredMedia | None:
    """Return the file of a take, or None if it was removed."""
    found = session.execute(
        select(Media.key, Media.has_video, Media.has_audio).where(Media.take_id == take_id)
    ).one_or_none()
    return StoredMedia(*found) if found else None


def save_inspection(
    session: Session, take_id: str, kept: StoredMedia, look: CodecCheck | None, *, now: datetime
) -> None:
    """Save the result of an inspection (None: unreadable), and schedule encoding if some browsers cannot play the file.

    The caller must have locked the take.
    """
    media = session.scalar(select(Media).where(Media.take_id == take_id, Media.key == kept.key))
    if media is None or media.codecs is not None:
        return
    media.codecs = look.codecs if look else UNKNOWN
    if look and not look.plays_everywhere and media.plays_everywhere and not media.original_keys:
        media.plays_everywhere = False
        add_stage(session, take_id, Stage.REENCODE, now=now)
    session.flush()


def replace_file(session: Session, take_id: str, kept: StoredMedia, made: AssembledMedia) -> list[str]:
    """Make the encoded file the one that is played, and keep the old file as the original. Returns the keys to delete.

    The caller must have locked the take. Raises LeaseLostError if the take's file was replaced or removed meanwhile.
    """
    media = session.scalar(select(Media).where(Media.take_id == take_id, Media.key == kept.key))
    if media is None:
        raise LeaseLostError(take_id)
    replaced = [made.audio_key, *made.original_keys, media.sound_key]
    part = made.part
    media.id = new_id()  # players must not mix the two files
    media.original_keys, media.key, media.sound_key = [kept.key], made.key, made.sound_key
    media.content_type, media.size, media.codecs = part.content_type, made.size, part.codecs
    media.width, media.height = part.width, part.height
    media.plays_everywhere = True
    if media.level_dbfs is None:
        media.level_dbfs = made.level_dbfs
    session.flush()
    return [key for key in replaced if key]
