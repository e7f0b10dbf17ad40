"""If two people change one candidate's accommodations at the same time, one change waits for the other, and both count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accommodations import decisions, services
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.audit import AuditAction, AuditEvent
from app.errors import ConflictError
from app.extensions import db
from app.interviews import services as interviews
from app.interviews.models import Attempt
from app.sealing import get_sealer
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import NOON, make_attempt, make_interview, make_user

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNTIMED, PERSON = Given(Kind.RECORDING_TIME, None), Given(Kind.HUMAN)


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    return make_attempt(make_interview(deadline_at=NOON + DAY))


@pytest.fixture
def people(app: Flask) -> list[str]:
    return [make_user(Role.COORDINATOR).id for _each in range(2)]


def ask(attempt_id: str, *wishes: Given) -> None:
    with transaction() as session:
        attempt = interviews.lock_attempt(session, attempt_id)
        services.ask(session, attempt, wishes, "", sealer=get_sealer(), now=NOON)


def declining(request_id: str, user_id: str) -> Callable[[], None]:
    def decline() -> None:
        with transaction() as session:
            user = session.get_one(StaffUser, user_id)
            decisions.decline(session, request_id, "No.", user=user, sealer=get_sealer(), now=NOON + HOUR)

    return decline


def open_requests(attempt: Attempt) -> list[str]:
    db.session.rollback()
    return [request.id for request in services.requests_of(db.session(), attempt.id) if request.is_open]


def number_of(action: AuditAction) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(AuditEvent.action == str(action))) or 0


def test_deadline_is_resumed_once_after_the_last_two_decisions(app: Flask, attempt: Attempt, people: list[str]) -> None:
    ask(attempt.id, UNTIMED, PERSON)
    acts = [declining(request, person) for request, person in zip(open_requests(attempt), people, strict=True)]
    assert at_once(app, acts) == [None, None]
    db.session.rollback()
    after = db.session.get_one(Attempt, attempt.id)
    assert after.waiting_since is None
    assert interviews.closing_time(after.invitation) == NOON + DAY + HOUR
    assert number_of(AuditAction.DEADLINE_MOVED) == 1


def test_deadline_stays_paused_for_a_request_made_during_a_decision(
    app: Flask, attempt: Attempt, people: list[str]
) -> None:
    ask(attempt.id, UNTIMED)
    (first,) = open_requests(attempt)
    assert at_once(app, [declining(first, people[0]), lambda: ask(attempt.id, PERSON)]) == [None, None]
    assert len(open_requests(attempt)) == 1
    assert db.session.get_one(Attempt, attempt.id).waiting_since is not None


def test_grant_and_sending_happen_in_turn(app: Flask, attempt: Attempt, people: list[str]) -> None:
    def grant() -> None:
        with transaction() as session:
            user = session.get_one(StaffUser, people[0])
            decisions.lengthen(session, session.get_one(Attempt, attempt.id), UNTIMED, user=user, now=NOON)

    def send() -> bool:
        with transaction() as session:
            mine = interviews.lock_attempt(session, attempt.id)
            mine.submitted_at = NOON
            return bool(services.grants_of(session, mine.id))

    refused, had_it = at_once(app, [grant, send])
    db.session.rollback()
    has_it = bool(services.grants_of(db.session(), attempt.id))
    assert had_it == has_it, "nothing is granted to someone who has sent their answers"
    assert isinstance(refused, ConflictError) != has_it


def test_a_grant_that_two_people_end_has_ended_once(app: Flask, attempt: Attempt, people: list[str]) -> None:
    ask(attempt.id, Given(Kind.RECORDING_TIME, 200))
    (grant,) = services.grants_of(db.session(), attempt.id)
    grant_id = grant.id
    db.session.rollback()

    def ending(user_id: str) -> Callable[[], None]:
        def end() -> None:
            with transaction() as session:
                decisions.shorten(session, grant_id, user=session.get_one(StaffUser, user_id), now=NOON)

        return end

    assert at_once(app, [ending(person) for person in people]) == [None, None]
    assert number_of(AuditAction.ACCOMMODATION_ENDED) == 1
