"""Assemble uploaded parts into one media file: fetch the parts, remux them, and save the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.media.early_voice import voice_until_ms
from app.media.facts import (
    SAMPLE_BYTES,
    SAMPLE_RATE,
    MediaBudget,
    MediaFile,
    MediaRefusedError,
    Preparation,
    Refusal,
    limits_for,
)
from app.media.level import loudest_level, to_dbfs
from app.media.sandbox import PreparedMedia, prepare_media
from app.recording.measuring import note_length
from app.recording.models import Media, Take, UntrimmedMedia, Upload, UploadPart
from app.recording.more_time import seconds_in_force
from app.storage import Storage

BYTES_A_MILLISECOND = SAMPLE_BYTES * SAMPLE_RATE // 1000
"""Bytes per millisecond of decoded sound (16 bits, mono)."""
PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AssembledMedia:
    """The files made from a take. They are in storage, but not in the database yet."""

    part: MediaFile
    key: str
    audio_key: str | None
    sound_key: str | None
    original_keys: list[str]
    size: int
    is_complete: bool
    """True if nothing is known to be missing from the playable file."""
    is_all: bool
    """False if the files do not contain all uploaded bytes. The uploaded parts are then kept."""
    plays_everywhere: bool
    is_longest_part: bool
    """True if the playable file is only the longest part of the recording, because the parts do not fit one file."""
    level_dbfs: float | None
    """Sound level in dBFS (see `media.level`), or None without sound."""
    voice_until_ms: int | None = None
    """When a voice ends that is heard from the first moment (see `media.early_voice`). None: there is none."""

    @property
    def keys(self) -> list[str]:
        """Return the storage keys of all files made from the take."""
        return [key for key in (self.key, self.audio_key, self.sound_key, *self.original_keys) if key]


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


def limits_of(session: Session, take_id: str) -> MediaBudget:
    """Return the processing limits of a take, which depend on its limit on recorded time."""
    take = session.get(Take, take_id)
    return MediaBudget() if take is None else limits_for(seconds_in_force(session, take))


def assemble(
    storage: Storage,
    segments: Sequence[Sequence[str]],
    name: str,
    folder: Path,
    limits: MediaBudget,
    *,
    way: Preparation = Preparation.COPY,
    note: Callable[[int], None] | None = None,
    skip_ms: int = 0,
) -> AssembledMedia:
    """Make a media file from the parts. Store it under `name`, with its decoded sound.

    Works outside any transaction. Raises MediaRefusedError if nothing in the parts can be kept, and the errors of
    `prepare_media`. `note` is called, and `skip_ms` left out, as `prepare_media` describes.
    """
    if not segments:
        raise MediaRefusedError(Refusal.EMPTY, "nothing was recorded")
    sources = [_join_parts(storage, keys, folder / f"segment-{place}") for place, keys in enumerate(segments)]
    made = folder / "made"
    made.mkdir()
    prepared = prepare_media(sources, made, limits, way=way, note=note, skip_ms=skip_ms)
    part = max(prepared.parts, key=lambda each: each.duration_ms)
    key = f"{name}/media{part.path.suffix}"
    storage.put_file(key, part.path)
    audio_key = level_dbfs = until_ms = None
    if prepared.audio_path is not None and part.audio_codec is not None:
        audio_key = f"{name}/audio.s16"
        samples = _sound_of(part, prepared, prepared.audio_path)
        level_dbfs, until_ms = to_dbfs(loudest_level(samples)), voice_until_ms(samples)
        storage.put_file(audio_key, samples)
    sound_key = None
    if prepared.sound is not None:
        sound_key = f"{name}/sound{prepared.sound.suffix}"
        storage.put_file(sound_key, prepared.sound)
    original_keys = [f"{name}/{path.name}" for path in prepared.originals]
    for original_key, path in zip(original_keys, prepared.originals, strict=True):
        storage.put_file(original_key, path)
    is_one = len(prepared.parts) == 1
    is_read = all(skipped.code is Refusal.EMPTY for skipped in prepared.skipped)
    return AssembledMedia(
        part,
        key,
        audio_key,
        sound_key,
        original_keys,
        part.path.stat().st_size,
        is_complete=prepared.complete and is_one,
        is_all=is_one and is_read and (way is not Preparation.ENCODE or bool(original_keys)),
        plays_everywhere=way is not Preparation.COPY_ANYWAY,
        is_longest_part=not is_one,
        level_dbfs=level_dbfs,
        voice_until_ms=until_ms,
    )


def save_media(
    session: Session, take_id: str, made: AssembledMedia, *, now: datetime, whole: UntrimmedMedia | None = None
) -> list[str]:
    """Save the media of a take. Returns the storage keys that are replaced, to be deleted after the commit.

    `whole` is what it was cut from. Otherwise it was made from the parts, whose rows are deleted as `take_parts` does. The
    caller must have locked the take.
    """
    replaced = _forget_media(session, take_id)
    session.add(Media(take_id=take_id, **media_values(made, now=whole.created_at if whole else now)))
    session.flush()
    note_length(session, take_id, made.part.duration_ms, now=now)
    return replaced if whole else [*replaced, *take_parts(session, take_id, made)]


def take_parts(session: Session, take_id: str, made: AssembledMedia) -> list[str]:
    """Delete the rows of the parts if the take is closed and the stored files contain all uploaded bytes.

    Returns the storage keys to delete after the commit. Notes too if something is missing from the files.
    """
    if not made.is_complete:
        session.execute(update(Take).where(Take.id == take_id).values(is_whole=False))
        session.flush()
    is_closed = session.scalar(select(Take.closed_at).where(Take.id == take_id)) is not None
    return _forget_parts(session, take_id) if made.is_all and is_closed else []


def media_values(made: AssembledMedia, *, now: datetime) -> dict[str, Any]:
    """Return the values of the columns of `MediaColumns`."""
    part = made.part
    return {
        "key": made.key,
        "audio_key": made.audio_key,
        "sound_key": made.sound_key,
        "original_keys": made.original_keys,
        "plays_everywhere": made.plays_everywhere,
        "is_longest_part": made.is_longest_part,
        "level_dbfs": made.level_dbfs,
        "voice_until_ms": made.voice_until_ms,
        "codecs": part.codecs,
        "content_type": part.content_type,
        "size": made.size,
        "duration_ms": part.duration_ms,
        "has_video": part.video_codec is not None,
        "has_audio": part.audio_codec is not None,
        "width": part.width,
        "height": part.height,
        "created_at": now,
    }


def _forget_media(session: Session, take_id: str) -> list[str]:
    media = session.scalar(select(Media).where(Media.take_id == take_id))
    if media is None:
        return []
    session.delete(media)
    session.flush()
    return media.keys


def _forget_parts(session: Session, take_id: str) -> list[str]:
    uploads = select(Upload.id).where(Upload.take_id == take_id)
    keys = list(session.scalars(select(UploadPart.key).where(UploadPart.upload_id.in_(uploads))))
    session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(uploads)))
    return keys


class Audio(NamedTuple):
    """The sound of a take: the key of its samples, and the take's length.

    If the samples were deleted, `kept_in` is the key of the file that contains the sound. If both keys are None, the
    take has no sound.
    """

    key: str | None
    length: timedelta
    kept_in: str | None = None


def audio_of(session: Session, take_id: str) -> Audio:
    """Return where the sound of a take is stored."""
    columns = (Media.audio_key, Media.duration_ms, Media.sound_key, Media.key, Media.has_audio)
    query = select(*columns).where(Media.take_id == take_id)
    found = session.execute(query).one_or_none()
    if found is None:
        return Audio(None, timedelta())
    kept_in = (found.sound_key or found.key) if found.has_audio and not found.audio_key else None
    return Audio(found.audio_key, timedelta(milliseconds=found.duration_ms), kept_in)


def decode_again(storage: Storage, key: str, folder: Path, limits: MediaBudget) -> Path | None:
    """Decode the sound of a stored file into `folder`: 16 bits, mono, 16 kHz. Returns None if there is no sound.

    Works outside any transaction. Raises MediaRefusedError and the other errors of `prepare_media`.
    """
    made = folder / "made"
    made.mkdir()
    return prepare_media([_join_parts(storage, [key], folder / "file")], made, limits).audio_path


def forget_audio(session: Session, take_id: str) -> None:
    """Clear the key of the decoded sound, which is no longer needed once captions exist."""
    session.execute(update(Media).where(Media.take_id == take_id).values(audio_key=None))


def _join_parts(storage: Storage, keys: Sequence[str], path: Path) -> Path:
    with path.open("wb") as file:
        for key in keys:
            for piece in storage.stream(key):
                file.write(piece)
    return path


def _sound_of(part: MediaFile, prepared: PreparedMedia, audio: Path) -> Path:
    """Trim `audio`, the sound of all parts, to the samples of one part. Returns `audio`."""
    if len(prepared.parts) > 1:
        start, left = part.starts_at_ms * BYTES_A_MILLISECOND, part.duration_ms * BYTES_A_MILLISECOND
        with audio.open("rb") as every, audio.open("rb+") as file:
            every.seek(start)
            while left and (piece := every.read(min(PIECE_BYTES, left))):
                file.write(piece)
                left -= len(piece)
            file.truncate()
    return audio
