"""A report on one or all interviews over a period, made from the current data. Erased people are not included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.accommodations.models import AccommodationRequest, Grant, RequestState, Source
from app.accommodations.rules import Kind
from app.accounts.models import StaffUser
from app.compliance.figures import CandidateProgress, CompletionShare, DecisionTimes, RequestFigures, completion, times
from app.compliance.use import AccommodationUse, use_of
from app.interviews.models import Attempt, Interview, Invitation
from app.interviews.services import closing_time

HAS_GRANTS = exists().where(Grant.attempt_id == Attempt.id)
DECIDED = frozenset(map(str, (RequestState.GRANTED, RequestState.GRANTED_OTHERWISE, RequestState.DECLINED)))


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
        """The conditions for invitations in the scope."""
        if self.interview:
            return [Invitation.interview_id == self.interview.id]
        return [Invitation.interview_id.not_in(self.hidden)] if self.hidden else []

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
    declined: Sequence[AccommodationRequest]


def make(session: Session, scope: ReportScope, *, target_hours: int, now: datetime) -> Report:
    """Return the report on a scope. `late` counts the decided and open requests that took longer than the target."""
    requests = session.scalars(requests_in(scope)).all()
    asked = [RequestFigures(request.state, request.asked_at, request.ended_at) for request in requests]
    target = timedelta(hours=target_hours)
    everyone, with_grants, without = completion(_candidates(session, scope, now))
    return Report(
        requests=len(requests),
        states={str(state): sum(one.state == state for one in asked) for state in RequestState},
        at_once=_given_at_once(session, scope),
        late=sum((one.ended_at or now) - one.asked_at > target for one in asked if one.state != RequestState.WITHDRAWN),
        times=times(asked, DECIDED),
        use=use_of(session, select(Attempt.id).join(Attempt.invitation).where(*_begun(scope), HAS_GRANTS), now=now),
        everyone=everyone,
        with_grants=with_grants,
        without=without,
        declined=[request for request in requests if request.state == RequestState.DECLINED],
    )


def requests_in(scope: ReportScope) -> Select[AccommodationRequest]:
    """Return the requests made in the period, oldest first, each with its candidate and interview."""
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
    return query.where(*scope.conditions)


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


def _candidates(session: Session, scope: ReportScope, now: datetime) -> Iterator[CandidateProgress]:
    """Yield the candidates who started and have finished or run out of time.

    Candidates with a human alternative, and those whose invitation was cancelled before they sent their answers, are
    left out.
    """
    elsewhere = exists().where(Grant.attempt_id == Attempt.id, Grant.kind == str(Kind.HUMAN), Grant.ended_at.is_(None))
    counts = or_(Attempt.submitted_at.is_not(None), Invitation.cancelled_at.is_(None))
    query = select(Attempt, HAS_GRANTS).join(Attempt.invitation).where(*_begun(scope), ~elsewhere, counts)
    query = query.options(contains_eager(Attempt.invitation).joinedload(Invitation.interview))
    for attempt, granted in session.execute(query):
        if not _is_under_way(attempt, now):
            yield CandidateProgress(granted, attempt.submitted_at is not None)


def _is_under_way(attempt: Attempt, now: datetime) -> bool:
    """Return whether a candidate still has time to send their answers. Returns False if there is no deadline."""
    if attempt.submitted_at or attempt.declined_at:
        return False
    closing = closing_time(attempt.invitation)
    return attempt.waiting_since is not None or (closing is not None and now < closing)


def _begun(scope: ReportScope) -> list[ColumnElement[bool]]:
    """Return conditions for attempts (joined with their invitations) that started in the period."""
    start, end = scope.bounds
    conditions = [Attempt.started_at >= start, Attempt.started_at < end]
    return [*conditions, *scope.conditions]


def _given_at_once(session: Session, scope: ReportScope) -> int:
    start, end = scope.bounds
    query = select(func.count()).select_from(Grant).join(Attempt, Grant.attempt_id == Attempt.id)
    query = query.join(Attempt.invitation).where(Grant.given_at >= start, Grant.given_at < end)
    query = query.where(Grant.source != str(Source.DECISION))
    return session.scalar(query.where(*scope.conditions)) or 0
