"""Bytes that arrive late are added to the answer, until a reviewer has been shown the end of the answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import clock, housekeeping, pipeline
from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.arrival import ArrivalProgress
from app.recording.models import Answer, Media, Stage, StageRun, Take
from app.recording.processing import Claim, LeaseLostError
from app.recording.question_status import task_list
from app.recording.recorder_reports import SegmentReport, merged
from app.recording.viewing import note_viewing
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import ANSWER, make_user
from tests.recording.candidate import RECORDING, SIZE, Candidate, fresh, go_on
from tests.recording.uploading import acknowledged, upload_at

MUCH_LATER = timedelta(days=31)


def give_up() -> None:
    """Complete abandoned takes with the bytes that have arrived, as the sweeper does."""
    housekeeping.complete_abandoned(clock.now() + MUCH_LATER)


def assemble_stage(take: Take) -> str:
    db.session.rollback()
    return db.session.get_one(StageRun, (take.id, str(Stage.ASSEMBLE))).state


def open_as_reviewer(take: Take) -> None:
    user = make_user(Role.REVIEWER)
    with transaction() as session:
        answer = session.query(Answer).filter_by(take_id=take.id).one()
        note_viewing(session, session.get_one(StaffUser, user.id), answer, now=clock.now())


def test_a_take_that_was_given_up_takes_the_rest_and_is_whole_again(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    give_up()
    assert (fresh(take).complete_at is not None, take.is_whole, take.closed_at) == (True, False, None)
    assert candidate.tus.patch(address, SIZE, b" and more").status_code == 204
    assert fresh(take).complete_at is None
    end = SIZE + len(b" and more")
    candidate.stop(take, (1, end))
    assert (fresh(take).complete_at is not None, take.is_whole, take.closed_at is not None) == (True, True, True)
    assert acknowledged(address) == RECORDING + b" and more"


def test_the_end_that_is_declared_after_giving_up_makes_it_whole(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    give_up()
    assert candidate.tus.patch(address, SIZE, b"", Upload_Length=SIZE).status_code == 204
    assert (fresh(take).complete_at is not None, take.is_whole) == (True, True)


def test_a_session_that_the_server_never_saw_is_added_after_giving_up(candidate: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take)
    give_up()
    later = candidate.send(take, b"recorded off line", segment=2)
    assert acknowledged(later) == b"recorded off line"
    assert fresh(take).is_whole


def test_the_stages_begin_again_and_a_worker_that_was_at_it_is_fenced_off(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    give_up()
    with transaction() as session:
        lease = processing.claim_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    assert lease
    candidate.tus.patch(address, SIZE, b"more", Upload_Length=SIZE + 4)
    assert assemble_stage(take) == "pending"
    with pytest.raises(LeaseLostError), transaction() as session:
        processing.finish_stage(session, take.id, Stage.ASSEMBLE, lease, now=clock.now())
    with pytest.raises(LeaseLostError), transaction() as session:
        processing.fail_stage(session, Claim(take.id, Stage.ASSEMBLE, lease), "killed", now=clock.now(), retry=True)


def test_parts_of_an_open_take_stay_after_assembling_and_go_when_all_is_there(candidate: Candidate) -> None:
    recording, cut = ANSWER.read_bytes(), 40_000
    take = candidate.begin()
    address = candidate.send(take, recording[:cut], ended=False)
    give_up()
    assert pipeline.run_stage("assemble", take.id)
    partial = db.session.query(Media).filter_by(take_id=take.id).one().duration_ms
    candidate.tus.patch(address, cut, recording[cut:], Upload_Length=len(recording))
    assert acknowledged(address) == recording
    assert pipeline.run_stage("assemble", take.id)
    db.session.rollback()
    assert db.session.query(Media).filter_by(take_id=take.id).one().duration_ms > partial
    assert upload_at(address).parts == []
    assert fresh(take).is_whole


def test_once_a_reviewer_was_shown_the_end_nothing_is_added(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.keep(take)
    give_up()
    open_as_reviewer(take)
    assert fresh(take).closed_at is None  # no file has been made yet, so no reviewer has seen where the answer ends
    add_media(take.id)
    open_as_reviewer(take)
    assert fresh(take).closed_at is not None
    assert candidate.tus.patch(address, SIZE, b"more").status_code == 410
    assert acknowledged(address) == RECORDING


def test_a_reviewer_who_comes_while_the_rest_arrives_closes_nothing(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.keep(take)
    give_up()
    add_media(take.id)
    candidate.tus.patch(address, SIZE, b"mo")
    open_as_reviewer(take)
    assert candidate.tus.patch(address, SIZE + 2, b"re").status_code == 204


def test_a_second_stop_adds_what_the_first_did_not_know(candidate: Candidate) -> None:
    take = candidate.begin()
    phone = candidate.send(take, b"phone", segment=1, ended=False)
    candidate.send(take, b"laptop", segment=2)
    candidate.stop(take, (2, 6))
    assert (fresh(take).complete_at is not None, take.is_whole, take.closed_at) == (True, False, None)
    candidate.stop(take, (1, 12))
    assert candidate.tus.patch(phone, 5, b" online").status_code == 204
    assert (fresh(take).complete_at is not None, take.is_whole) == (True, True)


def test_take_is_incomplete_while_the_upload_of_another_recorder_is_empty(
    candidate: Candidate, laptop: Candidate
) -> None:
    take = candidate.begin()
    first = candidate.send(take, ended=False)
    go_on(laptop, take)
    second = laptop.begin_segment(take, 2)
    give_up()
    assert candidate.tus.patch(first, SIZE, b"", Upload_Length=SIZE).status_code == 204
    assert (fresh(take).complete_at is not None, take.is_whole, take.closed_at) == (True, False, None)
    assert laptop.tus.patch(second, 0, b"the laptop", Upload_Length=10).status_code == 204
    assert acknowledged(second) == b"the laptop"
    assert (fresh(take).complete_at is not None, take.is_whole) == (True, True)


def test_a_take_does_not_wait_for_an_upload_that_an_unnamed_client_began_twice(candidate: Candidate) -> None:
    take = candidate.begin()
    candidate.tus.begin(take)
    address = candidate.tus.begin(take)
    candidate.tus.patch(address, 0, RECORDING, Upload_Length=SIZE)
    assert candidate.post(f"/interview/takes/{take.id}/stop", {"recorded_ms": 1000}).status_code == 200
    assert (fresh(take).complete_at is not None, take.is_whole) == (True, True)


@pytest.mark.parametrize("is_given_up", [True, False])
def test_take_is_incomplete_until_the_continuing_recorder_reports(
    candidate: Candidate, laptop: Candidate, attempt: Attempt, is_given_up: bool
) -> None:
    take = candidate.begin()
    first = candidate.send(take, ended=False)
    go_on(laptop, take)
    if is_given_up:
        give_up()
        candidate.tus.patch(first, SIZE, b"", Upload_Length=SIZE)
    else:
        candidate.stop(take, (1, SIZE), reason="kept")
    assert (fresh(take).complete_at is not None, take.is_whole, take.closed_at) == (True, False, None)
    assert coming(attempt) == ArrivalProgress(0, 0, is_open=True)
    second = laptop.send(take, b"the laptop", segment=2)
    assert acknowledged(second) == b"the laptop"
    laptop.stop(take, (2, 10))
    assert fresh(take).closed_at is not None


def test_a_take_does_not_wait_for_a_continuing_recorder_that_recorded_nothing(
    candidate: Candidate, laptop: Candidate
) -> None:
    take = candidate.begin()
    candidate.send(take)
    go_on(laptop, take)
    laptop.stop(take)
    assert (fresh(take).complete_at is not None, take.is_whole) == (True, True)


def test_missing_milliseconds_are_known_once_the_recorder_has_stopped(candidate: Candidate, attempt: Attempt) -> None:
    take = candidate.begin()
    address = candidate.tus.begin(take, segment="1", session="one")
    candidate.tus.patch(address, 0, RECORDING, Fairtake_Recorded_Ms=2000)
    assert coming(attempt) == ArrivalProgress(2000, 0, is_open=True)
    body = {"recorded_ms": 14_000, "segments": [{"segment": 1, "bytes": SIZE + 9, "recorded_ms": 14_000}]}
    candidate.post(f"/interview/takes/{take.id}/stop", body)
    assert coming(attempt) == ArrivalProgress(2000, 12_000, is_open=False)
    candidate.keep(take)
    assert coming(attempt) == ArrivalProgress(2000, 12_000, is_open=False)
    candidate.tus.patch(address, SIZE, b"the rest.", Fairtake_Recorded_Ms=14_000)
    assert coming(attempt) is None


def coming(attempt: Attempt) -> ArrivalProgress | None:
    db.session.rollback()
    return task_list(db.session(), db.session.get_one(Attempt, attempt.id))[0].coming


def test_reports_are_merged_by_segment() -> None:
    both = merged(
        [SegmentReport(1, 5, 100), SegmentReport(3, 9, 9)], [SegmentReport(2, 4, 50), SegmentReport(1, 7, 80)]
    )
    assert both == [SegmentReport(1, 7, 100), SegmentReport(2, 4, 50), SegmentReport(3, 9, 9)]
