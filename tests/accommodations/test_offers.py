"""Accommodations that would change nothing for a candidate are not offered. If a form still sends one, it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.accommodations import decisions, services
from app.accommodations.models import AccommodationPolicy, Grant
from app.accommodations.rules import Given, Kind, Limits, Policy, limited_kinds
from app.accounts.models import Role, StaffUser
from app.clock import now
from app.errors import ConflictError
from app.extensions import db
from app.interviews.models import Attempt, Invitation
from app.sealing import get_sealer
from app.transaction import transaction
from tests.accommodations.offers import (
    ASKED,
    AT_ONCE,
    LATER,
    MORE_THINKING,
    MORE_TIME,
    NOTHING,
    OWN,
    POLICY,
    RETAKE,
    WORDS,
    change,
    given,
    granting,
    limit,
    options,
    policy_of,
    said,
    value,
)
from tests.factories import NOON, make_attempt, make_interview, make_user
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database
each_kind = pytest.mark.parametrize("wish", list(WORDS), ids=lambda given: str(given.kind))


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate of an interview without any limits."""
    interview = make_interview(questions=2)
    change(interview, recording_seconds=None, thinking_seconds=None, retakes=None)
    return make_attempt(interview)


@pytest.fixture
def asked(attempt: Attempt) -> Callable[[Given], str]:
    """Return a function that requests more of a limit, then removes that limit, and returns the address of the request."""

    def ask(wish: Given) -> str:
        limit(attempt, wish)
        with transaction() as session:
            session.add(AccommodationPolicy(interview_id=attempt.interview.id, recording_percent=100, thinking_percent=100,
                                            retakes=0, deadline_days=0, more_time_presses=0))  # fmt: skip
        with transaction() as session:
            services.ask(session, session.merge(attempt), [wish], "", sealer=get_sealer(), now=NOON)
        with transaction() as session:
            session.get_one(Attempt, attempt.id).waiting_since = None
        limit(attempt, wish, is_limited=False)
        return f"/manage/requests/{services.requests_of(db.session(), attempt.id)[0].id}"

    return ask


@pytest.mark.parametrize(
    ("standards", "kinds"),
    [
        ([Limits(None, None, None)], set()),
        ([Limits(None, 0, None)], set()),
        ([Limits(None, None, None), Limits(60, 30, 0)], {Kind.RECORDING_TIME, Kind.THINKING_TIME, Kind.RETAKES}),
    ],
)
def test_kind_is_limited_if_one_question_limits_it(standards: list[Limits], kinds: set[Kind]) -> None:
    always = {Kind.HUMAN, Kind.OTHER}
    assert limited_kinds(standards, has_deadline=False) == kinds | always
    assert limited_kinds(standards, has_deadline=True) == kinds | always | {Kind.DEADLINE}


@each_kind
def test_a_candidate_is_offered_what_is_limited_and_told_what_is_not(
    candidate: CheckingClient, attempt: Attempt, wish: Given
) -> None:
    fact = WORDS[wish].removesuffix(" So no change is needed.")
    page = candidate.page(OWN)
    assert page.select("fieldset") == []
    assert fact in page.get_text()
    limit(attempt, wish)
    page = candidate.page(OWN)
    assert [str(group["id"]) for group in page.select("fieldset")] == [ASKED[wish]]
    assert fact not in page.get_text()


@each_kind
@pytest.mark.parametrize("typed", ["offered", "none", "77777"])
def test_request_without_a_limit_is_refused_with_the_reason(
    candidate: CheckingClient, attempt: Attempt, wish: Given, typed: str
) -> None:
    sent = {**NOTHING, ASKED[wish]: typed.replace("offered", str(wish.value)), "words": "Kept words"}
    answer = candidate.submit(OWN, sent)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert WORDS[wish] in page.select_one("#error-summary").get_text()  # type: ignore[union-attr]
    assert page.select_one(f"#{ASKED[wish]}-0[checked]")
    assert "Kept words" in answer.text
    assert given(attempt) == services.requests_of(db.session(), attempt.id) == []


@each_kind
def test_policy_gives_nothing_without_a_limit(attempt: Attempt, wish: Given) -> None:
    with pytest.raises(ConflictError), transaction() as session:
        services.ask(session, session.merge(attempt), [wish], "", sealer=get_sealer(), now=NOON)
    assert given(attempt) == services.requests_of(db.session(), attempt.id) == []


@each_kind
def test_a_coordinator_grants_only_what_is_limited(coordinator: CheckingClient, attempt: Attempt, wish: Given) -> None:
    assert options(coordinator, granting(attempt)) == {"human alternative", "something else"}
    refused = coordinator.submit(granting(attempt), {"given": value(wish)})
    assert refused.status_code == 422
    assert WORDS[wish] in said(refused)
    assert given(attempt) == []
    limit(attempt, wish)
    assert options(coordinator, granting(attempt)) == {str(wish.kind), "human alternative", "something else"}
    assert coordinator.submit(granting(attempt), {"given": value(wish)}).status_code == 303
    assert given(attempt) == [wish]


