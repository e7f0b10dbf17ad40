"""Takes and attempts that a candidate abandoned, and files that a crash left behind."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock, housekeeping
from app.audit import AuditEvent
from app.extensions import db
from app.ids import new_id
from app.interviews.models import Attempt
from app.recording.models import Answer, StageRun, StageState, Take
from app.recording.upload.incoming import part_key
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import set_stages
from tests.recording.candidate import RECORDING, Candidate, fresh
from tests.recording.uploading import acknowledged, known_keys, stored_keys

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    """The current time."""
    return clock.now()


def sweep(now: datetime) -> int:
    return housekeeping.complete_abandoned(now)


def set_deadline(attempt: Attempt, deadline: datetime) -> None:
    with transaction() as session:
        session.get_one(Attempt, attempt.id).interview.deadline_at = deadline


def is_waiting_to_be_assembled(take: Take) -> bool:
    return db.session.scalar(select(StageRun.state).where(StageRun.take_id == take.id)) == StageState.PENDING


def test_take_of_a_recording_candidate_is_not_completed(candidate: Candidate, attempt: Attempt, now: datetime) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    set_deadline(attempt, now - HOUR)
    assert sweep(now + 2 * HOUR) == 0
    assert fresh(take).complete_at is None


def test_an_interrupted_take_waits_for_its_candidate_while_the_interview_is_open(
    candidate: Candidate, now: datetime
) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    assert sweep(now + 6 * DAY) == 0
    assert fresh(take).complete_at is None


def sent(candidate: Candidate, take: Take, told: str) -> None:
    """Choose a take and send the answers. `told` is the form value that names the missing seconds."""
    candidate.keep(take)
    assert candidate.client.submit("/interview/submit", {"unanswered": "1 2 3", "told": told}).status_code == 303


def test_a_take_that_was_sent_and_never_stopped_reaches_reviewers_after_an_hour_and_stays_open(
    candidate: Candidate, now: datetime
) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    sent(candidate, take, "1:?")
    assert sweep(now + HOUR / 2) == 0
    assert sweep(now + HOUR + HOUR / 4) == 1
    assert (fresh(take).complete_at is not None, take.closed_at, take.is_whole) == (True, None, False)
    assert is_waiting_to_be_assembled(take)
    assert candidate.tus.patch(address, len(RECORDING), b" and more").status_code == 204
    assert fresh(take).complete_at is None
    assert acknowledged(address) == RECORDING + b" and more"


def test_the_hour_begins_with_sending_and_with_each_part(candidate: Candidate, attempt: Attempt, now: datetime) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    with transaction() as session:
        for upload in session.get_one(Take, take.id).uploads:
            upload.active_at = now - 3 * HOUR
        session.get_one(Take, take.id).started_at = now - 4 * HOUR
    sent(candidate, take, "1:?")
    assert sweep(now + HOUR / 2) == 0
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = now - 2 * HOUR
    candidate.tus.patch(address, len(RECORDING), b" and more")
    assert sweep(now + HOUR / 2) == 0
    assert sweep(now + 2 * HOUR) == 1


def test_seconds_that_are_known_to_be_missing_are_waited_for_for_a_day_after_sending(
    candidate: Candidate, now: datetime
) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    candidate.stop(take, (1, len(RECORDING) + 1000))
    sent(candidate, take, "1:1")
    assert sweep(now + 2 * HOUR) == 0
    assert sweep(now + DAY + HOUR) == 1


def test_after_the_deadline_what_was_acknowledged_becomes_a_recording(
    candidate: Candidate, attempt: Attempt, now: datetime
) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.tus.patch(address, len(RECORDING), b" and more", Fairtake_Recorded_Ms=55_000)
    set_deadline(attempt, now + HOUR)
    assert sweep(now + DAY + HOUR) >= 1
    assert fresh(take).complete_at is not None
    assert (take.is_whole, take.recorded_ms) == (False, 55_000)
    assert is_waiting_to_be_assembled(take)
    assert acknowledged(address) == RECORDING + b" and more"


def test_an_upload_that_has_expired_is_assembled_as_far_as_it_came(candidate: Candidate, now: datetime) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    assert sweep(now + 8 * DAY) == 1
    assert is_waiting_to_be_assembled(fresh(take))


def test_bytes_of_a_finished_recording_may_come_a_day_late(
    candidate: Candidate, attempt: Attempt, now: datetime
) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    candidate.stop(take, (1, 1000))
    set_deadline(attempt, now)
    assert sweep(now + DAY - HOUR) == 0
    assert fresh(take).complete_at is None
    sweep(now + DAY + HOUR)
    assert fresh(take).complete_at is not None


def test_a_take_that_brought_nothing_is_removed_after_a_week_and_costs_no_retake(
    candidate: Candidate, now: datetime
) -> None:
    take = candidate.begin()
    candidate.tus.begin(take)
    assert sweep(now + 6 * DAY) == 0
    assert sweep(now + 8 * DAY) == 1
    assert fresh(take).removed_at is not None
    assert sweep(now + 9 * DAY) == 0
    for _ in range(3):
        candidate.record()


def test_a_stopped_take_without_a_byte_is_waited_for_for_a_week(candidate: Candidate, now: datetime) -> None:
    take = candidate.begin()
    candidate.stop(take, (1, 1000))
    assert sweep(now + 6 * DAY) == 0
    assert sweep(now + 8 * DAY) == 1
    assert fresh(take).removed_at is not None


def test_an_answer_of_which_nothing_ever_came_is_said_to_have_failed(candidate: Candidate, now: datetime) -> None:
    take = candidate.begin()
    candidate.stop(take, (1, 1000))
    candidate.keep(take)
    assert sweep(now + 8 * DAY) == 1
    assert is_waiting_to_be_assembled(fresh(take))
    assert not take.is_whole


def test_an_attempt_that_was_never_sent_is_sent_a_day_after_its_deadline(
    candidate: Candidate, attempt: Attempt, now: datetime
) -> None:
    older, newer, kept = candidate.record(0), candidate.record(0), candidate.record(1)
    candidate.keep(kept)
    set_deadline(attempt, now)
    assert sweep(now + DAY - HOUR) == 0
    assert sweep(now + DAY + HOUR) == 1
    sent = db.session.get_one(Attempt, attempt.id)
    assert sent.submitted_at is not None
    assert sent.receipt
    answers = set(db.session.scalars(select(Answer.take_id).where(Answer.attempt_id == attempt.id)))
    assert answers == {newer.id, kept.id}
    assert fresh(older).removed_at is None
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "interview submitted")).one()
    assert (event.actor_kind, event.details["answers"]) == ("system", 2)
    assert sweep(now + 2 * DAY) == 0


def test_a_recording_of_which_nothing_has_arrived_is_sent_with_the_others_and_may_still_come(
    candidate: Candidate, attempt: Attempt, now: datetime
) -> None:
    candidate.record(0)
    late = candidate.begin(1)
    address = candidate.begin_segment(late)
    set_deadline(attempt, now)
    assert sweep(now + DAY + HOUR) == 1
    assert late.id in db.session.scalars(select(Answer.take_id)).all()
    assert candidate.tus.patch(address, 0, RECORDING, Upload_Length=len(RECORDING)).status_code == 204
    assert candidate.stop(late, (1, len(RECORDING))).status_code == 200
    assert fresh(late).is_whole


def test_stopped_recording_of_which_nothing_has_arrived_is_sent_with_the_others_and_may_still_come(
    candidate: Candidate, attempt: Attempt, now: datetime
) -> None:
    candidate.record(0)
    late = candidate.begin(1)
    address = candidate.begin_segment(late)
    assert candidate.stop(late, (1, len(RECORDING))).status_code == 200
    set_deadline(attempt, now)
    assert sweep(now + DAY + HOUR) == 1
    assert late.id in db.session.scalars(select(Answer.take_id)).all()
    assert candidate.tus.patch(address, 0, RECORDING, Upload_Length=len(RECORDING)).status_code == 204
    assert fresh(late).is_whole


def test_an_interrupted_answer_of_someone_who_never_returns_reaches_a_reviewer(
    candidate: Candidate, attempt: Attempt, now: datetime
) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    set_deadline(attempt, now)
    sweep(now + DAY + HOUR)
    sweep(now + DAY + 2 * HOUR)
    assert db.session.get_one(Attempt, attempt.id).submitted_at is not None
    assert db.session.scalars(select(Answer.take_id)).all() == [take.id]


@pytest.mark.parametrize(("version", "is_sent"), [("1-en", False), ("2", True), ("2-ar", True), ("3-en", True)])
def test_an_attempt_is_sent_if_the_text_that_was_agreed_to_says_so(
    candidate: Candidate, attempt: Attempt, now: datetime, version: str, is_sent: bool
) -> None:
    candidate.record()
    with transaction() as session:
        session.get_one(Attempt, attempt.id).consent_version = version
    set_deadline(attempt, now)
    sweep(now + 2 * DAY)
    assert (db.session.get_one(Attempt, attempt.id).submitted_at is not None) is is_sent


@pytest.mark.parametrize("why", ["nothing recorded", "unreadable", "cancelled", "consent withdrawn"])
def test_an_attempt_with_nothing_to_send_is_not_sent(
    candidate: Candidate, attempt: Attempt, now: datetime, why: str
) -> None:
    take = candidate.begin() if why == "nothing recorded" else candidate.record()
    if why == "unreadable":
        set_stages(take.id, StageState.FAILED)
    with transaction() as session:
        changed = session.get_one(Attempt, attempt.id)
        changed.interview.deadline_at = now
        if why == "cancelled":
            changed.invitation.cancelled_at = now
        if why == "consent withdrawn":
            changed.consent_version = None
    sweep(now + 2 * DAY)
    assert db.session.get_one(Attempt, attempt.id).submitted_at is None


def test_a_part_without_a_row_is_removed_once_it_is_old(candidate: Candidate, now: datetime) -> None:
    take = candidate.begin()
    address = candidate.send(take)
    orphan = part_key(address.rsplit("/", 1)[1], 26, now)
    strange = part_key(new_id(), 0, now)
    for key in (orphan, strange):
        get_storage().put(key, b"nobody")
    assert housekeeping.remove_orphans(now + HOUR) == 0
    assert housekeeping.remove_orphans(now + DAY + HOUR) == 2
    assert stored_keys() == known_keys()
    assert acknowledged(address) == RECORDING


def test_a_foreign_file_in_the_parts_folder_is_not_an_orphan(candidate: Candidate, now: datetime) -> None:
    get_storage().put("parts/readme", b"left here by a person")
    assert housekeeping.remove_orphans(now + 30 * DAY) == 0
    assert get_storage().size("parts/readme") == 21
