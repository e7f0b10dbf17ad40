"""The page on which a candidate cuts the beginning of a recording, and what it refuses."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Answer, Take
from app.recording.trim_rules import trim_choices
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_uploaded_take
from tests.page_check import CheckingClient
from tests.recording import cutting
from tests.recording.candidate import Candidate, change_attempt, fresh
from tests.recording.cutting import SECONDS, cut, processed, run

sound, browser = cutting.sound, cutting.browser


def test_page_offers_the_cut_and_plays_from_there_without_a_script(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    take = processed(attempt, sound)
    page = BeautifulSoup(browser.get(f"/interview/takes/{take.id}/cut").text, "html.parser")
    assert [option["value"] for option in page.select("option")] == [str(ms) for ms in trim_choices(SECONDS * 1000)]
    heard = cut(browser, take, 2000, listen="1")
    assert heard.status_code == 200
    page = BeautifulSoup(heard.text, "html.parser")
    assert page.select_one("audio")["src"] == f"/interview/takes/{take.id}/whole#t=2.0"  # type: ignore[index]
    assert page.select_one("option[selected]")["value"] == "2000"  # type: ignore[index]
    assert fresh(take).trim_ms is None


def test_recorder_gets_to_the_page_by_the_form_that_keeps_the_take(candidate: Candidate) -> None:
    take = candidate.record()
    response = candidate.client.submit(f"/interview/takes/{take.id}/keep", {"cut": "1"})
    assert (response.status_code, response.location) == (303, f"/interview/takes/{take.id}/cut")
    assert db.session.scalar(select(Answer)) is None


def test_page_of_a_cut_take_offers_undo(browser: CheckingClient, attempt: Attempt, sound: bytes) -> None:
    take = processed(attempt, sound)
    cut(browser, take, 1500)
    page = browser.get(f"/interview/takes/{take.id}/cut").text
    assert "You have cut the first 1.5 seconds." in page
    assert "Undo: keep the whole recording" in page


def test_question_page_says_what_is_cut(browser: CheckingClient, attempt: Attempt, sound: bytes) -> None:
    take = processed(attempt, sound)
    assert "Cut the beginning of recording 1" in browser.get(f"/interview/questions/{take.question_id}").text
    cut(browser, take, 1000)
    page = browser.get(f"/interview/questions/{take.question_id}").text
    assert "You have cut the first 1 second." in page
    assert "Change or undo the cut of recording 1" in page


def test_recording_that_is_not_ready_can_be_cut_but_not_heard(candidate: Candidate) -> None:
    take = candidate.record()
    with transaction() as session:
        session.get_one(Take, take.id).recorded_ms = 5000
    page = candidate.client.get(f"/interview/takes/{take.id}/cut").text
    assert "You can listen as soon as your recording is ready." in page
    assert "Listen from there" not in page


@pytest.mark.parametrize("wish", ["", "-500", "1501", "10500", "1e3", "٥٠٠", "500.0", "999999999", "null"])
def test_cut_that_is_not_offered(browser: CheckingClient, attempt: Attempt, wish: str) -> None:
    take = make_uploaded_take(attempt=attempt)
    assert cut(browser, take, wish).status_code == 422
    assert fresh(take).trim_ms is None


def test_cut_past_the_end(browser: CheckingClient, attempt: Attempt) -> None:
    take = make_uploaded_take(attempt=attempt)
    with transaction() as session:
        session.get_one(Take, take.id).recorded_ms = 2000
    assert cut(browser, take, 2000).status_code == 422
    assert cut(browser, take, 1500).status_code == 303


def test_recording_of_somebody_else(browser: CheckingClient) -> None:
    take = make_uploaded_take(attempt=make_attempt())
    assert cut(browser, take, 500).status_code == 404
    assert browser.get(f"/interview/takes/{take.id}/cut").status_code == 404
    assert browser.get(f"/interview/takes/{take.id}/whole").status_code == 404


def test_after_sending_the_cut_is_frozen_and_nobody_gets_the_whole(
    browser: CheckingClient, attempt: Attempt, sound: bytes
) -> None:
    take = processed(attempt, sound)
    cut(browser, take, 1000)
    run(take)
    change_attempt(attempt, submitted_at=NOON)
    assert cut(browser, take, 0).status_code in (401, 409)
    assert browser.get(f"/interview/takes/{take.id}/whole").status_code in (401, 409)
    assert fresh(take).trim_ms == 1000


def test_take_in_which_nothing_was_recorded(candidate: Candidate) -> None:
    assert cut(candidate.client, candidate.begin(), 500).status_code == 409


def test_removed_take(browser: CheckingClient, attempt: Attempt) -> None:
    take = make_uploaded_take(attempt=attempt, removed_at=NOON)
    assert cut(browser, take, 500).status_code == 404