@each_kind
def test_request_without_a_limit_can_only_be_declined(
    coordinator: CheckingClient, attempt: Attempt, asked: Callable[[Given], str], wish: Given
) -> None:
    address = asked(wish)
    page = coordinator.page(address)
    assert [str(choice["value"]) for choice in page.select("[name=decision]")] == ["otherwise", "decline"]
    assert options(coordinator, address) == {"human alternative", "something else"}
    assert WORDS[wish] in page.get_text()
    for form in ({"decision": "grant"}, {"decision": "otherwise", "given": value(wish)}):
        refused = coordinator.submit(address, {**form, "reason": "My words"})
        assert refused.status_code == 422
        assert f"There is a problem {WORDS[wish]}" in said(refused)
        assert "My words" in said(refused)
    assert given(attempt) == []
    declined = {"decision": "decline", "given": value(wish), "reason": "You have all the time there is."}
    assert coordinator.submit(address, declined).status_code == 303


@each_kind
def test_decision_after_the_limit_was_removed_grants_nothing(
    attempt: Attempt, asked: Callable[[Given], str], wish: Given
) -> None:
    request_id, user = asked(wish).rsplit("/", 1)[-1], make_user(Role.COORDINATOR).id
    for instead in (None, wish):
        with transaction() as session:
            by = {"user": session.get_one(StaffUser, user), "sealer": get_sealer(), "now": NOON}
            with pytest.raises(ConflictError):
                decisions.grant(session, request_id, instead, "", **by)
    assert given(attempt) == []


@each_kind
def test_policy_form_hides_and_keeps_values_without_a_limit(
    coordinator: CheckingClient, attempt: Attempt, wish: Given
) -> None:
    assert coordinator.page(policy_of(attempt)).select("main fieldset, main [name=more_time]") == []
    refused = coordinator.submit(policy_of(attempt), {**POLICY, AT_ONCE[wish]: str(wish.value)})
    assert refused.status_code == 422
    assert WORDS[wish] in said(refused)
    assert coordinator.submit(policy_of(attempt), POLICY).status_code == 303
    db.session.rollback()
    assert services.policy_of(db.session(), attempt.interview.id) == Policy()
    limit(attempt, wish)
    assert [str(group["id"]) for group in coordinator.page(policy_of(attempt)).select("main fieldset")] == [
        AT_ONCE[wish]
    ]
    assert coordinator.submit(policy_of(attempt), {AT_ONCE[wish]: ""}).status_code == 303
    db.session.rollback()
    none = {
        MORE_TIME: {"recording_percent": 100},
        MORE_THINKING: {"thinking_percent": 100},
        RETAKE: {"retakes": 0},
        LATER: {},
    }
    presses = {"more_time_presses": 0} if wish in (MORE_TIME, MORE_THINKING) else {}
    assert services.policy_of(db.session(), attempt.interview.id) == Policy(**none[wish], **presses)


def test_more_time_is_not_offered_without_a_time_limit(coordinator: CheckingClient, attempt: Attempt) -> None:
    refused = coordinator.submit(policy_of(attempt), {**POLICY, "more_time": "y"})
    assert refused.status_code == 422
    assert WORDS[MORE_TIME] in said(refused)


def test_an_interview_without_questions_is_offered_everything(coordinator: CheckingClient, app: Flask) -> None:
    page = coordinator.page(f"/manage/interviews/{make_interview(questions=0).id}/accommodations")
    assert len(page.select("main fieldset")) == 4


def test_expiry_of_a_link_counts_as_a_deadline(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).expires_at = now() + timedelta(days=1)
    assert candidate.page(OWN).select_one("#deadline")
    assert "later deadline" in options(coordinator, granting(attempt))
    assert coordinator.page(policy_of(attempt)).select_one("#deadline_days")


@each_kind
def test_more_than_a_candidate_has_is_offered_and_less_is_not(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt, wish: Given
) -> None:
    limit(attempt, wish)
    with transaction() as session:
        session.add(
            Grant(attempt_id=attempt.id, kind=str(wish.kind), value=wish.value, source="decision", given_at=NOON)
        )
    left = [str(choice["value"]) for choice in candidate.page(OWN).select(f"[name={ASKED[wish]}]")]
    assert left == {"recording_time": ["", "1000", "none"], "thinking_time": ["", "1000", "none"], "retakes": ["", "none"],
                    "deadline": ["", "7", "14"]}[ASKED[wish]]  # fmt: skip
    offered = [str(each["value"]) for each in coordinator.page(granting(attempt)).select("select option")]
    assert (value(wish) in offered) is (wish == LATER), "days that are granted unasked add up"


@pytest.mark.parametrize("wish", [MORE_TIME, MORE_THINKING, RETAKE], ids=lambda given: str(given.kind))
def test_candidate_without_limits_is_offered_nothing_more(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt, wish: Given
) -> None:
    limit(attempt, wish)
    assert coordinator.submit(granting(attempt), {"given": f"{wish.kind}:"}).status_code == 303
    assert candidate.page(OWN).select("fieldset") == []
    assert options(coordinator, granting(attempt)) == {"human alternative", "something else"}


def test_form_sent_twice_is_accepted_and_changes_nothing_more(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    limit(attempt, RETAKE)
    for _press in range(2):
        assert candidate.submit(OWN, {**NOTHING, "retakes": "2"}).status_code == 303
        assert coordinator.submit(granting(attempt), {"given": "retakes:5"}).status_code == 303
    assert given(attempt) == [Given(Kind.RETAKES, 2), RETAKE]
    assert (
        "Nothing was changed: the candidate already has this, or more."
        in coordinator.page(granting(attempt)).get_text()
    )
