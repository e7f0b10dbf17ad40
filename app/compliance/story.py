"""One candidate's story from the log and the current data: requests, decisions, grants, takes and views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.accommodations.models import AccommodationRequest, Grant
from app.accommodations.names_of_deciders import names_of_deciders, names_of_enders
from app.accommodations.rules import Limits
from app.accommodations.services import limits_of, requests_of, superseding_grants
from app.accommodations.standards import standard_of
from app.accounts.models import StaffUser
from app.audit import AuditAction, AuditEvent
from app.compliance.log import load_events
from app.compliance.models import Erasure
from app.errors import NotFoundError
from app.interviews.asked import asked_of
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.interviews.services import closing_time
from app.recording.models import Answer, Take
from app.recording.more_time import seconds_in_force

AT_THE_LIMIT_MS = 1000
"""If a recording ends within this time of its limit, the limit counts as the cause, because browser clocks are inexact.
"""


@dataclass(frozen=True, slots=True)
class TakeInForce:
    """One take: the standard limits, the limits in force at its start, and the limits that grants promised."""

    take: Take
    standard: Limits
    in_force: Limits
    promised: Limits
    limit_seconds: int | None
    """The recording limit at the end of the take, including grants during the take and "More time".

    None means unlimited.
    """

    @property
    def is_as_promised(self) -> bool:
        """Whether the limits in force were at least as long as the promised limits."""
        pairs = (
            (self.in_force.recording_seconds, self.promised.recording_seconds),
            (self.in_force.thinking_seconds, self.promised.thinking_seconds),
            (self.in_force.retakes, self.promised.retakes),
        )
        return all(had is None or (due is not None and had >= due) for had, due in pairs)

    @property
    def reached_its_limit(self) -> bool:
        """Whether the recording was ended by its limit."""
        limit, recorded = self.limit_seconds, self.take.recorded_ms
        return limit is not None and recorded is not None and recorded > limit * 1000 - AT_THE_LIMIT_MS


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer of the answers: their name (or id), the number of their views, and the time of the first view."""

    who: str
    times: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """The story of one candidate. After an erasure it has no invitation, only events with ids."""

    invitation_id: str
    interview: Interview
    invitation: Invitation | None
    attempt: Attempt | None
    erasure: Erasure | None
    events: Sequence[AuditEvent]
    requests: Sequence[AccommodationRequest]
    grants: Sequence[Grant]
    takes: Sequence[TakeInForce]
    answers_seen: Sequence[Viewer]
    all_answers_known: bool
    """False if reviewers viewed deleted answers whose ids are unknown. Then `answers_seen` may be incomplete."""
    requests_read: Sequence[Viewer]
    closing: datetime | None
    """The candidate's deadline. Once the answers are sent, it is the deadline at the time of sending."""
    deciders: Mapping[str, str] = field(default_factory=dict)
    """Names of the staff who decided, by the id of a request or a grant."""
    enders: Mapping[str, str] = field(default_factory=dict)
    """Names of the staff who ended a grant, by grant id."""
    superseding_grants: Mapping[str, Grant] = field(default_factory=dict)
    """The grants that replace smaller ones, by the id of the smaller grant, which has no effect."""

    def was_timed_out(self, now: datetime) -> bool:
        """Whether the deadline passed before the answers were sent."""
        attempt = self.attempt
        if attempt is None or self.closing is None or (attempt.waiting_since and not attempt.submitted_at):
            return False
        return self.closing < (attempt.submitted_at or now)


