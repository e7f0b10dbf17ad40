"""A report on one interview, or on all, over a period: from what is kept now. Who was erased is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.accommodations.models import AccommodationRequest, Grant, RequestState, Source
from app.accommodations.rules import Limits
from app.accommodations.services import standard_of
from app.compliance.figures import Asked, Candidate, Share, Times, completion, times
from app.interviews.models import Attempt, Interview, Invitation
from app.recording.models import Take

DECIDED = frozenset(map(str, (RequestState.GRANTED, RequestState.GRANTED_OTHERWISE, RequestState.DECLINED)))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is reported: one interview or all of them (None), from the first day to the last, both included."""

    interview: Interview | None
    first: date
    last: date

    @property
    def zone(self) -> str:
        """The zone in which its days begin and end."""
        return self.interview.time_zone if self.interview else "UTC"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """From this moment, up to but not including that one."""
        zone = ZoneInfo(self.zone)
        end = self.last + timedelta(days=1) if self.last < date.max else self.last
        return datetime.combine(self.first, time.min, zone), datetime.combine(end, time.min, zone)


@dataclass(frozen=True, slots=True)
class Use:
    """How many candidates were given something, recorded under it, and needed it: took longer, or more often, than
    the standard allows."""

    given: int
    in_force: int
    used: int


@dataclass(frozen=True, slots=True)
class Report:
    """The figures. `states` counts requests by what became of them; `at_once` what policies gave with no request."""

    requests: int
    states: Mapping[str, int]
    at_once: int
    late: int
    times: Times
    use: Use
    everyone: Share
    with_grants: Share
    without: Share
    declined: Sequence[AccommodationRequest]


def make(session: Session, scope: Scope, *, target_hours: int, now: datetime) -> Report:
    """Return the report. `late` counts decisions, and requests still open, that took longer than the target."""
    requests = session.scalars(requests_in(scope)).all()
    asked = [Asked(request.state, request.asked_at, request.ended_at) for request in requests]
    target = timedelta(hours=target_hours)
    everyone, with_grants, without = completion(_candidates(session, scope))
    return Report(
        requests=len(requests),
        states={str(state): sum(one.state == state for one in asked) for state in RequestState},
        at_once=_given_at_once(session, scope),
        late=sum((one.ended_at or now) - one.asked_at > target for one in asked if one.state != RequestState.WITHDRAWN),
        times=times(asked, DECIDED),
        use=_use(session, scope),
        everyone=everyone,
        with_grants=with_grants,
        without=without,
        declined=[request for request in requests if request.state == RequestState.DECLINED],
    )


def requests_in(scope: Scope) -> Select[AccommodationRequest]:
    """Return the requests made in the period, the first first, each with its candidate and interview."""
    start, end = scope.bounds
    query = (
        select(AccommodationRequest)
        .join(AccommodationRequest.attempt)
        .join(Attempt.invitation)
        .where(AccommodationRequest.asked_at >= start, AccommodationRequest.asked_at < end)
        .options(
            joinedload(AccommodationRequest.attempt).joinedload(Attempt.invitation).joinedload(Invitation.interview)
        )
        .order_by(AccommodationRequest.asked_at, AccommodationRequest.id)
    )
    return query.where(Invitation.interview_id == scope.interview.id) if scope.interview else query


def rows(requests: Sequence[AccommodationRequest]) -> Iterator[Mapping[str, object]]:
    """Yield requests for a file: ids in place of names, and no words."""
    for request in requests:
        asked = Asked(request.state, request.asked_at, request.ended_at)
        yield {
            "request": request.id,
            "invitation": request.attempt.invitation_id,
            "interview": request.attempt.interview.title,
            "kind": request.kind,
            "value": request.value,
            "state": request.state,
            "asked_at": request.asked_at.isoformat(timespec="seconds"),
            "ended_at": request.ended_at.isoformat(timespec="seconds") if request.ended_at else None,
            "hours": None if asked.hours is None else round(asked.hours, 2),
            "decided_by": request.decided_by_id,
        }


def _candidates(session: Session, scope: Scope) -> Iterator[Candidate]:
    has_grants = exists().where(Grant.attempt_id == Attempt.id)
    query = select(has_grants, Attempt.submitted_at).join(Attempt.invitation).where(*_begun(scope))
    for granted, submitted_at in session.execute(query):
        yield Candidate(granted, submitted_at is not None)


def _begun(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on attempts, joined with their invitations, that were begun in the period."""
    start, end = scope.bounds
    conditions = [Attempt.started_at >= start, Attempt.started_at < end]
    return [*conditions, Invitation.interview_id == scope.interview.id] if scope.interview else conditions


def _given_at_once(session: Session, scope: Scope) -> int:
    start, end = scope.bounds
    query = select(func.count()).select_from(Grant).join(Attempt, Grant.attempt_id == Attempt.id)
    query = query.join(Attempt.invitation).where(Grant.given_at >= start, Grant.given_at < end)
    query = query.where(Grant.source != str(Source.DECISION))
    if scope.interview:
        query = query.where(Invitation.interview_id == scope.interview.id)
    return session.scalar(query) or 0


def _use(session: Session, scope: Scope) -> Use:
    has_grants = exists().where(Grant.attempt_id == Attempt.id)
    granted = select(Attempt.id).join(Attempt.invitation).where(*_begun(scope), has_grants)
    given = list(session.scalars(granted))
    first_grant = select(func.min(Grant.given_at)).where(Grant.attempt_id == Take.attempt_id).scalar_subquery()
    query = select(Take).where(Take.attempt_id.in_(granted), Take.started_at >= first_grant)
    in_force, used = set(), set()
    for take in session.scalars(query.options(joinedload(Take.question))):
        in_force.add(take.attempt_id)
        if _needed_more(take, standard_of(take.question)):
            used.add(take.attempt_id)
    return Use(len(given), len(in_force), len(used))


def _needed_more(take: Take, standard: Limits) -> bool:
    is_longer = standard.recording_seconds is not None and (take.recorded_ms or 0) > standard.recording_seconds * 1000
    is_more_often = standard.retakes is not None and take.number > standard.retakes + 1
    return is_longer or is_more_often
