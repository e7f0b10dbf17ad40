"""Database models of interviews, questions, invitations and attempts."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    select,
    text,
)  # fmt: skip
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.accounts.models import StaffUser
from app.email_addresses import mailbox_key
from app.extensions import Model
from app.folding import fold, sort_key
from app.ids import REFERENCE_LENGTH, new_id, new_reference
from app.types import Id, UtcDateTime


class InterviewState(StrEnum):
    """Draft: no one can be invited. Open: candidates may answer. Closed: no new candidate can start."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class BlindMode(StrEnum):
    """What blind review hides from reviewers: nothing; names and picture; or names, picture and voice."""

    OFF = "off"
    VOICE = "voice"
    TEXT = "text"


class Interview(Model):
    """A set of questions that candidates answer in their own time."""

    __tablename__ = "interview"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(35), default="en")
    answer_languages: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Other languages that answers may be in, besides the question's: BCP 47, separated by spaces."""
    vocabulary: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Names and words that candidates probably say, separated by commas, for the speech model. Candidates do not see it."""
    state: Mapped[str] = mapped_column(String(10), default=InterviewState.DRAFT)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    """The time zone (tz database name) in which staff type times. Pages use it if the browser's zone is unknown."""
    any_order: Mapped[bool] = mapped_column(default=True)
    retention_days: Mapped[int] = mapped_column(default=365)
    blind: Mapped[str] = mapped_column(String(10), default=BlindMode.OFF, server_default="off")
    """What blind review hides from the reviewers of this interview (BlindMode)."""
    found_languages: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    """Languages of the searchable answers: BCP 47 tags, separated by spaces. The search index maintains them."""
    created_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    questions: Mapped[list[Question]] = relationship(
        back_populates="interview", order_by="Question.position", cascade="all, delete-orphan"
    )
    reviewers: Mapped[list[StaffUser]] = relationship(secondary="interview_reviewer")

    __table_args__ = (CheckConstraint("retention_days > 0", name="retention_is_positive"),)


class InterviewReviewer(Model):
    """The assignment of a reviewer to an interview. Reviewers see only interviews that they are assigned to."""

    __tablename__ = "interview_reviewer"

    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True, index=True)


class Question(Model):
    """One question. Its time limits are in seconds. None means unlimited."""

    __tablename__ = "question"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    prompt: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(35))
    """The language of the question, if it differs from the interview's."""
    thinking_seconds: Mapped[int | None]
    recording_seconds: Mapped[int | None]
    retakes: Mapped[int | None]
    interview: Mapped[Interview] = relationship(back_populates="questions")

    @property
    def spoken_language(self) -> str:
        """Return the language of the question, and of its answers unless the interview allows others."""
        return self.language or self.interview.language

    @property
    def answer_languages(self) -> list[str]:
        """The languages that an answer may be in, beginning with the language of the question."""
        return list(dict.fromkeys([self.spoken_language, *self.interview.answer_languages.split()]))

    __table_args__ = (
        CheckConstraint("recording_seconds > 0", name="recording_is_positive"),
        CheckConstraint("thinking_seconds >= 0", name="thinking_is_not_negative"),
        CheckConstraint("retakes >= 0", name="retakes_are_not_negative"),
    )


EXPIRES = "expires_at IS NOT NULL"


