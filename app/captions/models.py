"""Caption tracks, each version kept, and their cues; and the media of questions, which have captions too."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.ids import new_id
from app.recording.leases import Leased
from app.recording.models import Take
from app.types import Id, UtcDateTime


class TrackKind(StrEnum):
    """Where the words of a track come from."""

    AUTOMATIC = "automatic"
    CANDIDATE = "corrected by candidate"
    REVIEWER = "corrected by reviewer"
    UPLOADED = "uploaded"


class CaptionTrack(Model):
    """One version of the captions of a take. Exactly one is current; the earlier ones stay."""

    __tablename__ = "caption_track"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(35))
    model: Mapped[str | None] = mapped_column(String(100))
    """The speech model that heard the words, for an automatic track."""
    notice: Mapped[str | None] = mapped_column(Text)
    """What must be said with every showing of this track, such as that the model is a demonstration."""
    author_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    is_current: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    cues: Mapped[list[CueRow]] = relationship(
        back_populates="track", order_by="CueRow.position", cascade="all, delete-orphan"
    )
    take: Mapped[Take] = relationship()

    __table_args__ = (
        UniqueConstraint("take_id", "version"),
        Index(
            "uq_caption_track_one_current",
            "take_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )


class CueRow(Model):
    """One cue: times in milliseconds from the start of the take, text of one or two lines."""

    __tablename__ = "cue"

    id: Mapped[int] = mapped_column(primary_key=True)
    """The row number that the full-text index knows."""
    track_id: Mapped[str] = mapped_column(ForeignKey("caption_track.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    """[[word, start_ms, end_ms, probability], ...]; empty for a cue that a person typed."""
    track: Mapped[CaptionTrack] = relationship(back_populates="cues")

    __table_args__ = (
        UniqueConstraint("track_id", "position"),
        CheckConstraint("start_ms >= 0 AND end_ms > start_ms", name="times_in_order"),
    )


class PromptMedia(Model):
    """The video or sound of a question, beside its text. What has sound has captions: the database holds to that too."""

    __tablename__ = "prompt_media"

    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int]
    has_video: Mapped[bool]
    has_audio: Mapped[bool]
    captions: Mapped[str | None] = mapped_column(Text)
    """WebVTT, as we write it; None for a picture without sound."""
    original_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What was uploaded, for staff to download, where `key` was encoded again; [] where its packets were copied."""
    codecs: Mapped[str | None] = mapped_column(String(60))
    """Of its picture and its sound. None: nobody has looked, since it was made before films were encoded again."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("NOT has_audio OR captions IS NOT NULL", name="sound_has_captions"),)

    @property
    def keys(self) -> list[str]:
        """Every object of it in storage: what goes when it goes."""
        return [self.key, *self.original_keys]


class PromptEncoding(Leased, Model):
    """The video or sound of a question that not every browser plays, until the worker has made one of it that does.

    Until then the question has what it had before, or its text alone.
    """

    __tablename__ = "prompt_encoding"

    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    source_key: Mapped[str] = mapped_column(String(200))
    """What was uploaded."""
    duration_ms: Mapped[int]
    has_video: Mapped[bool]
    captions: Mapped[str | None] = mapped_column(Text)
    """WebVTT, as we write it; None for a picture without sound."""
    is_shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the question has this film already: it is from before films were encoded again. Answers do not matter then."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
