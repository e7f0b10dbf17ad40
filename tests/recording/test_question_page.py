"""The question page, and the settings that it gives to its recorder."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app import clock
from app.accommodations.rules import Limits
from app.extensions import db
from app.interviews.models import Attempt, Question
from app.recording.models import Take
from app.recording.question_page import limits_data
from app.recording.wording import length_words, limits_words, remaining_takes_words
from app.transaction import transaction
from tests.factories import enter, make_attempt, make_interview
from tests.page_check import CheckingClient
from tests.recording.candidate import Candidate
from tests.recording.question_pages import island, page


def test_the_page_says_the_question_its_limits_and_the_ways_out(candidate: Candidate) -> None:
    soup = page(candidate)
    text = soup.get_text()
    for words in ("Question number 1?", "Record up to 2 minutes.", "More time to think", "up to 3 times"):
        assert words in text
    addresses = [str(link["href"]) for link in soup.find_all("a")]
    assert f"/interview/questions/{candidate.questions[1]}" in addresses
    assert f"/interview/questions/{candidate.questions[0]}/file" in addresses
    last = [str(link["href"]) for link in page(candidate, 2).find_all("a")]
    assert f"/interview/questions/{candidate.questions[1]}" not in last
    assert "/interview/" in last


def test_the_recorder_is_told_what_it_needs(candidate: Candidate, attempt: Attempt) -> None:
    told = island(page(candidate))
    assert told["owner"] == attempt.id
    assert told["question"] == candidate.questions[0]
    assert (told["mode"], told["kind"], told["kinds"]) == ("answer", "video", ["video", "audio", "signed"])
    assert told["limits"] == {"recording_seconds": 120, "warn_at": [60, 30, 10], "more_time": None}
    assert (told["countdown_seconds"], told["hide_timer"], told["vibrate"]) == (5, False, False)
    assert (told["may_record"], told["unfinished"], told["stopped"]) == (True, None, [])
    assert told["urls"]["uploads"] == "/uploads/"
    response = candidate.client.post(
        told["urls"]["takes"], json={"kind": "audio"}, headers={"X-CSRFToken": told["csrf"]}
    )
    assert response.status_code == 201


def test_short_limit_has_the_warnings_of_a_longer_one(attempt: Attempt) -> None:
    assert limits_data(attempt, 20)["warn_at"] == [60, 30, 10]  # "More time" may lengthen the limit to two minutes


def test_the_candidates_preferences_are_followed(client: CheckingClient, app: Flask) -> None:
    preferences = {"audio_only": True, "countdown_seconds": 10, "hide_timer": True, "warnings": False}
    told = island(page(Candidate(client, make_attempt(preferences=preferences))))
    assert (told["kind"], told["countdown_seconds"], told["hide_timer"]) == ("audio", 10, True)
    assert told["limits"] == {"recording_seconds": 120, "warn_at": [], "more_time": None}


def test_no_question_is_shown_before_consent_or_after_sending(client: CheckingClient, app: Flask) -> None:
    undecided = Candidate(client, make_attempt(consent_version=None, consented_at=None))
    address = f"/interview/questions/{undecided.questions[0]}"
    assert client.get(address).location == "/interview/consent"
    sent = Candidate(client, make_attempt(submitted_at=clock.now(), receipt="BCDF-GHJK-MNPQ"))
    assert client.get(f"/interview/questions/{sent.questions[0]}").location == "/interview/receipt"


def test_question_of_another_interview_and_missing_question_get_the_same_response(candidate: Candidate) -> None:
    other = make_interview().questions[0].id
    theirs = candidate.client.get(f"/interview/questions/{other}")
    nobodys = candidate.client.get("/interview/questions/" + "a" * 26)
    assert theirs.status_code == nobodys.status_code == 404
    said = [BeautifulSoup(answer.data, "html.parser").get_text() for answer in (theirs, nobodys)]
    assert said[0] == said[1]  # the pages differ only in the form token, which contains the time


def test_the_prompt_is_text_and_names_its_language(client: CheckingClient, app: Flask) -> None:
    attempt = make_attempt()
    with transaction() as session:
        question = session.get_one(Question, attempt.interview.questions[0].id)
        question.prompt, question.language = "<script>alert(1)</script> Warum?", "de"
    soup = page(Candidate(client, attempt))
    prompt = soup.select_one(".prompt")
    assert prompt is not None
    assert (prompt["lang"], prompt.find("script")) == ("de", None)
    assert "<script>alert(1)</script>" in prompt.get_text()


@pytest.mark.parametrize("address", ["/interview/device-check", "/interview/practice"])
def test_device_check_and_practice_have_no_question_and_no_limit(candidate: Candidate, address: str) -> None:
    told = island(candidate.client.page(address))
    assert (told["mode"], told["question"], told["urls"]["takes"]) == ("practice", None, None)
    assert told["limits"] == {"recording_seconds": None, "warn_at": [], "more_time": None}


def test_the_connection_can_be_measured_and_nothing_is_kept(candidate: Candidate) -> None:
    headers = {"X-CSRFToken": candidate.client.form_token(), "Content-Type": "application/octet-stream"}
    assert candidate.client.post("/interview/connection", data=b"x" * 131072, headers=headers).status_code == 204
    assert candidate.client.post("/interview/connection", data=b"x" * 131073, headers=headers).status_code == 413
    assert db.session.query(Take).all() == []


def test_question_pages_need_an_invitation(client: CheckingClient, app: Flask) -> None:
    take_less = make_attempt()
    question_id = take_less.interview.questions[0].id
    for address in (f"/interview/questions/{question_id}", f"/interview/questions/{question_id}/file"):
        assert client.get(address).status_code == 401
    enter(client, take_less)
    assert client.get(f"/interview/questions/{question_id}/file").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (45, "45 seconds"), (60, "1 minute"), (150, "2 minutes 30 seconds"), (0, "0 seconds")],
)
def test_lengths_are_said_in_minutes_and_seconds(app: Flask, seconds: int, words: str) -> None:
    assert length_words(seconds) == words


def test_without_limits_nothing_is_said_of_any(app: Flask) -> None:
    nothing = Limits(None, None, None)
    assert limits_words(nothing, nothing) == ["Record for as long as you need."]


def test_the_candidates_own_limits_are_shown_beside_the_standard(app: Flask) -> None:
    said = limits_words(Limits(240, None, 2), standard=Limits(120, 60, 2))
    assert said == [
        "Record up to 4 minutes. Pauses do not count.",
        "The standard is 2 minutes.",
        "You can think for as long as you need before you record.",
    ]


@pytest.mark.parametrize("thinking", [60, None])
def test_thinking_time_is_not_mentioned_when_it_is_over(app: Flask, thinking: int | None) -> None:
    standard = Limits(120, 60, 2)
    said = limits_words(Limits(120, thinking, 2), standard=standard, thinks_later=False)
    assert said == ["Record up to 2 minutes. Pauses do not count."]


def test_without_limits_nothing_is_left_to_count(app: Flask) -> None:
    assert remaining_takes_words(None, begun=False) is None


def test_remaining_recordings_are_told_in_words(app: Flask) -> None:
    assert remaining_takes_words(0, begun=True) == "You have used all your recordings of this question."
    assert remaining_takes_words(1, begun=True) == "You can record this answer 1 more time."
    assert remaining_takes_words(1, begun=False) == "You can record once."
