"""Attempts sent before their questions were stored: the migration restores the questions from the database and the log."""

from __future__ import annotations

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app import housekeeping
from app.accounts.models import Role
from app.audit import Actor, AuditAction, record
from app.compliance import erasure_run
from app.extensions import db
from app.interviews import manage_services
from app.interviews import services as interviews
from app.interviews.asked import asked_of
from app.interviews.manage_services import QuestionDetails
from app.interviews.models import Attempt, Interview, Question
from app.recording.answers import choose_text
from app.recording.models import Take
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer
from tests.factories import NOON, make_attempt, make_interview, make_take, make_user


def answer_and_send(attempt: Attempt, question: Question) -> str:
    with transaction() as session:
        actor = Actor("candidate", attempt.id)
        answer = choose_text(session, attempt.id, question.id, "So.", actor=actor, now=NOON)
        interviews.submit_attempt(session, session.get_one(Attempt, attempt.id), answers=1, now=NOON)
        return answer.id


def migrate_again() -> None:
    db.session.rollback()
    db.session.expire_all()
    downgrade(revision="0022")
    upgrade()


def test_a_sent_attempt_was_asked_all_questions_that_existed_then(app: Flask) -> None:
    coordinator = make_user(Role.COORDINATOR)
    interview = make_interview(questions=2)
    with transaction() as session:
        manage_services.record_change(session, session.get_one(Interview, interview.id), coordinator, NOON)
    early = make_attempt(interview)
    answer_and_send(early, interview.questions[0])
    with transaction() as session:
        loaded = manage_services.load_interview(session, interview.id)
        details = QuestionDetails("Third?", None, None, None)
        manage_services.add_question(session, loaded, details, actor=coordinator, now=NOON)
    late, open_ = make_attempt(interview), make_attempt(interview)
    answer_and_send(late, interview.questions[1])
    migrate_again()
    asked = [asked_of(db.session.get_one(Attempt, each.id)) for each in (early, late)]
    assert [[each.prompt for each in one] for one in asked] == [
        ["Question number 1?", "Question number 2?"],
        ["Question number 1?", "Question number 2?", "Third?"],
    ]
    assert [(each.number, each.language) for each in asked[1]] == [(1, "en"), (2, "en"), (3, "en")]
    assert db.session.get_one(Attempt, open_.id).asked is None


def test_answers_that_were_deleted_are_found_by_the_log(app: Flask) -> None:
    kept, erased = make_attempt(), make_attempt()
    ids = {attempt.id: answer_and_send(attempt, attempt.interview.questions[1]) for attempt in (kept, erased)}
    assert housekeeping.delete_what_is_due(NOON.replace(year=2030)) == 2
    erasure_run.erase(erased.invitation_id, actor=Actor("system", "test"), now=NOON)
    migrate_again()
    assert [each.answer_id for each in asked_of(db.session.get_one(Attempt, kept.id))] == [None, ids[kept.id], None]
    assert db.session.scalar(text("SELECT answers FROM erasure")) in (f'["{ids[erased.id]}"]', [ids[erased.id]])


def test_lengths_that_nobody_counted_are_unknown_and_measured_ones_are_kept(app: Flask) -> None:
    take = make_take(stopped_at=NOON, recorded_ms=0)
    add_media(take.id, duration_ms=45_000)
    make_answer(make_attempt(), text="So.")
    with transaction() as session:
        record(
            session, AuditAction.TAKE_STOPPED, actor=Actor("system", "test"), subject=("take", take.id), now=NOON,
            recorded_ms=0,
        )  # fmt: skip
    migrate_again()
    found = db.session.get_one(Take, take.id)
    assert (found.recorded_ms, found.measured_ms, found.asked_number) == (None, 45_000, 1)
