"""Tables for caption tracks with all their versions and cues, and for the media of questions and their captions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.captions.question_versions import MediaPlace, MediaRole
from app.captions.speech.languages import whisper_name
from app.captions.verdicts import Verdict
from app.extensions import Model
from app.ids import new_id
from app.language_tags import UNKNOWN_LANGUAGE
from app.recording.leases import LeaseColumns
from app.recording.models import Take
from app.types import Id, UtcDateTime

AWAITS_PERSON = "is_current AND checked_at IS NULL AND (is_empty OR verdict = 'not understood')"
"""The condition, in SQL, for current captions that may need a person: `captions/needed.py` has the whole rule."""


class TrackKind(StrEnum):
    """The source of the text of a caption track."""

    AUTOMATIC = "automatic"
    CANDIDATE = "corrected by candidate"
    REVIEWER = "corrected by reviewer"
    COORDINATOR = "corrected by coordinator"
    """By a coordinator who does not review the interview."""
    UPLOADED = "uploaded"


class CaptionTrack(Model):
    """One version of the captions of a take. Exactly one version is current; earlier versions are kept."""

    __tablename__ = "caption_track"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(35))
    guessed_language: Mapped[str | None] = mapped_column(String(35))
    """The most probable language of the sound (BCP 47), for an automatic track. None: not detected."""
    guess_probability: Mapped[float | None] = mapped_column(Float)
    """The probability of `guessed_language`, 0 to 1."""
    model: Mapped[str | None] = mapped_column(String(100))
    """The speech model that transcribed the recording, for an automatic track."""
    notice: Mapped[str | None] = mapped_column(Text)
    """A warning to show wherever this track is shown, for example that a demonstration model made it."""
    verdict: Mapped[str | None] = mapped_column(String(24))
    """A `Verdict`, until a person has corrected the text. None if there is no verdict, for example because a person
    wrote the text.
    """
    signals: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    """The measurements that the verdict was made from: the fields of `speech.signals.Signals`."""
    author_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    is_current: Mapped[bool] = mapped_column(default=True)
    is_empty: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether this version has no captions at all."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    cues: Mapped[list[CueRow]] = relationship(
        back_populates="track", order_by="CueRow.position", cascade="all, delete-orphan"
    )
    take: Mapped[Take] = relationship()

    @property
    def known_language(self) -> str | None:
        """Return the language of the captions (BCP 47), or None if it is not known."""
        return self.language if self.language != UNKNOWN_LANGUAGE else None

    @property
    def is_withheld(self) -> bool:
        """Return whether the text is not shown as the words of the answer, because the model did not understand it.

        It is shown when a person has corrected it, or has compared it with the recording. `IS_SHOWN` is the opposite in
        SQL.
        """
        return self.verdict == Verdict.NOT_UNDERSTOOD and self.checked_at is None

    @property
    def needs_care(self) -> bool:
        """Return whether readers are told to read the text with care."""
        return self.verdict == Verdict.CARE and self.checked_at is None

    @property
    def is_by_model(self) -> bool:
        """Return whether the speech model wrote this text and no member of staff restored it (see `BY_MODEL`)."""
        return self.kind == TrackKind.AUTOMATIC and self.author_id is None

    @property
    def other_guess(self) -> str | None:
        """Return the most probable language of the sound, if it is not the language of the captions."""
        guessed = self.guessed_language
        return guessed if guessed and whisper_name(guessed) != whisper_name(self.language) else None

    @property
    def guess_percent(self) -> int:
        """Return the probability of the guessed language, in percent."""
        return round(100 * (self.guess_probability or 0))

    __table_args__ = (
        UniqueConstraint("take_id", "version"),
        Index(
            "uq_caption_track_one_current",
            "take_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        Index(
            "ix_caption_track_awaits_person",
            "take_id",
            sqlite_where=text(AWAITS_PERSON),
            postgresql_where=text(AWAITS_PERSON),
        ),
    )


IS_SHOWN = or_(
    CaptionTrack.verdict.is_(None),
    CaptionTrack.verdict != str(Verdict.NOT_UNDERSTOOD),
    CaptionTrack.checked_at.is_not(None),
)
"""The condition for captions whose text is shown as the words of the answer: not `CaptionTrack.is_withheld`."""

BY_MODEL = (CaptionTrack.kind == str(TrackKind.AUTOMATIC), CaptionTrack.author_id.is_(None))
"""The condition of `CaptionTrack.is_by_model` in queries.

