"""Error pages for candidates link back to their interview, and refusing consent leads to a person."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.accommodations import decisions
from app.accommodations.rules import Kind
from app.accounts.models import Role
from app.clock import now
from app.extensions import db
from app.interviews.models import Invitation
from app.transaction import transaction
from tests.factories import enter, make_attempt, make_user, sign_in
from tests.page_check import CheckingClient

LINK = "Open the link in your invitation again"


def shown(client: CheckingClient, address: str, status: int) -> BeautifulSoup:
    """Return the error page of an address, after a check of its status."""
    answer = client.get(address)
    assert answer.status_code == status
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def text(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


@pytest.mark.parametrize(
    "address", ["/interview/", "/interview/consent", "/interview/questions/x", "/interview/receipt"]
)
def test_signed_out_candidate_gets_no_link_to_the_sign_in_of_staff(client: CheckingClient, address: str) -> None:
    page = shown(client, address, 401)
    assert LINK in text(page)
    assert not page.select("a[href*='/sign-in']")


@pytest.mark.parametrize("address", ["/prompts/x/media", "/captions/x.vtt"])
def test_file_of_both_names_both_ways_back(client: CheckingClient, address: str) -> None:
    page = shown(client, address, 401)
    assert LINK in text(page)
    assert [link.get_text() for link in page.select("main a[href*='/sign-in']")] == ["Sign in as staff"]


def test_staff_on_a_page_of_candidates_are_told_whose_it_is(client: CheckingClient) -> None:
    sign_in(client, make_user(Role.REVIEWER))
    assert "open the link in your invitation" in text(shown(client, "/interview/consent", 403))


@pytest.mark.parametrize("address", ["/interview/nowhere", "/interview/questions/unknown"])
def test_candidate_gets_back_to_the_interview_from_a_page_that_does_not_exist(
    client: CheckingClient, address: str
) -> None:
    enter(client, make_attempt())
    page = shown(client, address, 404)
    assert [link["href"] for link in page.select("main a.button")] == ["/interview/"]


def test_cancelled_invitation_says_whom_to_ask(client: CheckingClient) -> None:
    attempt = make_attempt()
    enter(client, attempt)
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).cancelled_at = now()
    page = shown(client, "/interview/", 410)
    assert "ask the person or team who sent you the link" in text(page)
    assert not page.select("main a.button")


def test_candidate_who_refuses_consent_asks_for_a_person_without_agreeing(app: Flask, client: CheckingClient) -> None:
    attempt = make_attempt(consent_version=None, consented_at=None)
    enter(client, attempt)
    client.submit("/interview/consent/refuse")
    page = client.page("/interview/declined")
    assert "Contact: the person or team who sent you the link" in " ".join(page.get_text(" ").split())
    button = page.select_one("button[name=usual]")
    assert button is not None
    answer = client.submit("/interview/accommodations/usual", {"usual": str(button["value"])})
    assert "You asked for: Speaking with a person" in client.page(str(answer.location)).get_text()
    waiting, _total = decisions.open_requests(db.session())
    assert [(one.attempt_id, one.kind) for one in waiting.rows] == [(attempt.id, str(Kind.HUMAN))]
    db.session.refresh(attempt)
    assert attempt.consented_at is None
