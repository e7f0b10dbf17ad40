"""Takes over HTTP: starting, stopping and completing them. A refused request changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.audit import AuditEvent
from app.extensions import db
from app.interviews.models import Attempt, Question
from app.recording import rules
from app.recording.models import StageRun, Take
from app.transaction import transaction
from tests.factories import enter, make_attempt, make_interview, make_question_row
from tests.recording.candidate import RECORDING, Candidate, fresh
from tests.recording.uploading import acknowledged, upload_at

SIZE = len(RECORDING)


def stages_of(take: Take) -> list[tuple[str, str]]:
    """Return the stages of a take and their states."""
    db.session.rollback()
    rows = db.session.execute(select(StageRun.stage, StageRun.state).where(StageRun.take_id == take.id))
    return [(stage, state) for stage, state in rows]


def actions_on(subject_id: str) -> list[str]:
    """Return the actions in the audit log for an object."""
    return list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == subject_id)))


def change(attempt: Attempt, **fields: Any) -> None:
    with transaction() as session:
        for name, value in fields.items():
            setattr(session.get_one(Attempt, attempt.id), name, value)


def test_a_take_begins_with_a_snapshot_of_the_limits_in_force(candidate: Candidate) -> None:
    response = candidate.start()
    assert response.status_code == 201
    body = response.json or {}
    assert (body["number"], body["limits"]) == (
        1,
        {"recording_seconds": 120, "warn_at": [60, 30, 10], "more_time": {"left": 10, "seconds": 20}},
    )
    take = db.session.get_one(Take, body["take_id"])
    assert take.limits == {"recording_seconds": 120, "thinking_seconds": 60, "retakes": 2}
    assert actions_on(take.id) == ["take started"]


def test_a_take_that_has_brought_nothing_is_used_again(candidate: Candidate) -> None:
    first, again = candidate.start(), candidate.start(kind="audio")
    assert (first.status_code, again.status_code) == (201, 200)
    take_id = (first.json or {})["take_id"]
    assert (again.json or {})["take_id"] == take_id
    assert db.session.get_one(Take, take_id).kind == "audio"


def test_a_limit_that_changed_meanwhile_holds_for_a_take_that_is_used_again(candidate: Candidate) -> None:
    take = candidate.begin()
    with transaction() as session:
        session.get_one(Take, take.id).question.recording_seconds = None
    assert candidate.begin().limits["recording_seconds"] is None
    assert actions_on(take.id) == ["take started", "take started"]


def test_retakes_run_out_and_every_take_stays(candidate: Candidate) -> None:
    takes = [candidate.record() for _ in range(3)]
    assert [take.number for take in takes] == [1, 2, 3]
    refused = candidate.start()
    assert refused.status_code == 409
    assert "used all your recordings" in (refused.json or {})["message"]
    assert all(fresh(take).removed_at is None for take in takes)


def test_an_interrupted_take_counts_as_a_take(candidate: Candidate) -> None:
    candidate.send(candidate.begin(), ended=False)
    assert candidate.begin().number == 2


def test_without_a_limit_of_retakes_their_number_is_still_bounded(
    candidate: Candidate, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        session.get_one(Attempt, attempt.id).interview.questions[0].retakes = None
    monkeypatch.setattr(rules, "MAX_TAKES", 2)
    candidate.record()
    candidate.record()
    assert candidate.start().status_code == 409


def test_a_take_of_no_known_kind_is_refused(candidate: Candidate) -> None:
    for kind in ("file", "hologram", "", None, 7, ["video"]):
        assert candidate.start(kind=kind).status_code == 422  # type: ignore[arg-type]
    assert candidate.post(f"/interview/questions/{candidate.questions[0]}/takes", ["video"]).status_code == 422


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"submitted_at": clock.now()}, 409),
        ({"consent_version": None, "consented_at": None}, 409),
    ],
)
def test_no_take_begins_after_sending_or_without_consent(
    candidate: Candidate, attempt: Attempt, fields: dict[str, Any], status: int
) -> None:
    change(attempt, **fields)
    assert candidate.start().status_code == status
    assert db.session.scalars(select(Take)).all() == []


def test_no_take_begins_after_the_deadline_and_one_that_began_before_it_is_finished(
    candidate: Candidate, attempt: Attempt, enqueued: list[tuple[str, str]]
) -> None:
    take = candidate.begin()
    with transaction() as session:
        session.get_one(Attempt, attempt.id).interview.deadline_at = clock.now() - timedelta(seconds=1)
    refused = candidate.start(1)
    assert refused.status_code == 410
    assert "kept" in (refused.json or {})["kept"]
    candidate.send(take)
    assert candidate.stop(take, (1, SIZE)).status_code == 200
    assert enqueued == [("assemble", take.id)]


def test_a_cancelled_invitation_begins_nothing(candidate: Candidate, attempt: Attempt) -> None:
    with transaction() as session:
        session.get_one(Attempt, attempt.id).invitation.cancelled_at = clock.now()
    assert candidate.start().status_code == 410


def test_a_question_of_another_interview_is_not_found(candidate: Candidate) -> None:
    candidate.questions = [question.id for question in make_interview().questions]
    assert candidate.start().status_code == 404
    candidate.questions = ["a" * 26]
    assert candidate.start().status_code == 404


def test_in_a_fixed_order_a_question_waits_for_those_before_it(client: Any, app: Any) -> None:
    attempt = make_attempt(make_interview(any_order=False))
    candidate = Candidate(client, attempt)
    assert candidate.start(1).status_code == 409
    candidate.record(0)
    assert candidate.start(1).status_code == 201


def test_a_start_without_its_token_is_refused(candidate: Candidate) -> None:
    address = f"/interview/questions/{candidate.questions[0]}/takes"
    response = candidate.client.post(address, json={"kind": "video"}, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.mimetype == "application/json"


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


def test_a_stop_with_nothing_recorded_costs_no_retake(candidate: Candidate) -> None:
    take = candidate.begin()
    assert candidate.stop(take).status_code == 200
    assert fresh(take).removed_at is not None
    assert candidate.stop(take).status_code == 200
    assert candidate.begin().number == 2
    assert [task["number"] for task in candidate.takes()] == []
    for _ in range(3):
        candidate.record()
    assert candidate.start().status_code == 409


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


def test_a_last_part_that_comes_twice_is_at_a_wrong_offset_and_not_refused_for_good(candidate: Candidate) -> None:
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
        {"recorded_ms": 1, "segments": [{"segment": rules.HIGHEST_SEGMENT + 1, "bytes": 1}]},
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
    first = [(number, 1) for number in range(1, rules.MAX_SEGMENTS + 1)]
    assert candidate.stop(take, *first).status_code == 200
    assert candidate.stop(take, (rules.MAX_SEGMENTS + 1, 1)).status_code == 422
    assert candidate.stop(take, *first).status_code == 200, "saying it again changes nothing"
    assert [one["segment"] for one in fresh(take).announced or ()] == [number for number, _ in first]


def test_anothers_take_and_none_at_all_get_the_same_answer(candidate: Candidate) -> None:
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


def test_an_untimed_question_warns_of_nothing(client: Any, app: Any) -> None:
    interview = make_interview()
    with transaction() as session:
        session.add(untimed := make_question_row(4, recording_seconds=None, interview_id=interview.id))
    candidate = Candidate(client, make_attempt(interview))
    candidate.questions = [untimed.id]
    limits = (candidate.start().json or {})["limits"]
    assert limits == {"recording_seconds": None, "warn_at": [], "more_time": None}


def test_retakes_offered_and_used_are_in_the_log(candidate: Candidate) -> None:
    first = candidate.begin()
    candidate.send(first)
    candidate.stop(first, (1, SIZE))
    candidate.begin_segment(candidate.begin())
    said = [(event.action, event.details) for event in db.session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id == first.attempt_id).order_by(AuditEvent.number))]  # fmt: skip
    left = first.limits["retakes"]
    assert said == [
        ("retake offered", {"question": first.question_id, "question_number": 1, "left": left}),
        ("retake used", {"question": first.question_id, "question_number": 1, "number": 2}),
    ]


def test_when_no_retake_is_left_none_is_offered(candidate: Candidate) -> None:
    take = candidate.begin()
    with transaction() as session:
        session.get_one(Question, take.question_id).retakes = 0
    candidate.send(take)
    candidate.stop(take, (1, SIZE))
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == take.attempt_id)).all()
    assert "retake offered" not in actions


def test_after_sending_or_the_deadline_a_stop_offers_no_retake(candidate: Candidate, attempt: Attempt) -> None:
    late, sent = candidate.begin(0), candidate.begin(1)
    candidate.send(late, ended=False)
    candidate.send(sent, ended=False)
    change(attempt, deadline_at=clock.now() - timedelta(minutes=1))
    assert candidate.stop(late, (1, SIZE)).status_code == 200
    change(attempt, deadline_at=None, submitted_at=clock.now())
    assert candidate.stop(sent, (1, SIZE)).status_code == 200
    assert fresh(late).stopped_at
    assert fresh(sent).stopped_at
    assert "retake offered" not in actions_on(attempt.id)
