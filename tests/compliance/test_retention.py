"""Answers and all their copies are deleted when the retention period of their interview ends, and not earlier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import housekeeping, pipeline
from app.accounts.models import Role
from app.audit import Actor, AuditEvent, verify
from app.captions.models import CaptionTrack, CueRow
from app.compliance import holds, retention
from app.extensions import db
from app.interviews.models import Attempt, Invitation
from app.recording import processing
from app.recording.models import Answer, Media, Stage, Take, Upload
from app.review.search import services as search
from app.sealing import get_sealer
from app.storage import get_storage
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_uploaded_take, make_user

DAYS = 30
DUE = NOON + timedelta(days=DAYS)


def keep_an_answer(**fields: object) -> Attempt:
    """Make an attempt with one indexed answer that has captions."""
    interview = make_interview(retention_days=DAYS)
    attempt = make_attempt(interview, **fields)
    take = make_uploaded_take(attempt=attempt)
    with transaction() as session:
        session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    with transaction() as session:
        search.index_attempt(session, attempt.id)
    return attempt


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.usefixtures("app")
def test_nothing_is_deleted_a_moment_before_its_time() -> None:
    keep_an_answer(submitted_at=NOON)
    assert housekeeping.delete_what_is_due(DUE - timedelta(seconds=1)) == 0
    assert count(Media) == 1


@pytest.mark.usefixtures("app")
def test_every_copy_is_deleted_after_the_retention_period_and_the_log_stays_intact() -> None:
    keep_an_answer(submitted_at=NOON)
    assert housekeeping.delete_what_is_due(DUE) == 1
    for model in (Answer, Media, Upload, CaptionTrack, CueRow):
        assert count(model) == 0, model.__name__
    assert list(get_storage().list("takes")) == []
    assert search.missing_from_index(db.session()) == []
    assert count(Take) == 1  # the row of the take is kept, so that its number is not used again
    assert verify(db.session()).is_whole
    assert db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)).all()[-1] == "take removed"
    assert housekeeping.delete_what_is_due(DUE) == 0


@pytest.mark.usefixtures("app")
def test_unsent_answers_are_deleted_too() -> None:
    keep_an_answer()
    assert housekeeping.delete_what_is_due(DUE) == 1


def test_dry_run_lists_due_attempts_and_deletes_nothing(app: Flask) -> None:
    attempt = keep_an_answer(submitted_at=NOON - timedelta(days=400))
    said = app.test_cli_runner().invoke(args=["retention", "run", "--dry-run"]).output
    assert attempt.id in said
    assert count(Media) == 1
    assert "Attempts whose answers were deleted: 1." in app.test_cli_runner().invoke(args=["retention", "run"]).output
    assert count(Media) == 0


@pytest.mark.usefixtures("app")
def test_hold_placed_after_the_list_was_made_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = keep_an_answer(submitted_at=NOON)
    listed = retention.due_attempts(db.session(), now=DUE)
    assert listed == [attempt.id]
    officer = Actor("staff", make_user(Role.COMPLIANCE).id)
    with transaction() as session:
        invitation = session.get_one(Invitation, attempt.invitation_id)
        holds.place(session, invitation, "A case.", sealer=get_sealer(), actor=officer, now=DUE)
    monkeypatch.setattr(retention, "due_attempts", lambda *_args, **_named: listed)
    assert housekeeping.delete_what_is_due(DUE) == 0
    assert count(Media) == 1


def test_deadline_at_the_end_of_the_calendar_does_not_stop_retention(app: Flask) -> None:
    make_uploaded_take(attempt=make_attempt(make_interview(deadline_at=datetime(9999, 12, 31, 23, tzinfo=UTC))))
    keep_an_answer(submitted_at=NOON)
    assert housekeeping.delete_what_is_due(DUE) == 1
    assert len(retention.plan(db.session(), now=NOON).rows) == 2
