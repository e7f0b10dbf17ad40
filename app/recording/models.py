"""Takes, the uploads that bring them, the files made of them, the stages they pass, and the answers chosen."""

from __future__ import annotations

from collections.abc import Callable
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
    select,
    text,
    true,
)  # fmt: skip
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.ids import new_id
from app.interviews.models import Attempt, Question
from app.media.level import SILENT_DBFS
from app.recording.leases import Leased
from app.recording.stages import Stage as Stage
from app.recording.stages import StageState as StageState
from app.types import Id, UtcDateTime

MEDIA_FOLDER = "takes"
"""Where in storage the files of takes lie: takes/<take>/<lease>/<name>."""
UNFINISHED = "complete_at IS NULL AND removed_at IS NULL"
NOT_LOOKED_AT = "codecs IS NULL"


def _asked(column: str) -> Callable[[DefaultExecutionContext], Any]:
    """Return a column default that copies a column of the question when the row is written."""

    def default(context: DefaultExecutionContext) -> Any:
        question_id = context.get_current_parameters()["question_id"]  # type: ignore[no-untyped-call]
        query = select(Question.__table__.c[column]).where(Question.__table__.c.id == question_id)
        return context.connection.scalar(query)

    return default


class TakeKind(StrEnum):
    """How an answer was given. A signed one is a picture without sound: nothing is heard in it, and nothing asked of a
    microphone.
    """

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
    """1 for the first take of a question, and on; never used twice, not for a removed one either."""
    asked_number: Mapped[int | None] = mapped_column(default=_asked("position"))
    """The number of the question when the take was begun. The question may have been moved since."""
    kind: Mapped[str] = mapped_column(String(10))
    limits: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Snapshot: recording_seconds, thinking_seconds, retakes; None means without limit."""
    more_time_presses: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often the candidate pressed "More time" during it."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_ms: Mapped[int | None]
    """What the recorder counted, without pauses; None: it did not say, as for a file."""
    measured_ms: Mapped[int | None]
    """How long the file is that the worker made of it; kept when the file goes. None: there is no file yet."""
    announced: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """What recorders said at their stop: [{segment, bytes, recorded_ms, recorder}, ...]; None: it stopped without saying."""
    complete_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When all bytes that the recorder announced were on disk, or it was given up waiting for more; None again once more
    arrive.
    """
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when no byte is added any more: everything arrived, or somebody was shown that the recording ends there."""
    is_cut: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True: the recorder was interrupted, so the last moments may never have been stored anywhere."""
    is_whole: Mapped[bool] = mapped_column(default=True)
    """False: the recording ends where its upload ended. Has a meaning once the take is complete."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorder: Mapped[str | None] = mapped_column(String(64))
    """The recorder that may add to it: a random name that a browser makes for itself. None: a file, or a client without."""
    recovery_of: Mapped[str | None] = mapped_column(Id)
    """The take to which this recording could not be added; None for an ordinary take."""
    uploads: Mapped[list[Upload]] = relationship(back_populates="take", order_by="Upload.segment")
    media: Mapped[Media | None] = relationship(back_populates="take")
    stages: Mapped[list[StageRun]] = relationship(back_populates="take")
    attempt: Mapped[Attempt] = relationship()
    question: Mapped[Question] = relationship()

    @property
    def length_ms(self) -> int | None:
        """How long it is: as measured, else as its recorder counted; None: not known."""
        return self.recorded_ms if self.measured_ms is None else self.measured_ms

    @property
    def question_number(self) -> int:
        """The number of the question when this was begun."""
        return self.question.position if self.asked_number is None else self.asked_number

    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id", "number"),
        CheckConstraint("number > 0", name="number_is_positive"),
        Index("ix_take_unfinished", "started_at", sqlite_where=text(UNFINISHED), postgresql_where=text(UNFINISHED)),
    )


class Upload(Model):
    """One tus upload: the bytes of one recorder session (segment) of a take."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"))
    segment: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes acknowledged: flushed to storage and committed here."""
    length: Mapped[int | None] = mapped_column(BigInteger)
    """Bytes announced; None while a recorder does not know it yet (creation-defer-length)."""
    upload_metadata: Mapped[str] = mapped_column(Text, default="")
    """The Upload-Metadata header as it came, given back by HEAD."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    active_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When bytes were last acknowledged; None: there are none."""
    taken_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its owner last asked for the offset: a part whose request began well before that is refused."""
    recorded_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    """Recorded time up to the last acknowledged part, as far as the recorder says; 0 for other tus clients."""
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
        """Whether every announced byte has arrived."""
        return self.length is not None and self.offset == self.length


class UploadPart(Model):
    """The bytes of one accepted PATCH, an object of their own; all parts in order are the upload."""

    __tablename__ = "upload_part"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id", ondelete="CASCADE"))
    start: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    upload: Mapped[Upload] = relationship(back_populates="parts")

    __table_args__ = (UniqueConstraint("upload_id", "start"), CheckConstraint("size > 0", name="size_is_positive"))


class Media(Model):
    """The remuxed file of a take: what is kept, transcribed and served."""

    __tablename__ = "media"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    audio_key: Mapped[str | None] = mapped_column(String(200))
    """Decoded samples for the transcriber (float32, mono, 16 kHz, little endian); removed once captions exist."""
    sound_key: Mapped[str | None] = mapped_column(String(200))
    """The same recording without its picture, for a slow line and for blind review; None where there is no picture."""
    original_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What was recorded, one file for each recorder, where `key` was encoded again; [] where its packets were copied."""
    plays_everywhere: Mapped[bool] = mapped_column(default=True, server_default=true())
    """False: some browsers do not play it, and it could not be encoded again."""
    codecs: Mapped[str | None] = mapped_column(String(60))
    """Of its picture and its sound. None: nobody has looked, since it was made before 2026-11-28."""
    level_dbfs: Mapped[float | None] = mapped_column(Float)
    """The level of its sound, as `media.level` measures it; None: it has no sound, or was made before 2026-11-28."""
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int]
    has_video: Mapped[bool]
    has_audio: Mapped[bool]
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    take: Mapped[Take] = relationship(back_populates="media")

    __table_args__ = (
        UniqueConstraint("take_id"),
        Index(
            "ix_media_without_codecs", "take_id", sqlite_where=text(NOT_LOOKED_AT), postgresql_where=text(NOT_LOOKED_AT)
        ),
    )

    @property
    def is_silent(self) -> bool:
        """Whether it has sound in which nothing can be heard."""
        return self.level_dbfs is not None and self.level_dbfs < SILENT_DBFS

    @property
    def keys(self) -> list[str]:
        """Every object of it in storage: what goes when it goes."""
        return [key for key in (self.key, self.audio_key, self.sound_key, *self.original_keys) if key]


