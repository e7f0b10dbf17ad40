"""Database models of takes, their uploads, media files and stages, and of chosen answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    select,
)  # fmt: skip
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.ids import new_id
from app.interviews.models import Attempt, Question
from app.recording.leases import LeaseColumns
from app.recording.media_columns import MediaColumns
from app.recording.partial_indexes import FAILED, TO_INDEX, UNDONE, UNFINISHED, UNINSPECTED, where
from app.recording.stages import Stage as Stage
from app.recording.stages import StageState as StageState
from app.types import Id, UtcDateTime

MEDIA_FOLDER = "takes"
"""Storage folder for the files of takes: takes/<take>/<lease>/<name>."""


def _asked(column: str) -> Callable[[DefaultExecutionContext], Any]:
    """Return a column default that copies a column of the question when the row is inserted."""

    def default(context: DefaultExecutionContext) -> Any:
        question_id = context.get_current_parameters()["question_id"]  # type: ignore[no-untyped-call]
        query = select(Question.__table__.c[column]).where(Question.__table__.c.id == question_id)
        return context.connection.scalar(query)

    return default


class TakeKind(StrEnum):
    """How an answer was recorded. A signed answer is video without sound, and needs no microphone."""

    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    SIGNED = "signed"


class Take(Model):
    """One recording of an answer, with the limits that were in force when it began."""

    __tablename__ = "take"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), index=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id"), index=True)
    number: Mapped[int]
    """Number of the take for its question, from 1. Numbers are never reused, even after a take is removed."""
    asked_number: Mapped[int | None] = mapped_column(default=_asked("position"))
    """Number of the question when the take was started. The question may have moved since."""
    kind: Mapped[str] = mapped_column(String(10))
    limits: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Snapshot of recording_seconds, thinking_seconds and retakes. None means unlimited."""
    language: Mapped[str | None] = mapped_column(String(35))
    """The chosen language of the answer (BCP 47). None: detected among the languages that the interview allows."""
    more_time_presses: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often the candidate pressed "More time" during the take."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_ms: Mapped[int | None]
    """Recorded time without pauses, as counted by the recorder. None if it was not reported, as for a file."""
    measured_ms: Mapped[int | None]
    """Length of the media file, measured by the worker. Kept when the file is deleted. None until the file exists."""
    announced: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """Segments in the stop reports: [{segment, bytes, recorded_ms, recorder}, ...]. None if none were reported."""
    complete_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When all announced bytes were on disk, or when waiting for more ended. Reset to None if more bytes arrive."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the take stopped accepting bytes: everything has arrived, or a reviewer was shown its end."""
    is_cut: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True if the recorder was interrupted. The last moments of the recording may never have been stored."""
    is_whole: Mapped[bool] = mapped_column(default=True)
    """False if part of the recording may be missing. Meaningful only for a complete take."""
    trim_ms: Mapped[int | None]
    """How much of the beginning the candidate has cut, in milliseconds of the whole recording. None: nothing."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorder: Mapped[str | None] = mapped_column(String(64))
    """The recorder that may add to the take: a random name made by the browser. None for files and unnamed clients."""
    recovery_of: Mapped[str | None] = mapped_column(Id)
    """The take to which this recording could not be added, or None for an ordinary take."""
    uploads: Mapped[list[Upload]] = relationship(back_populates="take", order_by="Upload.segment")
    media: Mapped[Media | None] = relationship(back_populates="take")
    stages: Mapped[list[StageRun]] = relationship(back_populates="take")
    attempt: Mapped[Attempt] = relationship()
    question: Mapped[Question] = relationship()

    @property
    def length_ms(self) -> int | None:
        """Return the measured length, else the length counted by the recorder, or None if both are unknown."""
        return self.recorded_ms if self.measured_ms is None else self.measured_ms

    @property
    def may_have_speech(self) -> bool:
        """Return whether speech may be heard in it: it is not signed, and its file has sound or does not exist yet."""
        return self.kind != TakeKind.SIGNED and (self.media is None or self.media.has_audio)

    @property
    def question_number(self) -> int:
        """Return the number of the question when the take was started."""
        return self.question.position if self.asked_number is None else self.asked_number

    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id", "number"),
        CheckConstraint("number > 0", name="number_is_positive"),
        Index("ix_take_unfinished", "started_at", **where(UNFINISHED)),
    )