def build_story(session: Session, invitation_id: str) -> Story:
    """Return the story of an invitation. Raises NotFoundError if it never existed."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        return _build_erased_story(session, invitation_id)
    attempt = session.scalar(select(Attempt).where(Attempt.invitation_id == invitation_id))
    takes = _takes(session, attempt) if attempt else []
    answers = _answer_ids(session, attempt) if attempt else set()
    ids = {invitation_id, *(take.id for take in takes), *answers} | ({attempt.id} if attempt else set())
    events = _events(session, ids, attempt.id if attempt else None)
    grants = _grants(session, attempt) if attempt else []
    return Story(
        invitation_id=invitation_id,
        interview=invitation.interview,
        invitation=invitation,
        attempt=attempt,
        erasure=None,
        events=events,
        requests=requests_of(session, attempt.id) if attempt else [],
        grants=grants,
        takes=[_in_force(session, take, grants) for take in takes],
        answers_seen=_seen(session, events, AuditAction.ANSWER_VIEWED),
        all_answers_known=len(answers) >= _answers_sent(events),
        requests_read=_seen(session, events, AuditAction.REQUEST_READ),
        closing=_closing(invitation, events),
        deciders=names_of_deciders(session, attempt.id) if attempt else {},
        enders=names_of_enders(session, attempt.id) if attempt else {},
        superseding_grants=superseding_grants(grants),
    )


def questions_in(session: Session, story: Story) -> dict[str, str]:
    """Return the texts of the questions in the events of a story, by question id.

    If the candidate has sent their answers, these are the texts at the time of sending. For an erased person the result
    is empty.
    """
    if story.attempt is None:
        return {}
    ids = {event.details["question"] for event in story.events if "question" in event.details}
    now = session.execute(select(Question.id, Question.prompt).where(Question.id.in_(ids)))
    return {**dict(iter(now)), **{each.question_id: each.prompt for each in asked_of(story.attempt)}}


def _build_erased_story(session: Session, invitation_id: str) -> Story:
    erasure = session.scalar(select(Erasure).where(Erasure.invitation_id == invitation_id))
    if erasure is None:
        raise NotFoundError()
    ids = {invitation_id, *erasure.takes, *(erasure.answers or ())}
    ids |= {erasure.attempt_id} if erasure.attempt_id else set()
    events = _events(session, ids, erasure.attempt_id)
    return Story(
        invitation_id=invitation_id,
        interview=erasure.interview,
        invitation=None,
        attempt=None,
        erasure=erasure,
        events=events,
        requests=[],
        grants=[],
        takes=[],
        answers_seen=_seen(session, events, AuditAction.ANSWER_VIEWED),
        all_answers_known=erasure.answers is not None and len(erasure.answers) >= _answers_sent(events),
        requests_read=_seen(session, events, AuditAction.REQUEST_READ),
        closing=None,
    )


def _answer_ids(session: Session, attempt: Attempt) -> set[str]:
    """Return the ids of an attempt's answers, including deleted ones, because events in the audit log refer to them."""
    present = session.scalars(select(Answer.id).where(Answer.attempt_id == attempt.id))
    return {*present, *(each.answer_id for each in asked_of(attempt) if each.answer_id)}


def _answers_sent(events: Sequence[AuditEvent]) -> int:
    return max((event.details["answers"] for event in _sendings(events)), default=0)


def _closing(invitation: Invitation, events: Sequence[AuditEvent]) -> datetime | None:
    """Return the deadline. After sending, it is the deadline at the time of sending, if that is in the audit log."""
    told = [event.details["deadline"] for event in _sendings(events) if "deadline" in event.details]
    if told:
        return datetime.fromisoformat(told[-1]) if told[-1] else None
    return closing_time(invitation)


def _sendings(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    return [event for event in events if event.action == AuditAction.INTERVIEW_SUBMITTED]


def _takes(session: Session, attempt: Attempt) -> Sequence[Take]:
    query = select(Take).where(Take.attempt_id == attempt.id).options(joinedload(Take.question))
    return session.scalars(query.order_by(Take.started_at, Take.number)).all()


def _grants(session: Session, attempt: Attempt) -> Sequence[Grant]:
    query = select(Grant).where(Grant.attempt_id == attempt.id)
    return session.scalars(query.order_by(Grant.given_at, Grant.kind, Grant.id)).all()


def _events(session: Session, ids: set[str], attempt_id: str | None) -> Sequence[AuditEvent]:
    is_theirs = or_(AuditEvent.subject_id.in_(ids), AuditEvent.actor_id == attempt_id)
    return load_events(session, is_theirs)


def _in_force(session: Session, take: Take, grants: Sequence[Grant]) -> TakeInForce:
    then = [grant.given for grant in grants if grant.given_at <= take.started_at and _held(grant, take.started_at)]
    return TakeInForce(
        take,
        standard_of(take.question),
        Limits.from_snapshot(take.limits),
        limits_of(take.question, then),
        seconds_in_force(session, take),
    )


def _held(grant: Grant, at: datetime) -> bool:
    return grant.ended_at is None or grant.ended_at > at


def _seen(session: Session, events: Sequence[AuditEvent], action: AuditAction) -> list[Viewer]:
    looks = [event for event in events if event.action == action]
    ids = dict.fromkeys(event.actor_id for event in looks)
    found = session.execute(select(StaffUser.id, StaffUser.name).where(StaffUser.id.in_(ids)))
    names = dict(iter(found))
    return [
        Viewer(names.get(who, who), sum(event.actor_id == who for event in looks),
             min(event.at for event in looks if event.actor_id == who))
        for who in ids
    ]  # fmt: skip
