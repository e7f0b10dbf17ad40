"""The page of an invitation, and what its link opens."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accommodations import decisions
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role
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
        "Questions 3",
        "About 15 minutes",
        "sign, write, or send a file",
        "only between “Start recording” and “Stop recording”",
        "The people at Harbour Trust who review this interview see your answers",
        "2 November 2126 at 12:00 (London time)",
        "Second & last.",
        "kept for 90 days",
        "nothing analyses your face, your voice or your emotions",
    ):
        assert said in text, said
    assert [time["datetime"] for time in page.select("time")] == ["2126-11-02T12:00:00Z"]


def test_the_invitation_of_whoever_has_begun_reckons_with_what_they_were_given(client: CheckingClient) -> None:
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


def test_opening_the_link_changes_nothing_however_often(client: CheckingClient) -> None:
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


def test_staff_who_open_a_link_are_told_that_they_will_be_signed_out(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.COORDINATOR))
    _invitation, token = make_invitation()
    assert "signs you out" in words(client, f"/i/{token}")


def test_cancelling_ends_what_is_open(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    with transaction() as session:
        session.get_one(type(attempt.invitation), attempt.invitation_id).cancelled_at = NOON
    for address in ("/interview/", "/interview/check", "/interview/consent"):
        assert client.get(address).status_code == 410