class Invitation(Model):
    """One candidate's invitation to one interview. Only the hash of the link's token is stored."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id"), index=True)
    candidate_name: Mapped[str] = mapped_column(String(200))
    candidate_email: Mapped[str] = mapped_column(String(254))
    mailbox_key: Mapped[str] = mapped_column(String(600), index=True)
    """Equal for two addresses of one mailbox (email_addresses.mailbox_key). Updated with `candidate_email`."""
    folded: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """Name and address, folded by `folding.fold` for search, because databases fold letters differently."""
    sort_key: Mapped[str] = mapped_column(
        Text().with_variant(Text(collation="C"), "postgresql"), server_default=text("''")
    )
    """The sort key of the name (`folding.sort_key`). The databases themselves would sort letters differently."""
    reference: Mapped[str] = mapped_column(
        String(REFERENCE_LENGTH), default=new_reference, server_default=text("''"), index=True
    )
    """Distinguishes candidates with the same name, for staff. It is random and reveals nothing about the candidate."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From this time, attempts and takes can no longer be started. None: only the interview's deadline applies."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    interview: Mapped[Interview] = relationship()
    attempt: Mapped[Attempt | None] = relationship(back_populates="invitation")

    @property
    def named(self) -> str:
        """Return the candidate's name with the reference, for staff."""
        return named(self.candidate_name, self.reference)

    __table_args__ = (
        Index(
            "uq_invitation_open_mailbox",
            "interview_id",
            "mailbox_key",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
        Index(
            "ix_invitation_expires",
            "interview_id",
            "expires_at",
            sqlite_where=text(EXPIRES),
            postgresql_where=text(EXPIRES),
        ),
        Index("ix_invitation_by_name", "interview_id", "sort_key", "id"),
        Index("ix_invitation_by_time", "interview_id", "created_at", "id"),
        Index("ix_invitation_created_at_id", "created_at", "id"),
    )

    @validates("candidate_email")
    def _set_mailbox_key(self, _name: str, address: str) -> str:
        self.mailbox_key = mailbox_key(address)
        self.folded = fold(f"{self.candidate_name or ''}\n{address}")
        return address

    @validates("candidate_name")
    def _set_folded(self, _name: str, name: str) -> str:
        self.folded = fold(f"{name}\n{self.candidate_email or ''}")
        self.sort_key = sort_key(name)
        return name


def named(name: str, reference: str) -> str:
    """Return a candidate's name with the reference, as staff see it on all pages."""
    return f"{name} ({reference})"


SENT, UNSENT = "submitted_at IS NOT NULL", "submitted_at IS NULL"
KEPT = "keeps_answers"
KEPT_IN_SQLITE = "keeps_answers = 1"
HAS_SWEEP_TIME = "sweep_at IS NOT NULL"
LOOK_NOW = datetime(2000, 1, 1, tzinfo=UTC)
"""A value of `Attempt.sweep_at`: the next sweep checks the attempt."""


def _interview_of(context: DefaultExecutionContext) -> Any:
    """Return the interview of the invitation, when an attempt is inserted."""
    invitation_id = context.get_current_parameters()["invitation_id"]  # type: ignore[no-untyped-call]
    query = select(Invitation.__table__.c.interview_id).where(Invitation.__table__.c.id == invitation_id)
    return context.connection.scalar(query)


class Attempt(Model):
    """Everything that one candidate does in one interview, from opening the invitation to the receipt."""

    __tablename__ = "attempt"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"))
    interview_id: Mapped[str | None] = mapped_column(Id, default=_interview_of)
    """The interview of the invitation. Stored here too, so that lists and counts of an interview need no join. It never changes."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    consent_version: Mapped[str | None] = mapped_column(String(20))
    consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Preferences (hide the timer, own words for the speech model ...). Nobody else sees them on a page."""
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """This candidate's own deadline, if it was moved. None: the deadlines of the interview and the invitation apply."""
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the deadline is paused because the candidate waits for a decision. None: it is not paused."""
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """The questions at the time of sending (interviews/asked.py). None before sending."""
    receipt: Mapped[str | None] = mapped_column(String(20), unique=True)
    keeps_answers: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the attempt may have recordings, texts or own words, which retention deletes (recording/kept.py)."""
    sweep_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=LOOK_NOW)
    """When the sweep checks this attempt next (recording/unsent.py), at the latest when it may have to be sent. None:
    never, because the answers were sent, or because there is nothing to send and nothing can be added.
    """
    invitation: Mapped[Invitation] = relationship(back_populates="attempt")

    __table_args__ = (
        UniqueConstraint("invitation_id"),
        Index("ix_attempt_begun", "interview_id", "started_at"),
        Index("ix_attempt_sent", "interview_id", "id", sqlite_where=text(SENT), postgresql_where=text(SENT)),
        Index(
            "ix_attempt_sent_at",
            "interview_id",
            "submitted_at",
            sqlite_where=text(SENT),
            postgresql_where=text(SENT),
        ),
        Index(
            "ix_attempt_sent_begun", "interview_id", "started_at", sqlite_where=text(SENT), postgresql_where=text(SENT)
        ),
        Index(
            "ix_attempt_unsent_begun",
            "interview_id",
            "started_at",
            "sweep_at",
            "declined_at",
            sqlite_where=text(UNSENT),
            postgresql_where=text(UNSENT),
        ),
        Index(
            "ix_attempt_kept",
            "interview_id",
            "submitted_at",
            sqlite_where=text(KEPT_IN_SQLITE),
            postgresql_where=text(KEPT),
        ),
        Index(
            "ix_attempt_sweep_at", "sweep_at", sqlite_where=text(HAS_SWEEP_TIME), postgresql_where=text(HAS_SWEEP_TIME)
        ),
    )

    @validates("deadline_at", "waiting_since")
    def _schedule_check(self, _name: str, moment: datetime | None) -> datetime | None:
        """Schedule the attempt for the next sweep, because its deadline may have moved."""
        self.sweep_at = LOOK_NOW
        return moment

    @validates("submitted_at")
    def _look_no_more(self, _name: str, moment: datetime | None) -> datetime | None:
        if moment is not None:
            self.sweep_at = None
        return moment

    @property
    def interview(self) -> Interview:
        """Return the interview of this attempt."""
        return self.invitation.interview
