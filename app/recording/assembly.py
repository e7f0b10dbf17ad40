"""From uploaded parts to one media file: fetching them, having them remuxed, and writing down what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.recording.media_sandbox import MediaRefused, Prepared, prepare_media
from app.recording.models import Media, Take, Upload, UploadPart
from app.storage import Storage


@dataclass(frozen=True, slots=True)
class Assembled:
    """What assembling a take made, lying in storage and not in the database yet."""

    prepared: Prepared
    key: str
    audio_key: str | None
    size: int

    @property
    def keys(self) -> list[str]:
        """The objects that were written."""
        return [self.key, *([self.audio_key] if self.audio_key else [])]


def part_keys(session: Session, take_id: str) -> list[list[str]]:
    """Return the storage keys of the acknowledged parts, one list for each segment, in order."""
    rows = session.execute(
        select(Upload.segment, UploadPart.key)
        .join(UploadPart, UploadPart.upload_id == Upload.id)
        .where(Upload.take_id == take_id)
        .order_by(Upload.segment, UploadPart.start)
    )
    segments: dict[int, list[str]] = {}
    for segment, key in rows:
        segments.setdefault(segment, []).append(key)
    return list(segments.values())


def assemble(storage: Storage, segments: Sequence[Sequence[str]], name: str, folder: Path) -> Assembled:
    """Fetch the parts, remux them and put the file (and its decoded sound) into storage under `name`.

    Works outside any transaction. Raises MediaRefused when there is nothing in it that could be kept.
    """
    if not segments:
        raise MediaRefused("empty", "nothing was recorded")
    sources = [_join_parts(storage, keys, folder / f"segment-{place}") for place, keys in enumerate(segments)]
    made = folder / "made"
    made.mkdir()
    prepared = prepare_media(sources, made)
    key = f"{name}/media{prepared.path.suffix}"
    storage.put_file(key, prepared.path)
    audio_key = None
    if prepared.audio_path is not None:
        audio_key = f"{name}/audio.f32"
        storage.put_file(audio_key, prepared.audio_path)
    return Assembled(prepared, key, audio_key, prepared.path.stat().st_size)


def save_media(session: Session, take_id: str, made: Assembled, *, now: datetime) -> list[str]:
    """Write down the file of a take. Returns the storage keys that it replaces, to be deleted after the commit.

    The rows of the parts go with them: from here on the remuxed file is the recording.
    """
    facts = made.prepared
    old = list(session.scalars(select(UploadPart.key).join(Upload).where(Upload.take_id == take_id)))
    before = session.scalar(select(Media).where(Media.take_id == take_id))
    if before is not None:
        old += [before.key, *([before.audio_key] if before.audio_key else [])]
        session.delete(before)
        session.flush()
    session.add(
        Media(
            take_id=take_id,
            key=made.key,
            audio_key=made.audio_key,
            content_type=facts.content_type,
            size=made.size,
            duration_ms=facts.duration_ms,
            has_video=facts.has_video,
            has_audio=facts.has_audio,
            width=facts.width,
            height=facts.height,
            created_at=now,
        )
    )
    if not facts.complete:
        session.execute(update(Take).where(Take.id == take_id).values(is_whole=False))
    uploads = select(Upload.id).where(Upload.take_id == take_id)
    session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(uploads)))
    session.flush()
    return old


def audio_key_of(session: Session, take_id: str) -> str | None:
    """Return where the decoded sound of a take lies, None for a take without sound."""
    return session.scalar(select(Media.audio_key).where(Media.take_id == take_id))


def forget_audio(session: Session, take_id: str) -> None:
    """Forget the decoded sound: the captions exist, and the media file has the sound."""
    session.execute(update(Media).where(Media.take_id == take_id).values(audio_key=None))


def _join_parts(storage: Storage, keys: Sequence[str], path: Path) -> Path:
    with path.open("wb") as file:
        for key in keys:
            for piece in storage.stream(key):
                file.write(piece)
    return path
