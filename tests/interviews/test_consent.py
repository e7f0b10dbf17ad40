"""Consent: the text, agreeing, refusing and withdrawing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from flask import Flask

from app import housekeeping
from app.extensions import db
from app.interviews import rules
from tests.factories import NOON, enter, make_attempt, make_interview
from tests.interviews.candidate import answered, words
from tests.page_check import CheckingClient

CONSENT_TEXTS = {"1": "a4a8fadb", "2": "9b44ebf0", "3": "903802d4", "4": "7fac6091"}
"""The first eight digits of the SHA-256 of each consent text. They differ if a text is no longer the one people agreed
to.
"""


@pytest.mark.parametrize("address", ["/interview/", "/interview/preferences"])
def test_consent_comes_before_everything_else(client: CheckingClient, address: str) -> None:
    enter(client, make_attempt(consent_version=None, consented_at=None))
    assert client.get(address).location == "/interview/consent"


def test_consent_is_stored_and_leads_to_the_next_page(client: CheckingClient) -> None:
    attempt = make_attempt(consent_version=None, consented_at=None)
    enter(client, attempt)
    text = words(client, "/interview/consent")
    assert "Your answers are deleted after 365 days" in text
    assert client.submit("/interview/consent").location == "/interview/"
    db.session.refresh(attempt)
    assert attempt.consent_version == rules.consent_version_read("en")
    assert "You have agreed to this" in words(client, "/interview/consent")


def test_the_page_shows_the_text_that_was_agreed_to(client: CheckingClient) -> None:
    enter(client, make_attempt(consent_version="2-en"))
    said = words(client, "/interview/consent")
    assert "You have agreed to this" in said
    assert "made by a computer that belongs to or works for Harbour Trust" in said


def test_an_older_text_of_equal_meaning_need_not_be_agreed_to_again(client: CheckingClient) -> None:
    enter(client, make_attempt(consent_version="3-ar"))
    assert client.get("/interview/").status_code == 200
    assert "made by a computer run by or for Harbour Trust" in words(client, "/interview/consent")


def test_the_text_that_was_agreed_to_is_never_changed() -> None:
    folder = Path(__file__).parents[2] / "app" / "templates" / "interviews"
    found = {
        path.stem.removeprefix("_consent_"): hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        for path in folder.glob("_consent_*.html")
    }
    assert found == CONSENT_TEXTS
    assert max(found, key=int) == rules.CONSENT_VERSION


def test_saying_no_leads_to_a_person_and_can_be_taken_back(app: Flask, client: CheckingClient, use_config) -> None:  # type: ignore[no-untyped-def]
    use_config(contact="people@harbour.example")
    attempt = make_attempt(consent_version=None, consented_at=None)
    enter(client, attempt)
    assert client.submit("/interview/consent/refuse").location == "/interview/declined"
    page = client.page("/interview/declined")
    assert page.select_one('a[href="mailto:people@harbour.example"]')
    assert client.get("/interview/").location == "/interview/declined"
    assert client.get("/interview/consent").status_code == 200
    client.submit("/interview/consent")
    assert client.get("/interview/").status_code == 200


def test_a_started_candidate_reads_what_is_sent_automatically_and_can_withdraw_consent(
    client: CheckingClient,
) -> None:
    attempt = make_attempt(make_interview(deadline_at=NOON.replace(year=2126)))
    take = answered(attempt)
    enter(client, attempt)
    page = client.page("/interview/")
    assert "One day after the deadline, what you have recorded or written is sent." in page.get_text()
    assert page.select_one('main a[href="/interview/consent"]')
    assert "no reviewer sees it" in words(client, "/interview/consent")
    client.submit("/interview/consent/refuse")
    assert "nothing that you have recorded or written is sent" in words(client, "/interview/declined")
    housekeeping.complete_abandoned(NOON.replace(year=2127))
    db.session.expire_all()
    assert (attempt.submitted_at, take.removed_at) == (None, None)
    client.submit("/interview/consent")
    assert "1 of 3 answered" in words(client, "/interview/")
