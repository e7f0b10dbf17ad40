"""Requests for accommodations, decisions on them, and the deadline, which is paused while a request is open."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.accommodations import decisions, services
from app.accommodations.models import AccommodationRequest, RequestState
from app.accommodations.rules import Given, Kind, Limits, Policy
from app.accounts.models import Role, StaffUser
from app.audit import Actor, AuditAction, AuditEvent, verify
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.extensions import db
from app.interviews.models import Attempt
from app.interviews.services import accepts_recording, closing_time
from app.sealing import Sealer, UnsealError, get_sealer
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_user

pytestmark = pytest.mark.usefixtures("app")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWICE, UNTIMED = Given(Kind.RECORDING_TIME, 200), Given(Kind.RECORDING_TIME, None)


@pytest.fixture
def coordinator() -> StaffUser:
    return make_user(Role.COORDINATOR)


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt(make_interview(deadline_at=NOON + DAY))


def ask(attempt: Attempt, *wishes: Given, words: str = "", now: datetime = NOON) -> None:
    with transaction() as session:
        services.ask(session, session.merge(attempt), wishes, words, sealer=get_sealer(), now=now)


def requests(attempt: Attempt) -> list[AccommodationRequest]:
    return services.requests_of(db.session(), attempt.id)


def given(attempt: Attempt) -> list[Given]:
    return services.given_to(db.session(), attempt.id)


def limits(attempt: Attempt) -> Limits:
    return services.limits_of(attempt.interview.questions[0], given(attempt))


def grant(attempt: Attempt, user: StaffUser, instead: Given | None = None, now: datetime = NOON) -> None:
    with transaction() as session:
        decisions.grant(session, requests(attempt)[-1].id, instead, "", user=user, sealer=get_sealer(), now=now)


def decline(attempt: Attempt, user: StaffUser, reason: str = "It cannot be done.", now: datetime = NOON) -> None:
    with transaction() as session:
        decisions.decline(session, requests(attempt)[-1].id, reason, user=user, sealer=get_sealer(), now=now)


def actions() -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.action.like("%accommodation%")).order_by(AuditEvent.number)
    return list(db.session.scalars(query))


def test_accommodation_of_the_policy_is_in_force_at_once_without_a_request(attempt: Attempt) -> None:
    ask(attempt, TWICE, Given(Kind.RETAKES, 2))
    assert limits(attempt) == Limits(240, 60, 4)
    assert requests(attempt) == []
    assert actions() == ["accommodation granted"] * 2


def test_wish_beyond_the_policy_is_given_in_part_and_becomes_a_request(attempt: Attempt) -> None:
    ask(attempt, UNTIMED)
    assert limits(attempt).recording_seconds == 1200
    (request,) = requests(attempt)
    assert request.wish == UNTIMED
    assert request.is_open


def test_asking_twice_has_one_outcome(attempt: Attempt) -> None:
    ask(attempt, UNTIMED, Given(Kind.HUMAN))
    ask(attempt, UNTIMED, Given(Kind.HUMAN))
    assert given(attempt) == [Given(Kind.RECORDING_TIME, 1000)]
    assert {request.kind for request in requests(attempt)} == {"recording time", "human alternative"}


def test_asking_for_another_value_changes_the_open_request(attempt: Attempt) -> None:
    ask(attempt, Given(Kind.RETAKES, 5))
    ask(attempt, Given(Kind.RETAKES))
    (request,) = requests(attempt)
    assert request.wish == Given(Kind.RETAKES)
    assert actions()[-1] == "accommodation request changed"


def test_own_words_are_encrypted_and_every_reading_is_an_event(attempt: Attempt, coordinator: StaffUser) -> None:
    ask(attempt, words="  My hands tremble.\n")
    (request,) = requests(attempt)
    assert request.sealed_words is not None
    assert "tremble" not in request.sealed_words
    with transaction() as session:
        actor = Actor("staff", coordinator.id)
        texts = decisions.read_texts(session, session.merge(request), get_sealer(), actor=actor, now=NOON)
    assert texts.words == "My hands tremble."
    read = db.session.scalars(select(AuditEvent).where(AuditEvent.action == str(AuditAction.REQUEST_READ))).one()
    assert (read.actor_id, read.details) == (coordinator.id, {"request": request.id})
    events = db.session.scalars(select(AuditEvent)).all()
    assert not any("tremble" in str(event.details) for event in events)


def test_new_key_encrypts_and_old_key_still_decrypts() -> None:
    old, new = Sealer(["o" * 40]), Sealer(["n" * 40, "o" * 40])
    assert new.unseal(old.seal("words")) == "words"
    with pytest.raises(UnsealError):
        old.unseal(new.seal("words"))


def test_granted_request_is_in_force_and_declined_request_has_a_reason(
    attempt: Attempt, coordinator: StaffUser
) -> None:
    ask(attempt, UNTIMED)
    grant(attempt, coordinator)
    assert limits(attempt).recording_seconds is None
    ask(attempt, words="A quiet room", now=NOON + HOUR)
    decline(attempt, coordinator)
    last = requests(attempt)[-1]
    assert last.state == RequestState.DECLINED
    assert get_sealer().unseal(str(last.sealed_reason)) == "It cannot be done."
    assert verify(db.session()).is_whole


def test_something_else_can_be_granted(attempt: Attempt, coordinator: StaffUser) -> None:
    ask(attempt, Given(Kind.RETAKES))
    grant(attempt, coordinator, instead=Given(Kind.RETAKES, 5))
    assert requests(attempt)[-1].state == RequestState.GRANTED_OTHERWISE
    assert limits(attempt).retakes == 7


def test_a_decline_needs_a_reason_that_the_candidate_reads(attempt: Attempt, coordinator: StaffUser) -> None:
    ask(attempt, UNTIMED)
    with pytest.raises(InvalidInputError):
        decline(attempt, coordinator, reason="  ")
    assert requests(attempt)[-1].is_open


def test_the_second_of_two_coordinators_is_told_and_changes_nothing(attempt: Attempt, coordinator: StaffUser) -> None:
    ask(attempt, UNTIMED)
    decline(attempt, coordinator)
    with pytest.raises(ConflictError) as refused:
        grant(attempt, make_user(Role.COORDINATOR))
    assert "decided" in str(refused.value.title)
    assert limits(attempt).recording_seconds == 1200


def test_a_withdrawn_request_cannot_be_decided(attempt: Attempt, coordinator: StaffUser) -> None:
    ask(attempt, UNTIMED)
    with transaction() as session:
        services.withdraw(session, session.merge(attempt), requests(attempt)[0].id, now=NOON)
    with pytest.raises(ConflictError) as refused:
        grant(attempt, coordinator)
    assert "withdrawn" in str(refused.value.title)


def test_other_candidate_cannot_withdraw_or_give_up(attempt: Attempt) -> None:
    ask(attempt, UNTIMED)
    stranger = make_attempt()
    held = services.grants_of(db.session(), attempt.id)[0].id
    asked = requests(attempt)[0].id
    with pytest.raises(NotFoundError), transaction() as session:
        services.withdraw(session, session.merge(stranger), asked, now=NOON)
    with pytest.raises(NotFoundError), transaction() as session:
        services.give_back(session, session.merge(stranger), held, now=NOON)


def test_given_up_grant_ends_for_later_takes_and_can_be_chosen_again(attempt: Attempt) -> None:
    ask(attempt, TWICE)
    held = services.grants_of(db.session(), attempt.id)[0].id
    for _twice in range(2):
        with transaction() as session:
            services.give_back(session, session.merge(attempt), held, now=NOON)
    assert limits(attempt).recording_seconds == 120
    ask(attempt, TWICE)
    assert limits(attempt).recording_seconds == 240
    assert actions() == ["accommodation granted", "accommodation ended", "accommodation granted"]


def test_request_and_grant_are_refused_after_sending(coordinator: StaffUser) -> None:
    attempt = make_attempt()
    ask(attempt, UNTIMED)
    with transaction() as session:
        session.merge(attempt).submitted_at = NOON
    with pytest.raises(ConflictError):
        ask(attempt, TWICE)
    with pytest.raises(ConflictError):
        grant(attempt, coordinator)
    with pytest.raises(ConflictError), transaction() as session:
        decisions.lengthen(session, session.merge(attempt), TWICE, user=coordinator, now=NOON)


class TestDeadline:
    def test_deadline_is_paused_while_a_request_is_open_and_moves_by_the_pause(
        self, attempt: Attempt, coordinator: StaffUser
    ) -> None:
        ask(attempt, UNTIMED, now=NOON + 20 * HOUR)
        assert accepts_recording(attempt, NOON + 10 * DAY)
        grant(attempt, coordinator, now=NOON + 5 * DAY)
        assert closing_time(attempt.invitation) == NOON + 5 * DAY + 4 * HOUR
        assert attempt.waiting_since is None
        assert not accepts_recording(attempt, NOON + 6 * DAY)

    def test_deadline_is_paused_until_the_last_decision(self, attempt: Attempt, coordinator: StaffUser) -> None:
        ask(attempt, UNTIMED)
        ask(attempt, Given(Kind.HUMAN), now=NOON + 2 * HOUR)
        decline(attempt, coordinator, now=NOON + 3 * HOUR)
        assert attempt.waiting_since == NOON
        with transaction() as session:
            services.withdraw(session, session.merge(attempt), requests(attempt)[0].id, now=NOON + 4 * HOUR)
        assert closing_time(attempt.invitation) == NOON + DAY + 4 * HOUR

    def test_request_after_the_deadline_does_not_reopen_it(self, attempt: Attempt) -> None:
        ask(attempt, UNTIMED, now=NOON + 2 * DAY)
        assert attempt.waiting_since is None
        assert not accepts_recording(attempt, NOON + 2 * DAY)

    def test_clock_that_goes_back_does_not_shorten_the_deadline(self, attempt: Attempt, coordinator: StaffUser) -> None:
        ask(attempt, UNTIMED)
        grant(attempt, coordinator, now=NOON - 3 * HOUR)
        assert closing_time(attempt.invitation) == NOON + DAY

    def test_more_days_count_from_the_deadline_or_from_now_after_it(
        self, attempt: Attempt, coordinator: StaffUser
    ) -> None:
        week = Given(Kind.DEADLINE, 7)
        with transaction() as session:
            decisions.lengthen(session, session.merge(attempt), week, user=coordinator, now=NOON)
        assert closing_time(attempt.invitation) == NOON + 8 * DAY
        with transaction() as session:
            decisions.lengthen(session, session.merge(attempt), week, user=coordinator, now=NOON + 20 * DAY)
        assert closing_time(attempt.invitation) == NOON + 27 * DAY
        assert accepts_recording(attempt, NOON + 26 * DAY)


class TestPolicy:
    def test_interview_without_a_policy_has_the_default(self, attempt: Attempt) -> None:
        assert services.policy_of(db.session(), attempt.interview.id) == Policy()

    def test_changed_policy_keeps_earlier_grants(self, attempt: Attempt, coordinator: StaffUser) -> None:
        ask(attempt, TWICE)
        strict = Policy(recording_percent=100, thinking_percent=100, retakes=0, deadline_days=0, more_time_presses=0)
        for _twice in range(2):
            with transaction() as session:
                decisions.save_policy(session, attempt.interview, strict, user=coordinator, now=NOON)
        assert limits(attempt).recording_seconds == 240
        ask(attempt, Given(Kind.RETAKES, 1))
        assert requests(attempt)[0].wish == Given(Kind.RETAKES, 1)
        changed = select(AuditEvent).where(AuditEvent.action == str(AuditAction.POLICY_CHANGED))
        assert len(db.session.scalars(changed).all()) == 1


def test_the_queue_is_the_oldest_first_and_shows_only_what_is_open(coordinator: StaffUser) -> None:
    attempts = [make_attempt() for _ in range(3)]
    for number, attempt in enumerate(attempts):
        ask(attempt, UNTIMED, now=NOON - number * HOUR)
    decline(attempts[1], coordinator)
    waiting, total = decisions.open_requests(db.session())
    assert [request.attempt_id for request in waiting.rows] == [attempts[2].id, attempts[0].id]
    assert total.number == 2
