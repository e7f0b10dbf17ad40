"""A report on one or all interviews over a period, made from the current data. Erased people are not included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, contains_eager

from app.accommodations.decisions import OLDEST
from app.accommodations.models import AccommodationRequest, Grant, RequestState, Source
from app.accounts.models import StaffUser
from app.compliance.figures import CandidateProgress, CompletionShare, DecisionTimes, RequestFigures, completion, times
from app.compliance.use import AccommodationUse, seconds_between, time_of, use_of
from app.interviews.closing import is_open
from app.interviews.models import Attempt, Interview, Invitation
from app.keyset import START, Page, Place, page_of
from app.recording.unsent import may_be_over

DECLINED_PAGE = 50
HAS_GRANTS = exists().where(Grant.attempt_id == Attempt.id)
DECIDED = (RequestState.GRANTED, RequestState.GRANTED_OTHERWISE, RequestState.DECLINED)
TIMED = (*DECIDED, RequestState.OPEN)
"""The states of requests that are compared with the target. A candidate who withdraws a request has not waited for it."""


@dataclass(frozen=True, slots=True)
class ReportScope:
    """The scope of a report: one interview or (None) all interviews, from the first to the last day, inclusive."""

    interview: Interview | None
    first: date
    last: date
    hidden: frozenset[str] = frozenset()
    """Ids of interviews that the reader of the report reviews. Their accommodations are hidden from this reader."""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions for attempts in the scope."""
        if self.interview:
            return [Attempt.interview_id == self.interview.id]
        return [Attempt.interview_id.not_in(self.hidden)] if self.hidden else []

    @property
    def zone(self) -> str:
        """The time zone in which the days begin and end."""
        return self.interview.time_zone if self.interview else "UTC"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The start of the period, and its end (exclusive)."""
        zone = ZoneInfo(self.zone)
        end = self.last + timedelta(days=1) if self.last < date.max else self.last
        return datetime.combine(self.first, time.min, zone), datetime.combine(end, time.min, zone)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a report. `states` counts requests by state; `at_once` counts grants that needed no decision."""

    requests: int
    states: Mapping[str, int]
    at_once: int
    late: int
    times: DecisionTimes
    use: AccommodationUse
    everyone: CompletionShare
    with_grants: CompletionShare
    without: CompletionShare


def make(session: Session, scope: ReportScope, *, target_hours: int, now: datetime) -> Report:
    """Return the report on a scope. `late` counts the decided and open requests that took longer than the target."""
    asked = _requests_of(session, scope, now)
    begun, counts = _begun(scope), _counts(now)
    use = use_of(session, begun, counts, now=now)
    everyone, with_grants, without = completion(_candidates(session, begun, counts, use, now))
    return Report(
        requests=sum(map(len, asked.values())),
        states={str(state): len(asked[state]) for state in RequestState},
        at_once=_given_at_once(session, scope),
        late=sum(hours > target_hours for state in TIMED for hours in asked[state]),
        times=times([hours for state in DECIDED for hours in asked[state]]),
        use=use,
        everyone=everyone,
        with_grants=with_grants,
        without=without,
    )


def declined_in(session: Session, scope: ReportScope, place: Place = START) -> Page[AccommodationRequest]:
    """Return a page of the requests that were declined, oldest first, each with its candidate."""
    query = requests_in(scope).where(AccommodationRequest.state == str(RequestState.DECLINED)).order_by(None)
    return page_of(session, query, OLDEST, place, size=DECLINED_PAGE).map(lambda row: row[0])


def _asked_in(scope: ReportScope) -> Select[AccommodationRequest]:
    start, end = scope.bounds
    query = select(AccommodationRequest).join(AccommodationRequest.attempt)
    return query.where(AccommodationRequest.asked_at >= start, AccommodationRequest.asked_at < end, *scope.conditions)


def requests_in(scope: ReportScope) -> Select[AccommodationRequest]:
    """Return the requests made in the period, oldest first, each with its candidate and interview."""
    query = _asked_in(scope).options(
        contains_eager(AccommodationRequest.attempt).joinedload(Attempt.invitation).joinedload(Invitation.interview)
    )
    return query.order_by(*OLDEST.by())


def count_requests(session: Session, scope: ReportScope) -> int:
    """Return the number of requests made in the period."""
    return session.scalar(_asked_in(scope).with_only_columns(func.count())) or 0


