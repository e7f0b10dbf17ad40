"""Retakes: which takes count, when none are left, and their events in the audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.audit import AuditEvent
from app.extensions import db
from app.interviews.models import Attempt, Question
from app.recording import rules
from app.transaction import transaction
from tests.recording.candidate import SIZE, Candidate, actions_on, change_attempt, fresh


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


def test_no_retake_is_offered_when_none_is_left(candidate: Candidate) -> None:
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
    change_attempt(attempt, deadline_at=clock.now() - timedelta(minutes=1))
    assert candidate.stop(late, (1, SIZE)).status_code == 200
    change_attempt(attempt, deadline_at=None, submitted_at=clock.now())
    assert candidate.stop(sent, (1, SIZE)).status_code == 200
    assert fresh(late).stopped_at
    assert fresh(sent).stopped_at
    assert "retake offered" not in actions_on(attempt.id)
