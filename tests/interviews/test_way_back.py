"""The invitation link after sending: it only lets a browser upload the rest of the answers that it still stores."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.audit import Actor
from app.clock import now
from app.compliance.erasure import forget_person
from app.extensions import db
from app.ids import hash_token
from app.interviews.models import Attempt, Invitation
from app.recording.models import Take
from app.transaction import transaction
from tests.factories import make_attempt
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDING, Candidate, fresh
from tests.recording.uploading import acknowledged

TOKEN = "a-token-of-a-test-that-nobody-else-has-used"


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """An attempt whose invitation link is known."""
    made = make_attempt()
    with transaction() as session:
        session.get_one(Invitation, made.invitation_id).token_hash = hash_token(TOKEN)
    return made


@pytest.fixture
def candidate(client: CheckingClient, attempt: Attempt) -> Candidate:
    """The browser of the candidate."""
    return Candidate(client, attempt)


def send_in_part(candidate: Candidate) -> tuple[Take, str]:
    """Record, send the answers while part of the recording is still uploading, and leave."""
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.keep(take)
    assert candidate.client.submit("/interview/submit", {"unanswered": "1 2 3", "told": "1:?"}).status_code == 303
    leave(candidate)
    return take, address


def leave(candidate: Candidate) -> None:
    assert candidate.client.submit("/interview/leave").status_code == 303
    assert candidate.client.get("/interview/receipt").status_code == 401


def link_page(candidate: Candidate) -> BeautifulSoup:
    """Return the page that the invitation link shows after sending. Its status is 410, because the interview is over."""
    shown = candidate.client.get(f"/i/{TOKEN}")
    assert shown.status_code == 410
    return BeautifulSoup(shown.get_data(as_text=True), "html.parser")


def test_the_link_opens_again_for_what_is_still_in_the_browser(candidate: Candidate) -> None:
    take, address = send_in_part(candidate)
    assert link_page(candidate).select_one("#rest[hidden] form button")
    back = candidate.client.submit(f"/i/{TOKEN}")
    assert (back.status_code, back.location) == (303, "/interview/receipt")
    assert "Part of your recording may not have arrived yet" in candidate.client.page("/interview/receipt").get_text()
    size = len(RECORDING)
    assert candidate.tus.patch(address, size, b"more", Upload_Length=size + 4).status_code == 204
    assert candidate.stop(take, (1, size + 4)).status_code == 200
    assert acknowledged(address) == RECORDING + b"more"
    assert fresh(take).is_whole
    assert "You have finished" in candidate.client.page("/interview/receipt").get_text()


def test_nothing_else_is_open_to_somebody_who_comes_back(candidate: Candidate, attempt: Attempt) -> None:
    take, upload = send_in_part(candidate)
    candidate.client.submit(f"/i/{TOKEN}")
    receipt = candidate.client.page("/interview/receipt")
    assert "Your copy" not in receipt.get_text()
    assert not receipt.select("a[download], .masthead__note")
    for address in ("/interview/", "/interview/check", "/interview/accommodations"):
        assert leads_to_the_receipt(candidate, address), address
    assert candidate.client.get(f"/media/{take.id}").status_code in (401, 404)
    assert candidate.start().status_code == candidate.keep(take).status_code == 401
    assert candidate.tus.delete(upload).status_code == 409
    assert acknowledged(upload) == RECORDING
    assert candidate.client.get("/").location == "/interview/receipt"
    assert candidate.client.get(f"/i/{TOKEN}").location == "/interview/receipt"
    leave(candidate)


def leads_to_the_receipt(candidate: Candidate, address: str) -> bool:
    """Return whether a page is closed, and its address leads to the receipt."""
    response = candidate.client.get(address)
    return (response.status_code, response.location) in ((303, "/interview/receipt"), (404, None))


def close(take: Take) -> None:
    """Close a take to late bytes, as happens when a reviewer opens the answer."""
    with transaction() as session:
        session.get_one(Take, take.id).complete_at = session.get_one(Take, take.id).closed_at = now()


def test_the_link_names_the_answers_that_are_open_to_the_script(candidate: Candidate) -> None:
    take, _address = send_in_part(candidate)
    shown = candidate.client.get(f"/i/{TOKEN}").get_data(as_text=True)
    assert f'"can_keep": ["{take.id}"]' in shown
    assert "There is nothing more to do" not in shown
    close(take)
    shown = candidate.client.get(f"/i/{TOKEN}").get_data(as_text=True)
    assert '"can_keep": []' in shown
    assert "There is nothing more to do" in shown


def test_after_a_reviewer_opened_the_answer_the_link_still_leads_to_what_the_browser_holds(
    candidate: Candidate,
) -> None:
    take, address = send_in_part(candidate)
    close(take)
    page = link_page(candidate)
    assert page.select_one("#closed[hidden] form button")
    assert candidate.client.submit(f"/i/{TOKEN}").location == "/interview/receipt"
    receipt = str(candidate.client.page("/interview/receipt").select_one("#recorder-data"))
    assert '"can_keep": []' in receipt
    assert f'"stopped": ["{take.id}"]' in receipt
    refused = candidate.tus.patch(address, len(RECORDING), b"more")
    assert refused.status_code == 410
    assert "A reviewer has opened your answer" in refused.get_data(as_text=True)
    assert acknowledged(address) == RECORDING
    assert leads_to_the_receipt(candidate, "/interview/")


def test_the_link_of_answers_without_a_recording_shows_the_page_too(candidate: Candidate, attempt: Attempt) -> None:
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        found.submitted_at, found.receipt = now(), "ABCD-EFGH-JKLM"
    leave(candidate)
    assert "ABCD-EFGH-JKLM" in link_page(candidate).get_text()
    assert candidate.client.submit(f"/i/{TOKEN}").location == "/interview/receipt"
    assert leads_to_the_receipt(candidate, f"/interview/questions/{attempt.interview.questions[0].id}")


def test_the_link_of_somebody_who_was_erased_is_unknown(candidate: Candidate, attempt: Attempt) -> None:
    send_in_part(candidate)
    with transaction() as session:
        forget_person(session, attempt.invitation_id, actor=Actor("system", "test"), now=now())
    invented = candidate.client.get("/i/an-invented-one").get_data(as_text=True)
    for answer in (candidate.client.get(f"/i/{TOKEN}"), candidate.client.submit(f"/i/{TOKEN}")):
        assert answer.status_code == 404
        assert "This link does not lead to an invitation" in answer.get_data(as_text=True)
    assert "This link does not lead to an invitation" in invented


def test_a_cancelled_invitation_is_not_opened_again(candidate: Candidate, attempt: Attempt) -> None:
    send_in_part(candidate)
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).cancelled_at = now()
    for answer in (candidate.client.get(f"/i/{TOKEN}"), candidate.client.submit(f"/i/{TOKEN}")):
        assert (answer.status_code, "cancelled" in answer.get_data(as_text=True)) == (410, True)


def test_the_deadline_does_not_matter(candidate: Candidate, attempt: Attempt) -> None:
    send_in_part(candidate)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).deadline_at = now() - timedelta(days=3)
    assert candidate.client.submit(f"/i/{TOKEN}").status_code == 303


def test_the_pages_after_sending_tell_the_script_which_takes_have_ended_and_can_be_added_to(
    candidate: Candidate, attempt: Attempt
) -> None:
    take, _address = send_in_part(candidate)
    candidate.client.submit(f"/i/{TOKEN}")
    page = str(candidate.client.page("/interview/receipt").select_one("#recorder-data"))
    assert f'"stopped": ["{take.id}"]' in page
    assert f'"can_keep": ["{take.id}"]' in page
    db.session.rollback()
