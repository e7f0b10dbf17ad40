"""The page of an invitation, and the page that its link opens."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accommodations import decisions
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role
from app.audit import AuditEvent
from app.extensions import db
from app.interviews import rules
from app.interviews.models import Attempt, InterviewState, Invitation
from app.transaction import transaction
from tests.factories import NOON, enter, make_attempt, make_interview, make_invitation, make_user, sign_in
from tests.interviews.candidate import words
from tests.page_check import CheckingClient


def test_the_invitation_says_what_is_asked_by_when_and_what_becomes_of_it(client: CheckingClient) -> None:
    interview = make_interview(
        introduction="Two parts.\r\n\r\nSecond & last.",
        retention_days=90,
        deadline_at=NOON.replace(year=2126),
        time_zone="Europe/London",
    )
    invitation, token = make_invitation(interview)
    page = client.page(f"/i/{token}")
    text = page.main.get_text(" ", strip=True)  # type: ignore[union-attr]
    for said in (
        "Harbour Trust invites you",
        invitation.candidate_name,
        "Questions 3. About 15 minutes.",
        "sign, write, or send a file",
        "Nothing is recorded until you press “Start recording”",
        "The people who review this interview see your answers",
        "2 November 2126 at 12:00 (London time)",
        "Second & last.",
        "deleted after 90 days",
        "or analyses your face, voice or emotions",
    ):
        assert said in text, said
    assert [time["datetime"] for time in page.select("time")] == ["2126-11-02T12:00:00Z"]


def test_invitation_of_a_started_interview_applies_the_granted_accommodations(client: CheckingClient) -> None:
    invitation, token = make_invitation(make_interview())
    before = words(client, f"/i/{token}")
    assert "About 15 minutes" in before
    assert "keeps you signed in for 14 days" in before
    client.submit(f"/i/{token}")
    coordinator = make_user(Role.COORDINATOR)
    with transaction() as session:
        attempt = session.get_one(Invitation, invitation.id).attempt
        assert attempt
        twice = Given(Kind.RECORDING_TIME, 200)
        decisions.lengthen(session, attempt, twice, user=session.merge(coordinator), now=NOON)
    assert "About 20 minutes" in words(client, f"/i/{token}")
    with transaction() as session:
        session.get_one(Attempt, attempt.id).waiting_since = NOON
    assert "Your deadline is paused" in words(client, f"/i/{token}")


def test_opening_the_link_repeatedly_changes_nothing(client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    for method in ("HEAD", "GET", "OPTIONS", "GET"):
        assert client.open(f"/i/{token}", method=method).status_code == 200
    assert db.session.query(Attempt).count() == 0
    with client.session_transaction() as session:
        assert "attempt" not in session


def test_the_button_opens_a_fresh_session_at_an_address_without_the_token(client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    with client.session_transaction() as session:
        session["left over"] = "from before"
    answer = client.submit(f"/i/{token}")
    assert (answer.status_code, answer.location) == (303, "/interview/")
    with client.session_transaction() as session:
        assert set(session) == {"attempt", "csrf_token", "id", "_permanent"}


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda: "A" * 43, 404, "does not lead to an invitation"),
        (lambda: make_invitation(cancelled_at=NOON)[1], 410, "cancelled"),
        (lambda: make_invitation(expires_at=NOON)[1], 410, "expired"),
        (lambda: make_invitation(make_interview(deadline_at=NOON))[1], 410, "expired"),
        (lambda: make_invitation(make_interview(state=InterviewState.CLOSED))[1], 410, "closed"),
    ],
)
def test_a_link_that_opens_nothing_says_why(client: CheckingClient, make, status: int, said: str) -> None:  # type: ignore[no-untyped-def]
    token = make()
    for answer in (client.get(f"/i/{token}"), client.submit(f"/i/{token}")):
        assert answer.status_code == status
        assert said in answer.get_data(as_text=True)
        assert "What to do next" in answer.get_data(as_text=True)


def test_a_link_that_was_used_leads_its_own_browser_to_the_receipt_and_others_nowhere(
    app: Flask, client: CheckingClient
) -> None:
    invitation, token = make_invitation()
    attempt = Attempt(
        invitation_id=invitation.id,
        started_at=NOON,
        consent_version=rules.CONSENT_VERSION,
        submitted_at=NOON,
        receipt="BCDF-GHJK-MNPQ",
    )
    with transaction() as session:
        session.add(attempt)
    stranger = app.test_client()
    answer = stranger.get(f"/i/{token}")
    assert answer.status_code == 410
    assert "BCDF-GHJK-MNPQ" in answer.get_data(as_text=True)
    enter(client, attempt)
    assert client.get(f"/i/{token}").location == "/interview/receipt"


def consents() -> list[tuple[str, dict[str, object]]]:
    """Return the events of consent, in order, each as (action, details)."""
    events = db.session.scalars(
        db.select(AuditEvent).where(AuditEvent.action.like("consent %")).order_by(AuditEvent.number)
    )
    return [(event.action, event.details) for event in events]


def attempt_of(invitation: Invitation) -> Attempt:
    db.session.rollback()
    attempt = db.session.get_one(Invitation, invitation.id).attempt
    assert attempt
    return attempt


@pytest.mark.parametrize("language", ["en", "ar"])
def test_one_press_opens_the_invitation_and_records_consent_in_the_language_shown(
    client: CheckingClient, language: str
) -> None:
    invitation, token = make_invitation()
    client.submit("/language", {"language": language, "back": "/"})
    page = client.page(f"/i/{token}")
    agree, refuse = page.select("main form button")
    assert (agree["value"], refuse["value"]) == ("agree", "refuse")
    shown = str(page.select("main input[name=shown]")[0]["value"])
    client.submit("/language", {"language": "en", "back": "/"})  # in another tab
    assert client.submit(f"/i/{token}", {"shown": shown, "decision": "agree"}).location == "/interview/"
    attempt = attempt_of(invitation)
    assert attempt.consent_version == rules.consent_version_read(language)
    assert attempt.consented_at is not None
    assert consents() == [("consent given", {"version": rules.consent_version_read(language)})]
    assert client.get("/interview/").status_code == 200


def test_consent_is_a_question_of_its_own_with_the_whole_text_and_two_answers(client: CheckingClient) -> None:
    page = client.page(f"/i/{make_invitation()[1]}")
    section = page.select_one("section[aria-labelledby=consent]")
    assert section
    assert section.select("h2")[0].get_text() == "Do you agree to be recorded?"
    assert "You can withdraw at any time." in section.get_text()
    assert [button.get_text() for button in section.select("button")] == [
        "I agree, start the interview",
        "I do not agree",
    ]
    assert not section.select("details, input[type=checkbox]")


def test_refusing_on_the_invitation_leads_to_a_person_and_can_be_changed_by_the_link(client: CheckingClient) -> None:
    invitation, token = make_invitation()
    client.submit(f"/i/{token}", {"decision": "refuse", "shown": "en"})
    assert client.get("/interview/").location == "/interview/declined"
    assert attempt_of(invitation).declined_at is not None
    assert "You said that you do not agree. You can change your mind." in words(client, f"/i/{token}")
    client.submit(f"/i/{token}", {"decision": "agree", "shown": "en"})
    assert client.get("/interview/").status_code == 200
    assert [action for action, _details in consents()] == ["consent refused", "consent given"]


def test_who_began_continues_and_is_not_asked_again(client: CheckingClient) -> None:
    _invitation, token = make_invitation()
    for _twice in range(2):
        client.submit(f"/i/{token}", {"decision": "agree", "shown": "en"})
    assert len(consents()) == 1
    page = client.page(f"/i/{token}")
    assert [button.get_text() for button in page.select("main button")] == ["Continue the interview"]
    assert "Do you agree to be recorded?" not in page.get_text()
    assert client.submit(f"/i/{token}").location == "/interview/"
    assert len(consents()) == 1


@pytest.mark.parametrize("decision", ["", "yes", "agree refuse", "AGREE"])
def test_an_unknown_decision_records_nothing_and_the_question_is_asked(client: CheckingClient, decision: str) -> None:
    _invitation, token = make_invitation()
    client.submit(f"/i/{token}", {"decision": decision})
    assert consents() == []
    assert client.get("/interview/").location == "/interview/consent"


@pytest.mark.parametrize("decision", ["agree", "refuse"])
def test_a_decision_on_a_page_from_before_sending_changes_nothing(client: CheckingClient, decision: str) -> None:
    invitation, token = make_invitation()
    client.submit(f"/i/{token}", {"decision": "agree", "shown": "en"})
    attempt = attempt_of(invitation)
    with transaction() as session:
        sent = session.get_one(Attempt, attempt.id)
        sent.submitted_at, sent.receipt = NOON, "BCDF-GHJK-MNPQ"
    assert client.submit(f"/i/{token}", {"decision": decision, "shown": "en"}).location == "/interview/receipt"
    assert len(consents()) == 1


@pytest.mark.parametrize("decision", ["agree", "refuse"])
def test_a_decision_about_a_closed_invitation_records_nothing(client: CheckingClient, decision: str) -> None:
    _invitation, token = make_invitation(expires_at=NOON)
    assert client.submit(f"/i/{token}", {"decision": decision, "shown": "en"}).status_code == 410
    assert db.session.query(Attempt).count() == 0
    assert consents() == []


def test_staff_who_open_a_link_are_told_that_they_will_be_signed_out(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    _invitation, token = make_invitation()
    assert "signs you out" in words(client, f"/i/{token}")


def test_cancelling_ends_what_is_open(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    with transaction() as session:
        session.get_one(type(attempt.invitation), attempt.invitation_id).cancelled_at = NOON
    for address in ("/interview/", "/interview/consent"):
        assert client.get(address).status_code == 410
