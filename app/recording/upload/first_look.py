"""Detect uploads that no worker could read, from their first kilobytes. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.media.facts import Refusal
from app.media.kinds import HEAD_BYTES, identify
from app.recording.models import Upload, UploadPart
from app.storage import Storage


def head_keys(session: Session, take_id: str) -> list[list[str]]:
    """Return the keys of the parts that contain the first bytes of a take, one list for each segment, in order."""
    rows = session.execute(
        select(Upload.segment, UploadPart.key)
        .join(UploadPart, UploadPart.upload_id == Upload.id)
        .where(Upload.take_id == take_id, UploadPart.start < HEAD_BYTES)
        .order_by(Upload.segment, UploadPart.start)
    )
    segments: dict[int, list[str]] = {}
    for segment, key in rows:
        segments.setdefault(segment, []).append(key)
    return list(segments.values())


def obvious_refusal(storage: Storage, segments: Iterable[Iterable[str]]) -> Refusal | None:
    """Return the reason why none of the segments is a recording, or None if at least one may be.

    `segments` has the keys of the first parts of each segment. Raises FileNotFoundError if a part is missing, and
    StorageUnavailableError if the storage does not respond.
    """
    heads = [_head(storage, keys) for keys in segments]
    if not any(heads):
        return Refusal.EMPTY
    return None if any(identify(head) for head in heads) else Refusal.NOT_MEDIA


def _head(storage: Storage, keys: Iterable[str]) -> bytes:
    head = b""
    for key in keys:
        for piece in storage.stream(key, 0, HEAD_BYTES - len(head)):
            head += piece
        if len(head) >= HEAD_BYTES:
            break
    return head
