"""The columns that describe the files of a take: those that are played, and those from before a cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Float, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from app.media.level import SILENT_DBFS
from app.types import UtcDateTime


def file_keys(key: str, audio_key: str | None, sound_key: str | None, original_keys: Sequence[str]) -> list[str]:
    """Return the storage keys in these columns of a row."""
    return [each for each in (key, audio_key, sound_key, *original_keys) if each]


class MediaColumns:
    """Storage keys and properties of the files of a take."""

    key: Mapped[str] = mapped_column(String(200))
    audio_key: Mapped[str | None] = mapped_column(String(200))
    """Decoded samples for the transcriber (16 bits, mono, 16 kHz). Deleted once captions exist."""
    sound_key: Mapped[str | None] = mapped_column(String(200))
    """The recording without its picture, for slow connections and blind review. None if there is no picture."""
    original_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Storage keys of the original files, if `key` was encoded from them. [] if the packets were copied."""
    plays_everywhere: Mapped[bool] = mapped_column(default=True, server_default=true())
    """False if some browsers cannot play the file."""
    is_longest_part: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True if the recording does not fit one file and could not be encoded: this is its longest part. The uploads are kept."""
    codecs: Mapped[str | None] = mapped_column(String(60))
    """Codecs of the picture and the sound. None for files made before 2026-11-28, until they are inspected."""
    level_dbfs: Mapped[float | None] = mapped_column(Float)
    """Sound level as measured by `media.level`. None without sound, or for files made before 2026-11-28."""
    voice_until_ms: Mapped[int | None]
    """When a voice ends that is heard from the first moment of the recording, as a screen reader's may be. None if there
    is no such voice (`media.early_voice`).
    """
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int]
    has_video: Mapped[bool]
    has_audio: Mapped[bool]
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def is_silent(self) -> bool:
        """Return whether the file has sound in which nothing can be heard."""
        return self.level_dbfs is not None and self.level_dbfs < SILENT_DBFS

    @property
    def keys(self) -> list[str]:
        """Return the storage keys of all files of this row. They are deleted together with the row."""
        return file_keys(self.key, self.audio_key, self.sound_key, self.original_keys)

    def column_values(self) -> dict[str, Any]:
        """Return the values of these columns by name, to copy them to another row."""
        return {name: getattr(self, name) for name in MediaColumns.__annotations__}