def deciders_of(session: Session, requests: Sequence[AccommodationRequest]) -> dict[str, str]:
    """Return the names of the staff who decided these requests, by staff id."""
    ids = {request.decided_by_id for request in requests}
    return dict(iter(session.execute(select(StaffUser.id, StaffUser.name).where(StaffUser.id.in_(ids)))))


def rows(requests: Sequence[AccommodationRequest], deciders: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    """Yield requests for a file, with ids and references instead of names, and without texts."""
    for request in requests:
        asked = RequestFigures(request.state, request.asked_at, request.ended_at)
        yield {
            "request": request.id,
            "invitation": request.attempt.invitation_id,
            "reference": request.attempt.invitation.reference,
            "interview": request.attempt.interview.title,
            "interview_id": request.attempt.interview.id,
            "kind": request.kind,
            "value": request.value,
            "state": request.state,
            "asked_at": request.asked_at.isoformat(timespec="seconds"),
            "ended_at": request.ended_at.isoformat(timespec="seconds") if request.ended_at else None,
            "hours": None if asked.hours is None else round(asked.hours, 2),
            "decided_by": request.decided_by_id,
            "decided_by_name": deciders.get(request.decided_by_id or ""),
        }


def _candidates(
    session: Session,
    begun: Sequence[ColumnElement[bool]],
    counts: ColumnElement[bool],
    use: AccommodationUse,
    now: datetime,
) -> Mapping[CandidateProgress, int]:
    """Count the candidates who started and have finished or run out of time.

    Candidates with a human alternative, and those whose invitation was cancelled before they sent their answers, are
    left out. Those who sent without grants, usually the majority, are counted by an index: all who sent, minus those
    with grants.
    """
    is_sent = Attempt.submitted_at.is_not(None)
    sent = session.scalar(select(func.count()).select_from(Attempt).where(*begun, is_sent)) or 0
    joined = select(func.count()).select_from(Attempt).join(Attempt.invitation).join(Invitation.interview)
    unsent = session.scalar(joined.where(*begun, ~is_sent, may_be_over(now), counts, ~HAS_GRANTS)) or 0
    return {
        CandidateProgress(has_grants=True, has_sent=True): use.groups[True, True],
        CandidateProgress(has_grants=True, has_sent=False): use.groups[False, True],
        CandidateProgress(has_grants=False, has_sent=True): sent - use.groups[True, True] - use.groups[True, False],
        CandidateProgress(has_grants=False, has_sent=False): unsent,
    }


def _counts(now: datetime) -> ColumnElement[bool]:
    """Return the condition for attempts, joined with their invitations and interviews, that count in the shares."""
    is_under_way = Attempt.declined_at.is_(None) & (Attempt.waiting_since.is_not(None) | is_open(now))
    return Attempt.submitted_at.is_not(None) | (Invitation.cancelled_at.is_(None) & ~is_under_way)


def _requests_of(session: Session, scope: ReportScope, now: datetime) -> Mapping[str, Sequence[float]]:
    """Return how long the requests of the period took or have waited until now, in hours, by their state."""
    start, end = scope.bounds
    seconds = seconds_between(AccommodationRequest.asked_at, func.coalesce(AccommodationRequest.ended_at, time_of(now)))
    query = select(AccommodationRequest.state, seconds)
    query = query.where(AccommodationRequest.asked_at >= start, AccommodationRequest.asked_at < end)
    if scope.conditions:
        query = query.join(AccommodationRequest.attempt).where(*scope.conditions)
    hours: dict[str, list[float]] = {str(state): [] for state in RequestState}
    for state, found in session.execute(query):
        hours[state].append(float(found) / 3600)
    return hours


def _begun(scope: ReportScope) -> list[ColumnElement[bool]]:
    """Return conditions for attempts that started in the period."""
    start, end = scope.bounds
    conditions = [Attempt.started_at >= start, Attempt.started_at < end]
    return [*conditions, *scope.conditions]


def _given_at_once(session: Session, scope: ReportScope) -> int:
    start, end = scope.bounds
    query = select(func.count()).select_from(Grant).where(Grant.given_at >= start, Grant.given_at < end)
    query = query.where(Grant.source != str(Source.DECISION))
    if scope.conditions:
        query = query.join(Attempt, Grant.attempt_id == Attempt.id).where(*scope.conditions)
    return session.scalar(query) or 0
