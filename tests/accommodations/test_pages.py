"""Candidates request accommodations on these pages and coordinators decide on the requests. Other people have no
access.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accommodations import services, wording
from app.accommodations.models import AccommodationRequest, Grant
from app.accommodations.rules import Given, Kind, Policy
from app.accounts.models import Role
from app.audit import AuditAction, AuditEvent
from app.clock import now
from app.extensions import db
from app.interviews.models import Attempt
from app.sealing import Sealer, get_sealer
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

OWN = "/interview/accommodations"
NOTHING = {"recording_time": "", "thinking_time": "", "retakes": "", "deadline": ""}


@pytest.fixture
def attempt(app: object) -> Attempt:
    return make_attempt(make_interview(title="Harbour guide", deadline_at=now() + timedelta(days=3)))


@pytest.fixture
def coordinator(app: Any, attempt: Attempt) -> CheckingClient:
    client: CheckingClient = app.test_client()
    sign_in(client, make_user(Role.COORDINATOR, name="Cora"))
    return client


def text(page: Any) -> str:
    said: str = page.get_text(" ", strip=True)
    return " ".join(said.split())


def ask(client: CheckingClient, **fields: str) -> Any:
    return client.submit(OWN, form={**NOTHING, **fields})


def request_id(attempt: Attempt) -> str:
    db.session.rollback()
    return services.requests_of(db.session(), attempt.id)[-1].id


def test_twice_the_time_is_chosen_and_is_in_force_on_every_page(candidate: CheckingClient, attempt: Attempt) -> None:
    assert "2 times the recording time (at once)" in text(candidate.page(OWN))
    assert "No limit on the recording time (on request)" in text(candidate.page(OWN))
    assert ask(candidate, recording_time="200").status_code == 303
    assert "You have 2 times the recording time" in text(candidate.page(OWN))
    for address in ("/interview/", "/interview/help", f"/interview/questions/{attempt.interview.questions[0].id}"):
        assert "Your accommodations are in force." in text(candidate.page(address))
    assert "Record up to 4 minutes. Pauses do not count. The standard is 2 minutes." in text(
        candidate.page(f"/interview/questions/{attempt.interview.questions[0].id}")
    )
    assert "Up to 4 minutes" in text(candidate.page("/interview/"))


def test_page_shows_a_waiting_request_and_a_paused_deadline(candidate: CheckingClient) -> None:
    ask(candidate, human="y", words="I cannot use a camera <b>today</b>.")
    said = text(candidate.page(OWN))
    assert "Speaking with a person instead of recording Waiting for a decision" in said
    assert "Your deadline is paused" in text(candidate.page("/interview/"))
    assert "2 requests are waiting for a decision." in text(candidate.page("/interview/"))


def test_page_shows_every_state_and_no_pause_without_a_deadline(attempt: Attempt) -> None:
    requests = [AccommodationRequest(state=state) for state in ("open", "declined", "granted", "withdrawn")]
    grants = [Grant()]
    said = wording.line_words(requests, grants, is_paused=False)
    assert (
        said
        == "1 request is waiting for a decision. 1 request was declined: read why. Your accommodations are in force."
    )
    assert "Your deadline is paused." in wording.line_words(requests, [], is_paused=True)
    assert wording.line_words(requests[3:], [], is_paused=False) == ""


def test_form_without_a_choice_changes_nothing(candidate: CheckingClient, attempt: Attempt) -> None:
    assert ask(candidate).status_code == 303
    assert services.grants_of(db.session(), attempt.id) == services.requests_of(db.session(), attempt.id) == []
    assert "accommodations are in force" not in text(candidate.page("/interview/"))


@pytest.mark.parametrize("field", ["recording_time", "retakes", "deadline"])
def test_choice_that_was_not_offered_is_refused_with_a_summary(
    candidate: CheckingClient, attempt: Attempt, field: str
) -> None:
    response = ask(candidate, **{field: "99999"})
    assert response.status_code == 422
    assert services.grants_of(db.session(), attempt.id) == []


def test_text_that_is_too_long_is_refused_and_kept_in_the_form(candidate: CheckingClient) -> None:
    response = ask(candidate, words="x" * 4001)
    assert response.status_code == 422
    assert "x" * 4001 in response.text


def test_withdrawing_and_giving_up_take_one_press_each(candidate: CheckingClient, attempt: Attempt) -> None:
    ask(candidate, recording_time="none")
    page = candidate.page(OWN)
    for form in page.select("form[action*='withdraw'], form[action*='give-back']"):
        assert candidate.submit(str(form["action"])).status_code == 303
    said = text(candidate.page(OWN))
    assert "Withdrawn" in said
    assert "You have" not in said


def test_a_coordinator_reads_and_grants_and_the_candidate_sees_it(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    ask(candidate, recording_time="none", words="My own words")
    queue = text(coordinator.page("/manage/requests"))
    assert "2 requests are waiting for a decision." in queue
    assert "My own words" not in queue
    assert not events(AuditAction.REQUEST_READ)
    address = f"/manage/requests/{request_id(attempt)}"
    assert "My own words" in text(coordinator.page(address))
    assert len(events(AuditAction.REQUEST_READ)) == 1
    answer = {"decision": "otherwise", "given": "retakes:5", "reason": "We can offer five."}
    assert coordinator.submit(address, form=answer).status_code == 303
    said = text(candidate.page(OWN))
    assert "5 more" in said
    assert "We can offer five." in said


def test_a_decline_without_a_reason_is_refused_and_one_with_it_names_the_human_alternative(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    ask(candidate, recording_time="none")
    address = f"/manage/requests/{request_id(attempt)}"
    answer = {"decision": "decline", "given": "recording time:300", "reason": " "}
    assert coordinator.submit(address, form=answer).status_code == 422
    assert coordinator.submit(address, form={**answer, "reason": "Not this one."}).status_code == 303
    said = text(candidate.page(OWN))
    assert "Declined" in said
    assert "Not this one." in said
    assert "You can speak with a person instead of recording" in said


def test_the_second_decision_gets_a_clear_message_and_changes_nothing(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    ask(candidate, recording_time="none")
    address = f"/manage/requests/{request_id(attempt)}"
    answer = {"decision": "decline", "given": "recording time:300", "reason": "No."}
    assert coordinator.submit(address, form=answer).status_code == 303
    late = coordinator.submit(address, form={**answer, "decision": "grant"})
    assert late.status_code == 409
    assert "Somebody else decided this request just before you." in late.text


def test_coordinator_grants_and_ends_without_a_request(coordinator: CheckingClient, attempt: Attempt) -> None:
    address = f"/manage/invitations/{attempt.invitation_id}/accommodations"
    assert coordinator.submit(address, form={"given": "retakes:5"}).status_code == 303
    assert services.given_to(db.session(), attempt.id) == [Given(Kind.RETAKES, 5)]
    form = coordinator.page(address).select_one("form[action*='/end']")
    assert form is not None
    assert coordinator.submit(str(form["action"])).status_code == 303
    db.session.rollback()
    assert services.given_to(db.session(), attempt.id) == []


@pytest.mark.parametrize("typed", ["", "retakes:-1", "later deadline:0", "x:1", "recording time:١"])
def test_a_grant_that_is_not_offered_on_the_form_is_refused(
    coordinator: CheckingClient, attempt: Attempt, typed: str
) -> None:
    address = f"/manage/invitations/{attempt.invitation_id}/accommodations"
    assert coordinator.submit(address, form={"given": typed}).status_code == 422
    assert services.given_to(db.session(), attempt.id) == []


def test_the_policy_of_an_interview_is_changed_in_a_form(coordinator: CheckingClient, attempt: Attempt) -> None:
    address = f"/manage/interviews/{attempt.interview.id}/accommodations"
    chosen = {"recording_percent": "none", "thinking_percent": "300", "retakes": "", "deadline_days": "7"}
    assert coordinator.submit(address, form=chosen).status_code == 303
    db.session.rollback()
    expected = Policy(None, 300, 0, deadline_days=7, more_time_presses=0)
    assert services.policy_of(db.session(), attempt.interview.id) == expected


def test_old_requests_are_marked_in_the_queue(coordinator: CheckingClient, attempt: Attempt) -> None:
    with transaction() as session:
        services.ask(session, session.merge(attempt), [Given(Kind.HUMAN)], "", sealer=get_sealer(), now=NOON)
    said = text(coordinator.page("/manage/requests"))
    assert "Over the target" in said


def events(action: AuditAction) -> list[AuditEvent]:
    db.session.rollback()
    return list(
        db.session.scalars(select(AuditEvent).where(AuditEvent.action == str(action)).order_by(AuditEvent.number))
    )


def test_pages_work_with_texts_that_no_key_decrypts(
    candidate: CheckingClient, coordinator: CheckingClient, attempt: Attempt
) -> None:
    ask(candidate, words="A quiet hour, please.")
    address = f"/manage/requests/{request_id(attempt)}"
    coordinator.submit(address, form={"decision": "decline", "reason": "Not on this day."})
    with transaction() as session:
        (request,) = services.requests_of(session, attempt.id)
        request.sealed_words = request.sealed_reason = Sealer(["a key that was lost"]).seal("Nobody reads this.")
    for client, page in ((candidate, OWN), (coordinator, address)):
        assert "[This text cannot be read: the key that it was encrypted with is lost.]" in text(client.page(page))