It includes versions that a candidate restored. Candidates restore automatic captions to undo corrections, and have no
page to choose between versions.
"""


class CueRow(Model):
    """One cue. Times are in milliseconds from the start of the take; the text usually has one or two lines."""

    __tablename__ = "cue"

    id: Mapped[int] = mapped_column(primary_key=True)
    """Search hits refer to a cue by this id."""
    track_id: Mapped[str] = mapped_column(ForeignKey("caption_track.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    """[[word, start_ms, end_ms, probability], ...]; empty if a person typed the whole cue."""
    track: Mapped[CaptionTrack] = relationship(back_populates="cues")

    __table_args__ = (
        UniqueConstraint("track_id", "position"),
        CheckConstraint("start_ms >= 0 AND end_ms > start_ms", name="times_in_order"),
    )


class UntrimmedCaptions(Model):
    """All versions of the captions of a take from before its beginning was cut. Only the candidate can get them back."""

    __tablename__ = "untrimmed_captions"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"), primary_key=True)
    last_version: Mapped[int]
    """The highest number that a version of the captions had. Numbers are not used again, because open pages name them."""
    tracks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The columns of each version, with its cues (see `captions.trimmed`). [] if nothing is cut."""


class QuestionMedia(Model):
    """A video or sound of a question, shown with its text. If it has sound, a constraint requires captions."""

    __tablename__ = "prompt_media"

    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(
        String(10), primary_key=True, default=MediaRole.MAIN, server_default=text("'main'")
    )
    """The role of this media (MediaRole)."""
    key: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int]
    has_video: Mapped[bool]
    has_audio: Mapped[bool]
    captions: Mapped[str | None] = mapped_column(Text)
    """WebVTT, as `write_vtt` writes it. None if there is no sound and no caption file."""
    original_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The uploaded files, which staff can download, if `key` was encoded again. Empty if packets were copied."""
    uploaded_key: Mapped[str | None] = mapped_column(String(200))
    """The key of the upload before encoding, which pages that were loaded earlier still send. None without an encoding.
    """
    codecs: Mapped[str | None] = mapped_column(String(60))
    """The video and audio codecs.

    None if the file was stored before the worker encoded videos, and has not been inspected.
    """
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("NOT has_audio OR captions IS NOT NULL", name="sound_has_captions"),)

    @property
    def place(self) -> MediaPlace:
        """Return the place of this media on its question."""
        return MediaPlace(self.question_id, MediaRole(self.role))

    @property
    def keys(self) -> list[str]:
        """The storage keys of all its files, which are deleted with the row."""
        return [self.key, *self.original_keys]


class QuestionMediaEncoding(LeaseColumns, Model):
    """Media of a question that some browsers cannot play, until the worker has encoded it again.

    Until then, the question keeps its previous media, or has only its text.
    """

    __tablename__ = "prompt_encoding"

    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(
        String(10), primary_key=True, default=MediaRole.MAIN, server_default=text("'main'")
    )
    """The role that the media will have (MediaRole)."""
    source_key: Mapped[str] = mapped_column(String(200))
    """Storage key of the uploaded file."""
    duration_ms: Mapped[int]
    has_video: Mapped[bool]
    captions: Mapped[str | None] = mapped_column(Text)
    """WebVTT, as `write_vtt` writes it. None if there is no sound and no caption file."""
    is_shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True if the question already shows this file, because it was stored before the worker encoded videos.

    Such a file is replaced even if candidates have answered the question.
    """
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def place(self) -> MediaPlace:
        """Return the place on its question that this media is for."""
        return MediaPlace(self.question_id, MediaRole(self.role))
