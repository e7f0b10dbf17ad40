"""Takes are stopped over HTTP, and are complete when everything has been sent. A refused request changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.recording import recorder_reports
from app.recording.models import StageRun, Take
from tests.factories import enter, make_attempt
from tests.recording.candidate import RECORDING, SIZE, Candidate, actions_on, fresh
from tests.recording.uploading import acknowledged, upload_at


def stages_of(take: Take) -> list[tuple[str, str]]:
    """Return the stages of a take and their states."""
    db.session.rollback()
    rows = db.session.execute(select(StageRun.stage, StageRun.state).where(StageRun.take_id == take.id))
    return [(stage, state) for stage, state in rows]


def test_a_take_is_complete_once_it_was_stopped_and_all_was_sent(
    candidate: Candidate, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    candidate.send(take)
    assert (fresh(take).complete_at, enqueued) == (None, [])
    assert candidate.stop(take, (1, SIZE)).json == {"take_id": take.id}
    assert fresh(take).complete_at is not None
    assert (take.is_whole, take.recorded_ms) == (True, 1000)
    assert enqueued == [("assemble", take.id)]
    assert stages_of(take) == [("assemble", "pending")]
    assert actions_on(take.id) == ["take started", "take stopped"]


def test_bytes_that_come_after_the_stop_complete_the_take(
    candidate: Candidate, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    address = candidate.tus.begin(take, segment="1", session="one")
    candidate.tus.patch(address, 0, RECORDING[:5])
    candidate.stop(take, (1, SIZE), (2, 4))
    candidate.tus.patch(address, 5, RECORDING[5:])
    assert enqueued == []
    candidate.send(take, b"more", segment=2)
    assert enqueued == [("assemble", take.id)]
    assert fresh(take).is_whole
    assert candidate.tus.head(address).headers["Upload-Length"] == str(SIZE)
    assert candidate.tus.patch(address, SIZE, b"", Upload_Length=SIZE).status_code == 204


def test_a_second_stop_changes_nothing(candidate: Candidate, enqueued: list[tuple[str, str]]) -> None:
    take = candidate.record()
    before = (take.stopped_at, take.recorded_ms, take.announced)
    assert candidate.stop(take, (1, 10**9), reason="kept").status_code == 200
    again = fresh(take)
    assert (again.stopped_at, again.recorded_ms, again.announced) == before
    assert len(enqueued) == 1


def test_a_session_that_lost_its_end_completes_a_take_that_says_so(
    candidate: Candidate, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.stop(take, (1, SIZE + 100))
    assert enqueued == []
    assert candidate.tus.patch(address, SIZE, b"", Upload_Length=SIZE).status_code == 204
    assert enqueued == [("assemble", take.id)]
    assert not fresh(take).is_whole


def test_an_interrupted_take_is_kept_as_it_is_when_the_person_says_so(
    candidate: Candidate, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.stop(take, (1, SIZE), reason="kept")
    assert enqueued == [("assemble", take.id)]
    assert not fresh(take).is_whole
    assert upload_at(address).length == SIZE


def test_a_session_on_another_device_is_kept_and_not_waited_for(
    candidate: Candidate, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    elsewhere = candidate.send(take, b"on the old phone", segment=1, ended=False)
    candidate.send(take, segment=2)
    candidate.stop(take, (2, SIZE))
    assert enqueued == [("assemble", take.id)]
    assert not fresh(take).is_whole
    assert acknowledged(elsewhere) == b"on the old phone"


def test_nothing_is_added_to_a_take_that_is_complete(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.stop(take, (1, SIZE), reason="kept")
    assert candidate.tus.patch(address, SIZE, b"late").status_code == 410
    assert candidate.tus.create(take, segment="2", session="two").status_code == 409
    assert candidate.tus.delete(address).status_code == 409
    assert candidate.tus.head(address).status_code == 200
    assert acknowledged(address) == RECORDING


def test_last_part_sent_twice_gets_a_conflict_and_not_a_final_refusal(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take, ended=False)
    candidate.stop(take, (1, SIZE))
    assert fresh(take).complete_at
    assert candidate.tus.patch(address, 0, RECORDING).status_code == 409
    found = candidate.tus.head(address)
    assert (found.headers["Upload-Offset"], found.headers["Upload-Length"]) == (str(SIZE), str(SIZE))
    assert acknowledged(address) == RECORDING


def test_after_a_stop_only_sessions_that_it_named_may_still_come(candidate: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take, ended=False)
    candidate.stop(take, (1, SIZE + 1), (2, 10))
    assert candidate.tus.create(take, segment="3", session="three").status_code == 409
    assert candidate.tus.create(take).status_code == 409
    assert candidate.tus.create(take, segment="2", session="two").status_code == 201


def test_an_ordinary_client_ends_its_upload_and_the_take_is_stopped_without_a_list(
    candidate: Candidate, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    address = candidate.tus.begin(take, length=SIZE)
    assert candidate.post(f"/interview/takes/{take.id}/stop", {"recorded_ms": 5}).status_code == 200
    assert enqueued == []
    candidate.tus.patch(address, 0, RECORDING)
    assert enqueued == [("assemble", take.id)]
    assert fresh(take).is_whole


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "stop",
        {},
        {"recorded_ms": -1},
        {"recorded_ms": "1000"},
        {"recorded_ms": True},
        {"recorded_ms": 1, "reason": "because"},
        {"recorded_ms": 1, "segments": "1,2"},
        {"recorded_ms": 1, "segments": [1]},
        {"recorded_ms": 1, "segments": [{"segment": 0, "bytes": 1}]},
        {"recorded_ms": 1, "segments": [{"segment": recorder_reports.HIGHEST_SEGMENT + 1, "bytes": 1}]},
        {"recorded_ms": 1, "segments": [{"segment": 2**52, "bytes": 1}]},
        {"recorded_ms": 1, "segments": [{"segment": 1, "bytes": -1}]},
        {"recorded_ms": 1, "segments": [{"segment": 1}]},
        {"recorded_ms": 1, "segments": [{"segment": 1, "bytes": 1}] * 1000},
        {"recorded_ms": 1e400, "segments": []},
    ],
)
def test_a_report_that_cannot_be_read_stops_nothing(candidate: Candidate, body: Any) -> None:
    take = candidate.begin()
    assert candidate.post(f"/interview/takes/{take.id}/stop", body).status_code == 422
    assert fresh(take).stopped_at is None


def test_reports_together_name_no_more_segments_than_a_take_can_have(candidate: Candidate) -> None:
    take = candidate.begin()
    candidate.send(take)
    first = [(number, 1) for number in range(1, recorder_reports.MAX_SEGMENTS + 1)]
    assert candidate.stop(take, *first).status_code == 200
    assert candidate.stop(take, (recorder_reports.MAX_SEGMENTS + 1, 1)).status_code == 422
    assert candidate.stop(take, *first).status_code == 200, "saying it again changes nothing"
    assert [one["segment"] for one in fresh(take).announced or ()] == [number for number, _ in first]


def test_take_of_another_candidate_and_missing_take_get_the_same_response(candidate: Candidate) -> None:
    take = candidate.begin()
    enter(candidate.client, make_attempt())
    theirs = candidate.stop(take, (1, 1))
    take.id = "a" * 26
    nobodys = candidate.stop(take, (1, 1))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json == nobodys.json


def test_a_recording_longer_than_its_limit_is_kept_whole(candidate: Candidate) -> None:
    take = candidate.begin()
    address = candidate.send(take)
    body = {"recorded_ms": 10**9, "reason": "limit", "segments": [{"segment": 1, "bytes": SIZE}]}
    assert candidate.post(f"/interview/takes/{take.id}/stop", body).status_code == 200
    assert fresh(take).is_whole
    assert acknowledged(address) == RECORDING
