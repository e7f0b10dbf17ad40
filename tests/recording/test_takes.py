"""Takes are started over HTTP. A refused request changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take
from app.transaction import transaction
from tests.factories import make_attempt, make_interview, make_question_row
from tests.recording.candidate import SIZE, Candidate, actions_on, change_attempt


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
    change_attempt(attempt, **fields)
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


def test_an_untimed_question_warns_of_nothing(client: Any, app: Any) -> None:
    interview = make_interview()
    with transaction() as session:
        session.add(untimed := make_question_row(4, recording_seconds=None, interview_id=interview.id))
    candidate = Candidate(client, make_attempt(interview))
    candidate.questions = [untimed.id]
    limits = (candidate.start().json or {})["limits"]
    assert limits == {"recording_seconds": None, "warn_at": [], "more_time": None}
