"""The takes on the question page: interrupted, processed, ready to play with captions, and none left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock
from app.captions.models import TrackKind
from app.captions.services import add_track
from app.captions.shaping.cues import Cue
from app.extensions import db
from app.interviews import services as interviews
from app.interviews.models import Attempt
from app.recording.models import StageState, Take, TakeKind
from app.recording.wording import to_send_words
from app.transaction import transaction
from tests.answer_factories import add_media, set_stages
from tests.recording.candidate import RECORDING, Candidate
from tests.recording.question_pages import island, page


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
    assert "Start recording" not in soup.get_text()


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
        said = [found["captions_words"] or "", *found["language_words"]]
        assert captions is None or captions in " ".join(said)
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
    assert (found["length_words"], found["media_url"]) == ("1 minute 12 seconds", f"/media/{take.id}")
    assert found["captions_url"] == f"/captions/{take.id}.vtt"
    video = page(candidate).find("video", attrs={"src": found["media_url"]})
    assert video is not None
    assert video.find("track", attrs={"kind": "captions", "default": True})
    with transaction() as session:
        interviews.save_preferences(session, session.get_one(Attempt, take.attempt_id), {"captions": False})
    track = page(candidate).find("track", attrs={"kind": "captions"})
    assert track is not None
    assert not track.has_attr("default")


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


def test_length_of_a_take_is_the_same_on_its_question_and_on_the_list_of_questions(candidate: Candidate) -> None:
    take = candidate.record()
    add_media(take.id, duration_ms=1_600)
    assert candidate.takes()[0]["length_words"] == "2 seconds"
    assert to_send_words(db.session.get_one(Take, take.id)) == "Recording 1, 2 seconds"
