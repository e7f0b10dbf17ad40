"""What interviews give to everyone who asks, what candidates asked for, and what they were given."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accommodations.rules import Given, Kind, Policy
from app.extensions import Model
from app.ids import new_id
from app.interviews.models import Attempt
from app.types import Id, UtcDateTime


class RequestState(StrEnum):
    """Where a request stands. Only an open one can be decided or withdrawn, and it is one of the others for good."""

    OPEN = "open"
    GRANTED = "granted"
    GRANTED_OTHERWISE = "granted otherwise"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """Why something was given."""

    POLICY = "policy"
    DECISION = "decision"
    CARRIED = "carried"
    """The candidate took it along from an earlier interview of this organisation."""


class AccommodationPolicy(Model):
    """What one interview gives at once; an interview without a row gives what `rules.Policy` says."""

    __tablename__ = "accommodation_policy"

    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id", ondelete="CASCADE"), primary_key=True)
    recording_percent: Mapped[int | None]
    thinking_percent: Mapped[int | None]
    retakes: Mapped[int | None]
    deadline_days: Mapped[int]
    more_time_presses: Mapped[int]

    __table_args__ = (
        CheckConstraint("recording_percent >= 100", name="recording_is_not_shortened"),
        CheckConstraint("thinking_percent >= 100", name="thinking_is_not_shortened"),
        CheckConstraint("retakes >= 0", name="retakes_are_not_taken_away"),
        CheckConstraint("deadline_days >= 0", name="deadline_is_not_brought_forward"),
        CheckConstraint("more_time_presses >= 0", name="presses_are_not_negative"),
    )

    def as_policy(self) -> Policy:
        """Return it as the rules want it."""
        return Policy(
            self.recording_percent, self.thinking_percent, self.retakes, self.deadline_days, self.more_time_presses
        )


class AccommodationRequest(Model):
    """Something that a candidate asked for and that a person decides. Their own words are sealed (app/sealing.py)."""

    __tablename__ = "accommodation_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[int | None]
    sealed_words: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=RequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was decided or withdrawn."""
    decided_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    sealed_reason: Mapped[str | None] = mapped_column(Text)
    """What the candidate is told of a decision, in the coordinator's words."""
    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (Index("ix_accommodation_request_state_asked_at", "state", "asked_at"),)

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state == RequestState.OPEN

    @property
    def wish(self) -> Given:
        """What was asked for."""
        return Given(Kind(self.kind), self.value)


class NoticeState(StrEnum):
    """Where the mail about a decision stands."""

    WAITING = "waiting"
    HANDING_OVER = "handover"
    """The mail server is being given the last of it: from here on it is never sent again."""
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """It may have been sent: the mail server's reply never came. A person has to decide."""
    FAILED = "failed"
    """Every try failed, or the server will never take it: a person has to tell the candidate."""


class Notice(Model):
    """A mail to a candidate that a request was decided. It says that there is an answer, and never which."""

    __tablename__ = "notice"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("accommodation_request.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default=NoticeState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Not before; while one process tries, the others leave it until then."""
    problem: Mapped[str | None] = mapped_column(String(40))
    """A reason code of the last try, with no content."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (UniqueConstraint("request_id"), Index("ix_notice_state_next_at", "state", "next_at"))


class Grant(Model):
    """Something that a candidate has. It ends when the candidate gives it back or a coordinator shortens it; takes that
    were begun under it keep their limits."""

    __tablename__ = "accommodation_grant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("accommodation_request.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(10))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_carried: Mapped[bool] = mapped_column(default=False)
    """Whether the candidate wants it in later interviews of this organisation too."""

    @property
    def given(self) -> Given:
        """What was given."""
        return Given(Kind(self.kind), self.value)
