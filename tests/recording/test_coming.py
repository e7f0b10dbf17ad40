"""Before sending, candidates are told how many seconds may still arrive, or only that more may arrive if the number is
unknown.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, housekeeping
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Answer, Take, WrittenDraft
from app.recording.question_status import task_list
from app.transaction import transaction
from tests.recording.candidate import RECORDING, SIZE, Candidate, fresh, go_on
from tests.recording.uploading import acknowledged

MORE = b" and more of it"


def told(attempt: Attempt) -> tuple[int | None, ...]:
    """Return the missing seconds of question 1 that the candidate is told about before sending."""
    db.session.rollback()
    coming = task_list(db.session(), db.session.get_one(Attempt, attempt.id))[0].coming
    return coming.told if coming else ()


def words(candidate: Candidate, address: str) -> str:
    return " ".join(candidate.client.page(address).get_text(" ").split())


def send(candidate: Candidate, told: str) -> int:
    return candidate.client.submit("/interview/submit", {"unanswered": "1 2 3", "told": told}).status_code


def test_abandoned_take_without_a_stop_report_accepts_more_bytes(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    assert told(attempt) == (None,)
    housekeeping.complete_abandoned(clock.now() + timedelta(days=31))
    assert fresh(take).complete_at is not None
    assert told(attempt) == (None,)
    candidate.keep(take)
    page = words(candidate, "/interview/")
    assert "The recording was not stopped, so more may be coming." in page
    assert "Part of your answers may not have arrived yet" in page
    assert "Answered. More of it may still arrive" in page
    assert [send(candidate, ""), send(candidate, "1:?")] == [409, 303]
    receipt = words(candidate, "/interview/receipt")
    assert "Part of your recording may not have arrived yet." in receipt
    assert "You have finished" not in receipt


def test_session_missing_from_the_stop_report_may_add_bytes(
    candidate: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    go_on(laptop, take)
    laptop.send(take, MORE, segment=2)
    laptop.stop(take, (2, len(MORE)))
    assert fresh(take).complete_at is not None
    assert told(attempt) == (None,)
    assert candidate.tus.patch(address, SIZE, b"", Upload_Length=SIZE).status_code == 204
    assert told(attempt) == ()


def test_an_upload_that_was_begun_keeps_a_take_open_for_its_first_byte(
    candidate: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    take = candidate.begin()
    candidate.send(take)
    address = candidate.begin_segment(take, 2)
    go_on(laptop, take)
    laptop.send(take, MORE, segment=3)
    laptop.stop(take, (3, len(MORE)))
    assert fresh(take).closed_at is None
    assert told(attempt) == (None,)
    assert candidate.tus.patch(address, 0, b"late", Upload_Length=4).status_code == 204
    assert acknowledged(address) == b"late"
    assert fresh(take).is_whole


def test_missing_seconds_are_told_beside_parts_of_unknown_length(
    candidate: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    go_on(laptop, take)
    laptop.begin_segment(take, 2)
    laptop.stop(take, (2, len(MORE)))
    assert told(attempt) == (1, None)
    page = words(candidate, "/interview/")
    assert "1 second has not arrived yet. One part of the recording was not stopped, so more may be coming." in page
    assert [send(candidate, "1:1"), send(candidate, "1:?"), send(candidate, "1:1 1:?")] == [409, 409, 303]


def test_keeping_on_another_device_what_has_not_arrived_removes_nothing(
    candidate: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    take = candidate.begin()
    address = candidate.begin_segment(take)
    assert laptop.stop(take, reason="kept").status_code == 200
    assert fresh(take).removed_at is None
    assert candidate.tus.patch(address, 0, RECORDING).status_code == 204


def awaited(device: Candidate, question: int = 0) -> tuple[Take, str]:
    """Return a take whose upload has begun but has no bytes yet, and the address of the upload."""
    take = device.begin(question)
    return take, device.begin_segment(take)


def test_a_recording_of_which_nothing_has_arrived_is_named_before_sending_and_becomes_the_answer(
    candidate: Candidate, attempt: Attempt
) -> None:
    take, address = awaited(candidate)
    page = words(candidate, "/interview/")
    assert "Question 1: no part of your recording has arrived yet." in page
    assert "Recorded. No part of it has arrived yet" in page
    assert [send(candidate, ""), send(candidate, "1:?")] == [409, 303]
    assert fresh(take).removed_at is None
    assert "no part of your recording has arrived yet" in words(candidate, "/interview/receipt")
    assert candidate.tus.patch(address, 0, RECORDING, Upload_Length=SIZE).status_code == 204
    assert candidate.stop(take, (1, SIZE)).status_code == 200
    assert acknowledged(address) == RECORDING
    assert db.session.scalars(select(Answer.take_id)).all() == [take.id]
    assert (fresh(take).is_whole, take.complete_at is not None) == (True, True)
    assert "You have finished" in words(candidate, "/interview/receipt")


def test_an_answer_of_which_nothing_comes_within_a_week_is_said_to_have_failed(candidate: Candidate) -> None:
    take, _address = awaited(candidate)
    send(candidate, "1:?")
    housekeeping.complete_abandoned(clock.now() + timedelta(days=6))
    assert fresh(take).complete_at is None
    housekeeping.complete_abandoned(clock.now() + timedelta(days=8))
    assert (fresh(take).complete_at is not None, take.is_whole) == (True, False)


@pytest.mark.parametrize("is_stopped", [False, True])
@pytest.mark.parametrize("earlier", ["a recording", "a text"])
def test_where_another_answer_is_sent_the_newer_recording_is_named_too(
    candidate: Candidate, laptop: Candidate, attempt: Attempt, earlier: str, is_stopped: bool
) -> None:
    first = laptop.record() if earlier == "a recording" else None
    if first is None:
        with transaction() as session:
            draft = WrittenDraft(attempt_id=attempt.id, question_id=candidate.questions[0], text="In words.", version=1)
            draft.saved_at = clock.now()
            session.add(draft)
    newer, _address = awaited(candidate)
    if is_stopped:
        assert candidate.stop(newer, (1, SIZE)).status_code == 200
    page = words(candidate, "/interview/")
    assert "no part of your newest recording has arrived yet. If you send now, your earlier answer is sent" in page
    assert [send(candidate, ""), send(candidate, "1:?")] == [409, 303]
    answer = db.session.scalars(select(Answer)).one()
    assert (answer.take_id, answer.text) == ((first.id, None) if first else (None, "In words."))
    assert fresh(newer).removed_at is not None


def test_where_an_answer_was_chosen_a_recording_that_was_not_is_not_asked_about(
    candidate: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    candidate.keep(laptop.record())
    awaited(candidate)
    assert send(candidate, "") == 303


def test_a_countdown_that_was_cancelled_is_not_asked_about(candidate: Candidate, laptop: Candidate) -> None:
    take = candidate.begin(1)
    laptop.record()
    assert "no part of your recording" not in words(candidate, "/interview/")
    assert send(candidate, "") == 303
    assert fresh(take).removed_at is not None
