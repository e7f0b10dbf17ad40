"""After the system clock jumps, nothing irreversible happens until it has run steadily for some hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import clock_watch, pipeline
from app.audit import AuditEvent, verify
from app.clock_watch import LEAP, STEADY
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Media
from app.transaction import transaction
from tests.compliance.test_retention import DAYS, keep_an_answer
from tests.factories import NOON, make_attempt, make_interview

pytestmark = pytest.mark.usefixtures("app")
YEAR = timedelta(days=366)
MINUTE = timedelta(minutes=1)


def look(at: datetime) -> bool:
    with transaction() as session:
        return clock_watch.is_steady(session, now=at)


def sweep_for(duration: timedelta, since: datetime) -> None:
    """Sweep like the worker, but every three hours. Steps of this size do not count as jumps of the clock."""
    at = since
    while at <= since + duration:
        pipeline.sweep(at)
        at += timedelta(hours=3)


@pytest.mark.parametrize("leap", [LEAP + MINUTE, YEAR, -LEAP - MINUTE, -YEAR])
def test_clock_is_trusted_again_some_hours_after_a_jump(leap: timedelta) -> None:
    assert look(NOON)
    landed = NOON + leap
    assert not look(landed)
    assert not look(landed + STEADY - MINUTE)
    assert look(landed + STEADY)


@pytest.mark.parametrize("step", [timedelta(0), MINUTE, LEAP, -MINUTE])
def test_night_and_small_correction_are_not_jumps(step: timedelta) -> None:
    assert look(NOON)
    assert look(NOON + step)


def test_clock_set_a_year_ahead_and_back_deletes_and_sends_nothing() -> None:
    keep_an_answer(submitted_at=NOON)
    unsent = make_attempt(make_interview(questions=1, deadline_at=NOON + timedelta(days=7)))
    events = db.session.scalar(select(func.count(AuditEvent.number)))
    pipeline.sweep(NOON)
    sweep_for(STEADY - MINUTE, NOON + YEAR)
    pipeline.sweep(NOON + MINUTE)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Media.id))) == 1
    assert db.session.get_one(Attempt, unsent.id).submitted_at is None
    assert db.session.scalar(select(func.count(AuditEvent.number))) == events
    assert verify(db.session()).is_whole


def test_due_answers_are_deleted_some_hours_after_the_machine_was_off() -> None:
    keep_an_answer(submitted_at=NOON)
    pipeline.sweep(NOON)
    sweep_for(STEADY, NOON + timedelta(days=DAYS, hours=1))
    db.session.rollback()
    assert db.session.scalar(select(func.count(Media.id))) == 0