class StageRun(Leased, Model):
    """One stage of one take: claimed by compare-and-set, written only by the holder of its lease."""

    __tablename__ = "stage_run"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(12), primary_key=True)
    enqueued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    take: Mapped[Take] = relationship(back_populates="stages")


class WrittenDraft(Model):
    """What a candidate has written for a question, saved as it is typed. It becomes an answer when they choose it."""

    __tablename__ = "draft"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    """1 for what was first saved, and one more for each change: whoever saves says which version they changed."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("version > 0", name="version_is_positive"),)


class Answer(Model):
    """What the candidate chose to give for a question: a take, or text."""

    __tablename__ = "answer"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), index=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id"), index=True)
    take_id: Mapped[str | None] = mapped_column(ForeignKey("take.id"), unique=True)
    text: Mapped[str | None] = mapped_column(Text)
    asked_number: Mapped[int | None] = mapped_column(default=_asked("position"))
    """The number of the question when the answer was sent; before that, when it was chosen."""
    asked_prompt: Mapped[str | None] = mapped_column(Text, default=_asked("prompt"))
    """The words of the question then."""
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    take: Mapped[Take | None] = relationship()
    attempt: Mapped[Attempt] = relationship()
    question: Mapped[Question] = relationship()

    @property
    def question_number(self) -> int:
        """The number of the question as it was asked."""
        return self.question.position if self.asked_number is None else self.asked_number

    @property
    def question_prompt(self) -> str:
        """The words of the question as they were asked."""
        return self.question.prompt if self.asked_prompt is None else self.asked_prompt

    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id"),
        CheckConstraint("take_id IS NOT NULL OR text IS NOT NULL", name="has_content"),
    )
