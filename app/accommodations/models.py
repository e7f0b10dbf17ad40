"""Database models of policies, requests, notices about decisions, and grants."""

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
    """The state of a request. Only an open request can be decided or withdrawn; all other states are final."""

    OPEN = "open"
    GRANTED = "granted"
    GRANTED_OTHERWISE = "granted otherwise"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """The reason why an accommodation was given."""

    POLICY = "policy"
    DECISION = "decision"
    CARRIED = "carried"
    """The candidate kept it from an earlier interview of this organisation."""


class AccommodationPolicy(Model):
    """The accommodations that one interview gives at once.

    Interviews without a row use the defaults of `rules.Policy`.
    """

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
        """Convert this row to a `Policy`, the value object that rules.py uses."""
        return Policy(
            self.recording_percent, self.thinking_percent, self.retakes, self.deadline_days, self.more_time_presses
        )


class AccommodationRequest(Model):
    """A candidate's request that someone has to decide. The candidate's own words are sealed (app/sealing.py)."""

    __tablename__ = "accommodation_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[int | None]
    sealed_words: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=RequestState.OPEN)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the request was decided or withdrawn."""
    decided_by_id: Mapped[str | None] = mapped_column(ForeignKey("staff_user.id"))
    sealed_reason: Mapped[str | None] = mapped_column(Text)
    """The coordinator's reason, which the candidate reads."""
    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (
        Index("ix_accommodation_request_state_asked_at", "state", "asked_at"),
        Index("ix_accommodation_request_asked_at_id", "asked_at", "id"),
    )

    @property
    def is_open(self) -> bool:
        """Whether the request waits for a decision."""
        return self.state == RequestState.OPEN

    @property
    def wish(self) -> Given:
        """The requested accommodation."""
        return Given(Kind(self.kind), self.value)


class NoticeState(StrEnum):
    """The state of the mail about a decision."""

    WAITING = "waiting"
    HANDING_OVER = "handover"
    """The end of the mail is being sent to the mail server. From this point on, the mail is never sent again."""
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """The mail may have been sent: the mail server did not reply. A coordinator has to decide."""
    FAILED = "failed"
    """Every try failed, or the mail server refuses this mail. A coordinator has to tell the candidate."""


class Notice(Model):
    """A mail that tells a candidate that a request was decided. It does not reveal the decision."""

    __tablename__ = "notice"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("accommodation_request.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default=NoticeState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The earliest time of the next try.

    A process that tries sets it to a later time, so that no other process tries too.
    """
    problem: Mapped[str | None] = mapped_column(String(40))
    """The reason code of the last failed try. The code contains no part of the mail."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (UniqueConstraint("request_id"), Index("ix_notice_state_next_at", "state", "next_at"))


class Grant(Model):
    """An accommodation that a candidate has.

    It ends when the candidate gives it up or a coordinator ends it. Takes that were begun under it keep their limits.
    """

    __tablename__ = "accommodation_grant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("accommodation_request.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(10))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_carried: Mapped[bool] = mapped_column(default=False)
    """Whether the candidate wants this grant in later interviews of this organisation too."""

    @property
    def given(self) -> Given:
        """The granted accommodation."""
        return Given(Kind(self.kind), self.value)
