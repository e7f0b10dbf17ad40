"""The report on a period counts which grants were in force, which were used, and which candidates did not complete."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.accommodations import services as accommodations
from app.accommodations.models import Source
from app.accommodations.rules import Given, Kind
from app.audit import Actor
from app.compliance import reports
from app.compliance.reports import Report, ReportScope
from app.extensions import db
from app.interviews.models import Attempt, Interview, Invitation
from app.recording.thinking_models import ThinkingTime
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_take

COORDINATOR = Actor("staff", "cora")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def interview(app: Flask) -> Interview:
    """An interview with two minutes to record, one minute to think, two retakes, and a deadline in three days."""
    return make_interview(deadline_at=NOON + 3 * DAY)


def begun(
    interview: Interview, *given: Given, at: datetime = NOON, until: datetime | None = None, **fields: Any
) -> Attempt:
    """Make a candidate who has begun, with accommodations that are granted at the time `at` and end at `until`."""
    attempt = make_attempt(interview, started_at=NOON, **fields)
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        submitted, found.submitted_at = found.submitted_at, None
        for each in given:
            accommodations.give(session, found, each, source=Source.DECISION, actor=COORDINATOR, now=at)
        for grant in accommodations.grants_of(session, attempt.id) if until else []:
            accommodations.end(session, found, grant, actor=COORDINATOR, now=until)
        found.submitted_at = submitted
    return attempt


def take(attempt: Attempt, at: datetime = NOON + HOUR, **fields: Any) -> None:
    make_take(attempt, started_at=at, **{"stopped_at": at + timedelta(minutes=5), "recorded_ms": 60_000, **fields})


def report(now: datetime = NOON + 4 * DAY) -> Report:
    scope = ReportScope(None, date(2026, 11, 1), date(2026, 11, 30))
    return reports.make(db.session(), scope, target_hours=24, now=now)


def use() -> tuple[int, int, int]:
    found = report().use
    return found.given, found.in_force, found.used


LONGER = Given(Kind.RECORDING_TIME, 200)


def test_grant_without_a_take_was_not_in_force(interview: Interview) -> None:
    begun(interview, LONGER)
    assert use() == (1, 0, 0)


def test_take_within_the_standard_did_not_use_the_grant(interview: Interview) -> None:
    take(begun(interview, LONGER), recorded_ms=120_500)
    assert use() == (1, 1, 0)


def test_longer_take_used_the_grant(interview: Interview) -> None:
    take(begun(interview, LONGER), recorded_ms=150_000)
    assert use() == (1, 1, 1)


def test_more_time_does_not_count_as_use_of_a_grant(interview: Interview) -> None:
    take(begun(interview, LONGER), recorded_ms=150_000, more_time_presses=2)
    assert use() == (1, 1, 0)


def test_grant_that_ended_before_the_take_was_not_in_force(interview: Interview) -> None:
    take(begun(interview, LONGER, until=NOON + HOUR / 2), recorded_ms=150_000)
    assert use() == (1, 0, 0)


def test_grant_during_the_take_was_in_force(interview: Interview) -> None:
    take(begun(interview, LONGER, at=NOON + HOUR + timedelta(minutes=1)), recorded_ms=150_000)
    assert use() == (1, 1, 1)


def test_grant_is_not_used_by_exceeding_another_kind(interview: Interview) -> None:
    take(begun(interview, Given(Kind.RETAKES, 2)), recorded_ms=150_000)
    assert use() == (1, 1, 0)


@pytest.mark.parametrize(("number", "used"), [(3, 0), (4, 1)])
def test_a_take_beyond_the_standard_number_used_retakes(interview: Interview, number: int, used: int) -> None:
    take(begun(interview, Given(Kind.RETAKES, 2)), number=number)
    assert use() == (1, 1, used)


@pytest.mark.parametrize(("seconds", "presses", "used"), [(59, 0, 0), (75, 0, 1), (75, 1, 0), (95, 1, 1)])
def test_thinking_for_longer_used_thinking_time(interview: Interview, seconds: int, presses: int, used: int) -> None:
    attempt = begun(interview, Given(Kind.THINKING_TIME, 300))
    began = NOON + HOUR
    with transaction() as session:
        question = session.get_one(Attempt, attempt.id).interview.questions[0].id
        session.add(ThinkingTime(attempt_id=attempt.id, question_id=question, begun_at=began, presses=presses))
    take(attempt, began + timedelta(seconds=seconds))
    assert use() == (1, 1, used)


@pytest.mark.parametrize(("days", "used"), [(2, 0), (4, 1)])
def test_sending_after_the_standard_deadline_used_a_later_deadline(interview: Interview, days: int, used: int) -> None:
    begun(interview, Given(Kind.DEADLINE, 5), submitted_at=NOON + days * DAY)
    assert use() == (1, 1, used)


@pytest.mark.parametrize("kind", [Kind.HUMAN, Kind.OTHER])
def test_unmeasured_kind_counts_only_as_given(interview: Interview, kind: Kind) -> None:
    take(begun(interview, Given(kind)), recorded_ms=150_000)
    assert use() == (1, 0, 0)


def completed(now: datetime = NOON + 4 * DAY) -> tuple[int | None, int | None]:
    everyone = report(now).everyone
    return everyone.per_cent, everyone.of


def test_candidate_with_time_left_is_not_counted(interview: Interview) -> None:
    for _ in range(10):
        begun(interview, submitted_at=NOON + HOUR)
        begun(interview)
    assert completed(now=NOON + DAY) == (95, 10)
    assert completed(now=NOON + 4 * DAY) == (50, 20)


def test_candidate_with_paused_deadline_or_human_alternative_or_cancelled_link_is_not_counted(
    interview: Interview,
) -> None:
    for _ in range(10):
        begun(interview, submitted_at=NOON + HOUR)
        begun(interview, waiting_since=NOON)
        begun(interview, Given(Kind.HUMAN))
        called_off = begun(interview)
        with transaction() as session:
            session.get_one(Invitation, called_off.invitation_id).cancelled_at = NOON
    assert completed() == (95, 10)


def test_candidate_who_declined_or_missed_the_deadline_is_counted(interview: Interview) -> None:
    for _ in range(5):
        begun(interview, submitted_at=NOON + HOUR)
        begun(interview, declined_at=NOON)
        begun(make_interview(deadline_at=None))
    assert completed(now=NOON + DAY) == (35, 15)
