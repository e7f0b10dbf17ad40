"""A recording belongs to one recorder: two pages or devices never write to the same segment, and both keep all their
bytes.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, housekeeping
from app.audit import AuditEvent
from app.extensions import db
from app.interviews.models import Attempt
from app.recording import rules
from app.recording.models import Take
from app.transaction import transaction
from tests.factories import make_attempt
from tests.page_check import CheckingClient
from tests.recording.candidate import RECORDING, SIZE, Candidate, fresh
from tests.recording.uploading import acknowledged

MORE = b" and more of it"


@pytest.fixture
def phone(candidate: Candidate) -> Candidate:
    """The device that records first."""
    return candidate


def allow_retakes(attempt: Attempt, retakes: int) -> None:
    with transaction() as session:
        for question in session.get_one(Attempt, attempt.id).interview.questions:
            question.retakes = retakes


def actions(attempt: Attempt) -> list[str]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(AuditEvent.action).where(AuditEvent.actor_id == attempt.id).order_by(AuditEvent.number)
        )
    )


def after_deadline(attempt: Attempt) -> None:
    with transaction() as session:
        session.get_one(Attempt, attempt.id).interview.deadline_at = clock.now() - timedelta(seconds=1)


def continued(device: Candidate, take: Take) -> int:
    return device.post(f"/interview/takes/{take.id}/continue", {"recorder": device.recorder}).status_code


def recovered(device: Candidate, take: Take, name: str = "session-1") -> Take:
    response = device.post(f"/interview/takes/{take.id}/recover", {"recorder": name})
    assert response.status_code in (200, 201), response.text
    return db.session.get_one(Take, (response.json or {})["take_id"])


def test_two_recorders_that_begin_before_the_first_byte_have_a_take_each(phone: Candidate, laptop: Candidate) -> None:
    first, second = phone.begin(), laptop.begin()
    assert (first.number, second.number) == (1, 2)
    own, others = phone.send(first), laptop.send(second, RECORDING + MORE)
    assert phone.stop(first, (1, SIZE)).status_code == laptop.stop(second, (1, SIZE + len(MORE))).status_code == 200
    assert (acknowledged(own), acknowledged(others)) == (RECORDING, RECORDING + MORE)
    assert fresh(first).complete_at
    assert fresh(second).complete_at


def test_a_lost_answer_or_a_cancelled_countdown_gives_the_same_recorder_the_same_take(phone: Candidate) -> None:
    assert len({phone.begin().id for _ in range(3)}) == 1


def test_recording_again_before_the_first_byte_has_arrived_makes_another_take(phone: Candidate) -> None:
    first = phone.begin()
    address = phone.begin_segment(first)
    second = phone.begin()
    assert second.id != first.id
    phone.send(second)
    assert phone.tus.patch(address, 0, RECORDING).status_code == 204


def test_a_client_that_gives_no_name_always_gets_a_take_of_its_own(phone: Candidate) -> None:
    phone.recorder = None  # type: ignore[assignment]
    assert len({phone.begin().id for _ in range(3)}) == 3


@pytest.mark.parametrize("name", ["", "with space", "x" * 65, 7, ["a"], "é", "a\0b"])
def test_invalid_name_is_refused(phone: Candidate, name: object) -> None:
    phone.recorder = name  # type: ignore[assignment]
    assert phone.start().status_code == 422
    assert phone.post("/interview/takes/unknown/continue", {"recorder": name}).status_code == 422
    assert phone.post("/interview/takes/unknown/recover", {"recorder": name}).status_code == 422


def test_an_empty_take_uses_no_retake_and_keeps_no_other_device_out(
    phone: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    allow_retakes(attempt, 0)
    phone.begin()
    assert laptop.record().number == 2
    assert "retake used" not in actions(attempt)
    assert laptop.start().status_code == 409


def test_an_offline_recording_of_a_phone_is_accepted_into_its_own_take_despite_later_takes(
    phone: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    allow_retakes(attempt, 0)
    own = phone.begin()
    other = laptop.record()
    laptop.keep(other)
    housekeeping.complete_abandoned(clock.now() + timedelta(days=6))
    after_deadline(attempt)
    address = phone.send(own)
    assert phone.stop(own, (1, SIZE)).status_code == 200
    assert acknowledged(address) == RECORDING
    assert [take["number"] for take in phone.takes()] == [1, 2]
    assert phone.keep(own).status_code == 303


def test_a_retake_is_in_the_log_when_something_is_recorded_in_it(
    phone: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    phone.record()
    laptop.begin()
    assert "retake used" not in actions(attempt)
    laptop.record()
    laptop.begin()
    assert actions(attempt).count("retake used") == 1


def test_continuing_a_take_on_another_device_is_a_separate_request(phone: Candidate, laptop: Candidate) -> None:
    take = phone.begin()
    address = phone.send(take, ended=False)
    assert laptop.tus.create(take, segment="2", session="of the laptop", recorder="a-laptop").status_code == 409
    assert continued(laptop, take) == continued(laptop, take) == 200
    second = laptop.begin_segment(take, 2)
    assert laptop.tus.patch(second, 0, MORE, Upload_Length=len(MORE)).status_code == 204
    assert phone.tus.patch(address, SIZE, MORE).status_code == 204  # the phone's segment continues
    refused = phone.tus.create(take, segment="3", session="again", recorder=phone.recorder)
    assert refused.status_code == 409
    assert acknowledged(address) == RECORDING + MORE
    assert acknowledged(second) == MORE


def test_the_first_recorder_does_not_stop_a_take_that_another_went_on_with(phone: Candidate, laptop: Candidate) -> None:
    take = phone.begin()
    phone.send(take)
    assert continued(laptop, take) == 200
    assert phone.stop(take, (1, SIZE)).status_code == 200
    assert fresh(take).stopped_at is None
    laptop.send(take, MORE, segment=2)
    assert laptop.stop(take, (1, SIZE), (2, len(MORE))).status_code == 200
    assert fresh(take).complete_at is not None
    assert fresh(take).is_whole


def test_keeping_a_take_as_it_is_works_from_any_device(phone: Candidate, laptop: Candidate) -> None:
    take = phone.begin()
    phone.send(take, ended=False)
    assert laptop.stop(take, (1, SIZE), reason="kept").status_code == 200
    assert fresh(take).complete_at is not None


def test_take_that_is_stopped_empty_or_of_another_candidate_is_not_continued(
    phone: Candidate, laptop: Candidate, client: CheckingClient
) -> None:
    done = phone.record()
    empty = phone.begin(1)
    assert (continued(laptop, done), continued(laptop, empty)) == (409, 409)
    stranger = Candidate(client, make_attempt(), recorder="a-stranger")
    assert continued(stranger, done) == 404
    assert continued(stranger, empty) == 404


def test_a_segment_whose_number_is_taken_gets_the_next_and_the_recorder_is_told(
    phone: Candidate, laptop: Candidate
) -> None:
    take = phone.begin()
    phone.send(take, ended=False)
    assert continued(laptop, take) == 200
    asked = {"segment": "1", "session": "of the laptop", "recorder": "a-laptop"}
    made, again = laptop.tus.create(take, **asked), laptop.tus.create(take, **asked)
    assert made.headers["Fairtake-Segment"] == again.headers["Fairtake-Segment"] == "2"
    assert made.headers["Location"] == again.headers["Location"]


def test_refused_recording_becomes_one_take_for_repeated_requests(phone: Candidate, attempt: Attempt) -> None:
    allow_retakes(attempt, 0)
    lost = phone.record()
    assert phone.start().status_code == 409
    after_deadline(attempt)
    made = recovered(phone, lost)
    assert (made.number, made.kind, made.limits, made.recovery_of) == (2, lost.kind, lost.limits, lost.id)
    assert recovered(phone, lost).id == made.id
    phone.recorder = "session-1"
    address = phone.send(made, RECORDING + MORE)
    assert phone.stop(made, (1, SIZE + len(MORE))).status_code == 200
    assert acknowledged(address) == RECORDING + MORE
    assert fresh(made).complete_at is not None
    assert recovered(phone, made).id == made.id
    assert recovered(phone, lost, "session-2").id != made.id
    assert actions(attempt).count("take recovered") == 2
    assert "retake used" not in actions(attempt)


def test_a_take_and_what_could_not_be_added_to_it_count_as_one(
    phone: Candidate, laptop: Candidate, attempt: Attempt
) -> None:
    allow_retakes(attempt, 1)
    lost = phone.begin()
    phone.recorder = "session-1"
    phone.send(recovered(phone, lost))
    assert laptop.start().status_code == 201
    laptop.record()
    assert laptop.start().status_code == 409


def test_removed_take_can_be_recovered_only_by_its_candidate(
    phone: Candidate, attempt: Attempt, client: CheckingClient
) -> None:
    take = phone.begin()
    assert phone.stop(take, (1, 0)).status_code == 200
    assert fresh(take).removed_at is not None
    assert recovered(phone, take).number == 2
    stranger = Candidate(client, make_attempt())
    assert stranger.post(f"/interview/takes/{take.id}/recover", {"recorder": "one"}).status_code == 404
    assert stranger.post("/interview/takes/unknown/recover", {"recorder": "one"}).status_code == 404


def test_after_sending_nothing_is_continued_or_recovered(phone: Candidate, laptop: Candidate, attempt: Attempt) -> None:
    take = phone.begin()
    phone.send(take, ended=False)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = clock.now()
    assert continued(laptop, take) == 409
    refused = phone.post(f"/interview/takes/{take.id}/recover", {"recorder": "one"})
    assert refused.status_code == 409
    assert "already been sent" in (refused.json or {})["message"]


def test_pages_that_are_loaded_again_and_again_leave_a_bounded_number_of_empty_takes(
    app: Flask, phone: Candidate, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_EMPTY_TAKES", 3)
    for number in range(6):
        phone.recorder = f"page-{number}"
        phone.begin()
    db.session.rollback()
    left = select(Take.recorder).where(Take.attempt_id == attempt.id, Take.removed_at.is_(None)).order_by(Take.number)
    assert list(db.session.scalars(left)) == ["page-3", "page-4", "page-5"]


def test_too_many_recordings_are_refused_with_a_word_on_where_they_are(
    phone: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_TAKES", 1)
    lost = phone.record()
    refused = phone.post(f"/interview/takes/{lost.id}/recover", {"recorder": "one"})
    assert refused.status_code == 409
    assert "kept in your browser" in (refused.json or {})["kept"]
