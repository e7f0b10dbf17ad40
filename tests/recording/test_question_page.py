"""The question page, and the settings that it gives to its recorder."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app import clock
from app.accommodations.rules import Limits
from app.audit import AuditEvent
from app.captions.models import TrackKind
from app.captions.services import add_track
from app.captions.shaping.cues import Cue
from app.extensions import db
from app.interviews import services as interviews
from app.interviews.models import Attempt, Question
from app.recording import routes
from app.recording.models import StageState, Take, TakeKind
from app.recording.question_page import limits_data
from app.recording.wording import length_words, limits_words, takes_left_words
from app.transaction import transaction
from tests.answer_factories import add_media, set_stages
from tests.factories import enter, make_attempt, make_interview
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDING, Candidate


def page(candidate: Candidate, question: int = 0) -> BeautifulSoup:
    return candidate.client.page(f"/interview/questions/{candidate.questions[question]}")


def island(soup: BeautifulSoup) -> dict[str, Any]:
    found = soup.find(id="recorder-data")
    assert found is not None
    data: dict[str, Any] = json.loads(found.get_text())
    return data


def test_the_page_says_the_question_its_limits_and_the_ways_out(candidate: Candidate) -> None:
    soup = page(candidate)
    text = soup.get_text()
    for words in ("Question number 1?", "Record up to 2 minutes.", "You have 1 minute to think", "up to 3 times"):
        assert words in text
    addresses = [str(link["href"]) for link in soup.find_all("a")]
    assert f"/interview/questions/{candidate.questions[1]}" in addresses
    assert f"/interview/questions/{candidate.questions[0]}/file" in addresses
    last = [str(link["href"]) for link in page(candidate, 2).find_all("a")]
    assert "/interview/check" in last


def test_the_recorder_is_told_what_it_needs(candidate: Candidate, attempt: Attempt) -> None:
    told = island(page(candidate))
    assert told["owner"] == attempt.id
    assert told["question"] == candidate.questions[0]
    assert (told["mode"], told["kind"], told["kinds"]) == ("answer", "video", ["video", "audio", "signed"])
    assert told["limits"] == {"recording_seconds": 120, "warn_at": [60, 30, 10], "more_time": None}
    assert (told["countdown_seconds"], told["hide_timer"], told["vibrate"]) == (3, False, False)
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


def test_an_interrupted_take_is_offered_with_what_has_arrived(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.tus.begin(take, segment="1", session="first")
    candidate.tus.patch(address, 0, RECORDING, Fairtake_Recorded_Ms=55_000)
    unfinished = island(page(candidate))["unfinished"]
    assert (unfinished["take_id"], unfinished["number"], unfinished["kind"]) == (take.id, 1, "video")
    assert unfinished["segments"] == [
        {
            "segment": 1,
            "session": "first",
            "upload_url": address,
            "offset": len(RECORDING),
            "length": None,
            "recorded_ms": 55_000,
        }
    ]


def test_takes_that_are_over_are_named_so_that_a_browser_forgets_them(candidate: Candidate) -> None:
    recorded = candidate.record()
    empty = candidate.begin()
    candidate.stop(empty)
    assert set(island(page(candidate))["stopped"]) == {recorded.id, empty.id}


def test_when_no_take_is_left_the_recorder_is_not_offered(candidate: Candidate) -> None:
    for _ in range(3):
        candidate.record()
    soup = page(candidate)
    assert not island(soup)["may_record"]
    assert soup.find(id="start") is None


def test_after_the_deadline_the_takes_are_still_shown(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.record()
    with transaction() as session:
        session.get_one(Attempt, attempt.id).interview.deadline_at = clock.now() - timedelta(hours=1)
    soup = page(candidate)
    assert not island(soup)["may_record"]
    assert soup.find(attrs={"data-take": take.id})


def test_a_take_is_shown_with_its_state_until_it_can_be_watched_with_captions(candidate: Candidate) -> None:
    take = candidate.record()
    stages: list[tuple[StageState, StageState | None, str, str | None, bool]] = [
        (StageState.PENDING, None, "Being prepared", None, True),
        (StageState.DONE, StageState.RUNNING, "Ready to play", "being made", True),
        (StageState.DONE, StageState.WAITING_FOR_MODEL, "Ready to play", "made later", False),
        (StageState.DONE, StageState.FAILED, "Ready to play", "could not be made", False),
        (StageState.DONE, StageState.DONE, "Ready to play", "are ready", False),
        (StageState.FAILED, None, "could not be read", None, False),
    ]
    for assemble, transcribe, words, captions, in_process in stages:
        set_stages(take.id, assemble, transcribe)
        found = candidate.takes()[0]
        assert words in found["state_words"]
        assert captions is None or captions in found["captions_words"]
        assert found["in_process"] is in_process


def test_polling_ends_with_what_it_waits_for(candidate: Candidate) -> None:
    take = candidate.record()
    address = f"/interview/questions/{candidate.questions[0]}/takes"
    waiting = candidate.client.get(address, headers={"HX-Request": "true"})
    assert "data-in-process" in waiting.text
    assert "HX-Request" in waiting.headers["Vary"]
    set_stages(take.id, StageState.DONE, StageState.DONE)
    assert "data-in-process" not in candidate.client.get(address, headers={"HX-Request": "true"}).text


def test_a_take_that_is_ready_can_be_played_with_its_captions(candidate: Candidate) -> None:
    take = candidate.record()
    set_stages(take.id, StageState.DONE, StageState.DONE)
    add_media(take.id, duration_ms=72_000)
    assert candidate.takes()[0]["captions_url"] is None
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, [Cue(0, 1000, "words")], language="en", now=clock.now())
    found = candidate.takes()[0]
    assert (found["length_ms"], found["media_url"]) == (72_000, f"/media/{take.id}")
    assert found["captions_url"] == f"/captions/{take.id}.vtt"
    video = page(candidate).find("video", attrs={"src": found["media_url"]})
    assert video is not None
    assert video.find("track", attrs={"kind": "captions", "default": True})
    with transaction() as session:
        interviews.save_preferences(session, session.get_one(Attempt, take.attempt_id), {"captions": False})
    track = page(candidate).find("track", attrs={"kind": "captions"})
    assert track is not None
    assert not track.has_attr("default")


def at(monkeypatch: pytest.MonkeyPatch, time: datetime) -> None:
    monkeypatch.setattr(routes, "now", lambda: time)


@pytest.mark.parametrize("state", [StageState.PENDING, StageState.WAITING_FOR_MODEL, StageState.DONE])
def test_no_captions_are_promised_of_a_signed_answer(candidate: Candidate, state: StageState) -> None:
    take = candidate.record()
    with transaction() as session:
        session.get_one(Take, take.id).kind = str(TakeKind.SIGNED)
    set_stages(take.id, StageState.DONE, state)
    add_media(take.id)
    with transaction() as session:
        add_track(session, take.id, TrackKind.AUTOMATIC, [], language="und", now=clock.now())
    found = candidate.takes()[0]
    assert found["captions_words"].startswith("A signed answer gets no automatic captions.")
    assert (found["captions_url"], found["correct_url"]) == (None, None)


def test_the_thinking_time_runs_from_the_first_look_on_whatever_device(
    candidate: Candidate, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = clock.now()
    at(monkeypatch, started)
    portion = {"left": 10, "seconds": 20}
    assert island(page(candidate))["thinking"] == {"seconds": 60, "left": 60, "more": portion}
    elsewhere = app.test_client()
    with candidate.client.session_transaction() as mine, elsewhere.session_transaction() as theirs:
        theirs["attempt"] = mine["attempt"]
    address = f"/interview/questions/{candidate.questions[0]}"
    for later, left in ((20, 40), (3600, 0), (-3600, 60)):
        at(monkeypatch, started + timedelta(seconds=later))
        other = BeautifulSoup(elsewhere.get(address).text, "html.parser")
        for found in (island(page(candidate)), island(other)):
            assert found["thinking"] == {"seconds": 60, "left": left, "more": portion}


def test_more_time_to_think_is_had_without_asking_anyone_after_its_end_too(
    candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = clock.now()
    at(monkeypatch, started)
    address = island(page(candidate))["urls"]["thinking"]
    at(monkeypatch, started + timedelta(seconds=10))
    assert candidate.post(address, {}).json == {
        "thinking": {"seconds": 80, "left": 70, "more": {"left": 9, "seconds": 20}}
    }
    at(monkeypatch, started + timedelta(hours=1))
    assert candidate.post(address, {}).json == {
        "thinking": {"seconds": 100, "left": 20, "more": {"left": 8, "seconds": 20}}
    }
    for _press in range(8):
        assert candidate.post(address, {}).status_code == 200
    assert island(page(candidate))["thinking"] == {"seconds": 260, "left": 180, "more": None}
    refused = candidate.post(address, {})
    assert refused.status_code == 409
    assert "No more time to think" in refused.text
    taken = select(AuditEvent).where(AuditEvent.action == "more time to think taken").order_by(AuditEvent.number)
    presses = [event.details["press"] for event in db.session.scalars(taken)]
    assert presses == list(range(1, 11))


def test_there_is_no_more_to_think_once_something_is_recorded(candidate: Candidate) -> None:
    address = island(page(candidate))["urls"]["thinking"]
    candidate.record()
    assert candidate.post(address, {}).status_code == 409


def test_there_is_no_thinking_time_once_there_is_a_take(candidate: Candidate) -> None:
    candidate.record()
    assert island(page(candidate))["thinking"] is None


def test_no_question_is_shown_before_consent_or_after_sending(client: CheckingClient, app: Flask) -> None:
    undecided = Candidate(client, make_attempt(consent_version=None, consented_at=None))
    address = f"/interview/questions/{undecided.questions[0]}"
    assert client.get(address).location == "/interview/consent"
    sent = Candidate(client, make_attempt(submitted_at=clock.now(), receipt="BCDF-GHJK-MNPQ"))
    assert client.get(f"/interview/questions/{sent.questions[0]}").location == "/interview/receipt"


def test_another_interviews_question_and_none_at_all_get_the_same_answer(candidate: Candidate) -> None:
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


def test_without_limits_nothing_is_left_to_count(app: Flask) -> None:
    assert takes_left_words(None, begun=False) is None


def test_remaining_recordings_are_told_in_words(app: Flask) -> None:
    assert takes_left_words(0, begun=True) == "You have used all your recordings of this question."
    assert takes_left_words(1, begun=True) == "You can record this answer 1 more time."
    assert takes_left_words(1, begun=False) == "You can record this answer once."