class Upload(Model):
    """One tus upload: the bytes of one recorder session (segment) of a take."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"))
    segment: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    """Number of acknowledged bytes: flushed to storage and committed to the database."""
    length: Mapped[int | None] = mapped_column(BigInteger)
    """Announced length in bytes. None while the recorder does not know the length (creation-defer-length)."""
    upload_metadata: Mapped[str] = mapped_column(Text, default="")
    """The Upload-Metadata header as received. HEAD returns it unchanged."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    active_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When bytes were last acknowledged, or None if there are none."""
    taken_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the client last asked for the offset. A part is refused if its request began before this time."""
    taken_over_on: Mapped[str | None] = mapped_column(String(36))
    """The machine on whose clock that was (`clock.machine`). None in rows of older versions."""
    recorded_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    """Recorded time up to the last acknowledged part, as reported by the recorder. 0 for other tus clients."""
    terminated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    take: Mapped[Take] = relationship(back_populates="uploads")
    parts: Mapped[list[UploadPart]] = relationship(
        back_populates="upload", order_by="UploadPart.start", cascade="all, delete-orphan"
    )

    __table_args__ = (
        UniqueConstraint("take_id", "segment"),
        CheckConstraint('"offset" >= 0', name="offset_is_not_negative"),
        CheckConstraint('length IS NULL OR "offset" <= length', name="offset_within_length"),
    )

    @property
    def is_finished(self) -> bool:
        """Return whether every announced byte has arrived."""
        return self.length is not None and self.offset == self.length


class UploadPart(Model):
    """A stored object with bytes of one accepted PATCH. All parts in order make up the upload."""

    __tablename__ = "upload_part"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id", ondelete="CASCADE"))
    start: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    upload: Mapped[Upload] = relationship(back_populates="parts")

    __table_args__ = (UniqueConstraint("upload_id", "start"), CheckConstraint("size > 0", name="size_is_positive"))


class Media(MediaColumns, Model):
    """The media file of a take: it is stored, transcribed and served."""

    __tablename__ = "media"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"))
    take: Mapped[Take] = relationship(back_populates="media")

    __table_args__ = (
        UniqueConstraint("take_id"),
        Index("ix_media_without_codecs", "take_id", **where(UNINSPECTED)),
    )


class UntrimmedMedia(MediaColumns, Model):
    """The files of a take with the beginning that the candidate has cut. Only the candidate can get them.

    `Media` then has the files without that beginning, so no other code needs to know about the cut.
    """

    __tablename__ = "untrimmed_media"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"), primary_key=True)
    is_outdated: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True if the take has received more bytes since, so that its files are made from all its parts again."""


class StageRun(LeaseColumns, Model):
    """One stage of one take. It is claimed by compare-and-set, and only the holder of its lease may write to it."""

    __tablename__ = "stage_run"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(12), primary_key=True)
    enqueued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    take: Mapped[Take] = relationship(back_populates="stages")

    __table_args__ = (
        Index("ix_stage_run_undone", "stage", "updated_at", **where(UNDONE)),
        Index("ix_stage_run_failed", "stage", "take_id", **where(FAILED)),
    )


class WrittenDraft(Model):
    """A candidate's written text for a question, saved while they type. It becomes an answer when they choose it."""

    __tablename__ = "draft"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    """Number of the saved version, from 1. To save, a client sends the number of the version that it edited."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("version > 0", name="version_is_positive"),)


class Answer(Model):
    """The answer that a candidate chose for a question: a take or a text."""

    __tablename__ = "answer"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), index=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id"), index=True)
    take_id: Mapped[str | None] = mapped_column(ForeignKey("take.id"), unique=True)
    text: Mapped[str | None] = mapped_column(Text)
    asked_number: Mapped[int | None] = mapped_column(default=_asked("position"))
    """Number of the question when the answer was sent or, before that, when it was chosen."""
    asked_prompt: Mapped[str | None] = mapped_column(Text, default=_asked("prompt"))
    """Text of the question when the answer was sent or, before that, when it was chosen."""
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    needs_index: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the search index may lack this answer, so that the sweep adds it."""
    take: Mapped[Take | None] = relationship()
    attempt: Mapped[Attempt] = relationship()
    question: Mapped[Question] = relationship()

    @property
    def question_number(self) -> int:
        """Return the number of the question as it was asked."""
        return self.question.position if self.asked_number is None else self.asked_number

    @property
    def question_prompt(self) -> str:
        """Return the text of the question as it was asked."""
        return self.question.prompt if self.asked_prompt is None else self.asked_prompt

    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id"),
        CheckConstraint("take_id IS NOT NULL OR text IS NOT NULL", name="has_content"),
        Index("ix_answer_needs_index", "id", **where(TO_INDEX)),
    )
