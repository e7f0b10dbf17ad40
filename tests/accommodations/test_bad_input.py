"""Invalid, repeated and late forms about accommodations have one outcome and a clear message, and keep the person's
input.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import pipeline
from app.accommodations import decisions, services
from app.accommodations.models import Notice, RequestState
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.audit import AuditAction, AuditEvent, verify
from app.clock import now
from app.errors import ConflictError
from app.extensions import db
from app.interviews.models import Attempt
from app.sealing import get_sealer
from app.transaction import transaction
from tests.accommodations.test_pages import NOTHING, OWN, text
from tests.at_once import at_once
from tests.factories import NOON, make_attempt, make_interview, make_user
from tests.page_check import CheckingClient

UNTIMED = {**NOTHING, "recording_time": "none"}
GRANT = {"decision": "grant", "given": "recording time:300", "reason": ""}


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    return make_attempt(make_interview(deadline_at=now() + timedelta(days=3)))


def asked(attempt: Attempt) -> str:
    db.session.rollback()
    return services.requests_of(db.session(), attempt.id)[-1].id


def had(attempt: Attempt) -> list[Given]:
    db.session.rollback()
    return services.given_to(db.session(), attempt.id)


def test_only_one_of_two_coordinators_decides_and_the_other_is_told(
    app: Flask, candidate: CheckingClient, attempt: Attempt
) -> None:
    candidate.submit(OWN, form=UNTIMED)
    request_id, people = asked(attempt), [make_user(Role.COORDINATOR).id for _each in range(2)]

    def grant() -> None:
        with transaction() as session:
            user = session.get_one(StaffUser, people[0])
            decisions.grant(session, request_id, None, "", user=user, sealer=get_sealer(), now=now())

    def decline() -> None:
        with transaction() as session:
            user = session.get_one(StaffUser, people[1])
            decisions.decline(session, request_id, "It cannot be.", user=user, sealer=get_sealer(), now=now())

    results = at_once(app, [grant, decline])
    assert [type(result) for result in results if result] == [ConflictError]
    is_granted, wins = Given(Kind.RECORDING_TIME, None) in had(attempt), results[0] is None
    assert is_granted == wins
    state = decisions.find_request(db.session(), request_id).state
    assert state == (RequestState.GRANTED if wins else RequestState.DECLINED)
    assert len(list(db.session.scalars(select(Notice)))) == 1
    declined = select(AuditEvent).where(AuditEvent.action == str(AuditAction.ACCOMMODATION_DECLINED))
    assert len(list(db.session.scalars(declined))) == (0 if wins else 1)
    assert verify(db.session()).is_whole


def test_decision_on_a_withdrawn_request_is_refused_and_not_sent(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    candidate.submit(OWN, form=UNTIMED)
    before, request_id = had(attempt), asked(attempt)
    candidate.submit(f"/interview/accommodations/requests/{request_id}/withdraw")
    late = coordinator.submit(f"/manage/requests/{request_id}", form={**GRANT, "reason": "Take <all> you need."})
    assert late.status_code == 409
    assert "This request was withdrawn" in late.text
    assert "What you wrote was not sent:" in late.text
    assert "Take &lt;all&gt; you need." in late.text, "to be copied"
    assert had(attempt) == before
    assert "Withdrawn" in text(candidate.page(OWN))


def test_grant_after_sending_is_refused_with_advice(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    candidate.submit(OWN, form=UNTIMED)
    before, request_id = had(attempt), asked(attempt)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = now()
    too_late = candidate.submit(OWN, form={**NOTHING, "words": "A word of my own"})
    assert too_late.status_code == 409
    assert "A word of my own" in too_late.text
    late = coordinator.submit(f"/manage/requests/{request_id}", form=GRANT)
    assert late.status_code == 409
    assert "The candidate has sent their answers" in late.text
    assert "make a new invitation" in late.text
    unasked = coordinator.submit(
        f"/manage/invitations/{attempt.invitation_id}/accommodations", form={"given": "retakes:5"}
    )
    assert unasked.status_code == 409
    assert had(attempt) == before


@pytest.mark.parametrize("typed", ["1100", "-200", "0", "NaN", "200; none", "٢٠٠"])
def test_value_out_of_range_is_refused_and_other_input_is_kept(
    candidate: CheckingClient, attempt: Attempt, typed: str
) -> None:
    page = candidate.submit(OWN, form={**NOTHING, "recording_time": typed, "words": "My own words"})
    assert page.status_code == 422
    assert "My own words" in page.text
    assert had(attempt) == []
    assert services.requests_of(db.session(), attempt.id) == []


def test_a_candidate_who_sends_the_form_twice_has_one_request_and_one_accommodation(
    candidate: CheckingClient, attempt: Attempt
) -> None:
    for _twice in range(2):
        assert candidate.submit(OWN, form=UNTIMED).status_code == 303
    assert had(attempt) == [Given(Kind.RECORDING_TIME, 1000)]
    assert len(services.requests_of(db.session(), attempt.id)) == 1


def test_deadline_moved_after_a_late_request_is_paused(app: object) -> None:
    attempt = make_attempt(make_interview(deadline_at=NOON + timedelta(days=1)))
    late = NOON + timedelta(days=2)
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        services.ask(session, found, [Given(Kind.HUMAN)], "", sealer=get_sealer(), now=late)
        assert found.waiting_since is None, "what is over does not stand still"
        found.interview.deadline_at = NOON + timedelta(days=5)
    pipeline.sweep(late)
    db.session.rollback()
    assert db.session.get_one(Attempt, attempt.id).waiting_since == late


def test_sweep_pauses_no_deadline_without_a_request_or_after_its_end(app: object) -> None:
    asked_nothing = make_attempt(make_interview(deadline_at=NOON + timedelta(days=5)))
    too_late = make_attempt(make_interview(deadline_at=NOON + timedelta(days=1)))
    late = NOON + timedelta(days=2)
    with transaction() as session:
        services.ask(
            session, session.get_one(Attempt, too_late.id), [Given(Kind.HUMAN)], "", sealer=get_sealer(), now=late
        )
    pipeline.sweep(late)
    db.session.rollback()
    assert [db.session.get_one(Attempt, each.id).waiting_since for each in (asked_nothing, too_late)] == [None, None]
