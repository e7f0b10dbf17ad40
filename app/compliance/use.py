"""Count whether grants were in force when candidates answered, and whether the candidates used them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.accommodations.models import Grant
from app.accommodations.rules import UNMEASURED, Kind, with_more_time
from app.accommodations.standards import standard_of
from app.interviews.models import Attempt, Invitation
from app.interviews.rules import closes_at
from app.recording.models import Take
from app.recording.thinking_models import ThinkingTime

TOLERANCE = timedelta(seconds=1)
"""A recorder stops slightly after its limit. Up to this duration, the extra time does not count as using a grant."""
Thought = dict[tuple[str, str], ThinkingTime]
"""Rows of thinking time, by attempt and question."""


@dataclass(frozen=True, slots=True)
class AccommodationUse:
    """Numbers of candidates: with a grant, with a grant in force while they answered, and with a grant that they used.

    A candidate used a grant if they recorded or prepared for longer than the standard limits allow, made more takes, or
    sent after the standard deadline.
    """

    given: int
    in_force: int
    used: int


def use_of(session: Session, attempts: Select[str], *, now: datetime) -> AccommodationUse:
    """Count the use of the grants of these attempts. `attempts` selects the ids of attempts with grants.

    A human alternative and a grant in words cannot be measured, so they are counted only in `given`. "More time", which
    everyone can use, is part of the standard.
    """
    query = select(Attempt).where(Attempt.id.in_(attempts))
    found = session.scalars(query.options(joinedload(Attempt.invitation).joinedload(Invitation.interview))).all()
    grants, takes = defaultdict(list), defaultdict(list)
    for grant in session.scalars(select(Grant).where(Grant.attempt_id.in_(attempts))):
        grants[grant.attempt_id].append(grant)
    for take in session.scalars(
        select(Take).where(Take.attempt_id.in_(attempts)).options(joinedload(Take.question)).order_by(Take.number)
    ):
        takes[take.attempt_id].append(take)
    thought: Thought = {
        (row.attempt_id, row.question_id): row
        for row in session.scalars(select(ThinkingTime).where(ThinkingTime.attempt_id.in_(attempts)))
    }
    in_force = used = 0
    for attempt in found:
        measured = [grant for grant in grants[attempt.id] if grant.given.kind not in UNMEASURED]
        in_force += was_in_force(attempt, measured, takes[attempt.id], now=now)
        used += was_used(attempt, measured, takes[attempt.id], thought, now=now)
    return AccommodationUse(len(found), in_force, used)


def was_in_force(attempt: Attempt, grants: Iterable[Grant], takes: Sequence[Take], *, now: datetime) -> bool:
    """Return whether a grant was in force during a take or, if it moves the deadline, when the answers were sent."""
    return any(
        any(_held(grant, take.started_at, take.stopped_at or now) for take in takes)
        or (grant.given.kind == Kind.DEADLINE and _held_at(grant, attempt.submitted_at))
        for grant in grants
    )


def was_used(
    attempt: Attempt, grants: Iterable[Grant], takes: Sequence[Take], thought: Thought, *, now: datetime
) -> bool:
    """Return whether the candidate went beyond the standard with a grant that was in force."""
    sent_late = _is_late(attempt, attempt.submitted_at)
    return any(
        (sent_late and grant.given.kind == Kind.DEADLINE and _held_at(grant, attempt.submitted_at))
        or any(
            _held(grant, take.started_at, take.stopped_at or now)
            and _went_beyond(grant.given.kind, attempt, take, thought)
            for take in takes
        )
        for grant in grants
    )


def _went_beyond(kind: Kind, attempt: Attempt, take: Take, thought: Thought) -> bool:
    standard, question = standard_of(take.question), take.question
    if kind == Kind.RECORDING_TIME:
        most = with_more_time(
            standard.recording_seconds, presses=take.more_time_presses, standard_seconds=question.recording_seconds
        )
        return most is not None and timedelta(milliseconds=take.length_ms or 0) > timedelta(seconds=most) + TOLERANCE
    if kind == Kind.THINKING_TIME:
        began = thought.get((attempt.id, question.id))
        if began is None or take.number > 1:
            return False
        most = with_more_time(
            standard.thinking_seconds, presses=began.presses, standard_seconds=question.thinking_seconds
        )
        return most is not None and take.started_at - began.begun_at > timedelta(seconds=most) + TOLERANCE
    if kind == Kind.RETAKES:
        return standard.retakes is not None and take.number > standard.retakes + 1
    return kind == Kind.DEADLINE and _is_late(attempt, take.started_at)


def _is_late(attempt: Attempt, at: datetime | None) -> bool:
    """Return whether a time is after the standard deadline."""
    closing = closes_at(attempt.interview.deadline_at, attempt.invitation.expires_at)
    return at is not None and closing is not None and at > closing


def _held(grant: Grant, start: datetime, end: datetime) -> bool:
    return grant.given_at <= end and (grant.ended_at is None or grant.ended_at > start)


def _held_at(grant: Grant, at: datetime | None) -> bool:
    return at is not None and _held(grant, at, at)
