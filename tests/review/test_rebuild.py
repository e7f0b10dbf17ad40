"""The search index can be thrown away and made again."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.review import search, search_index
from app.review.query import parse_query
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview


def found_in(interview_id: str, typed: str) -> list[str]:
    db.session.rollback()
    result = search.search_answers(
        db.session(), parse_query(typed), interviews=[db.session.get_one(Interview, interview_id)]
    )
    return [answer.answer_id for answer in result.answers]


def run(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_lost_index_is_made_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "BATCH", 2)
    interview = make_interview()
    answers = [
        make_captioned_answer("The harbour.", attempt=make_attempt(interview, submitted_at=NOON)) for _ in range(3)
    ]
    make_captioned_answer("The harbour.", attempt=make_attempt(interview))
    with transaction() as session:
        session.execute(text("DELETE FROM cue_search_document"))
    assert not found_in(interview.id, "harbour")
    assert "3 answers" in run(app)
    assert set(found_in(interview.id, "harbour")) == {answer.id for answer in answers}


def test_what_nobody_may_see_any_more_is_dropped(app: Flask) -> None:
    answer = make_answer(text="The harbour.")
    attempt = db.session.get_one(Attempt, answer.attempt_id)
    interview_id = attempt.interview.id
    with transaction() as session:
        session.get_one(Attempt, answer.attempt_id).submitted_at = None
    run(app)
    with transaction() as session:
        session.get_one(Attempt, answer.attempt_id).submitted_at = NOON
    assert not found_in(interview_id, "harbour")


def test_a_stale_document_is_brought_up_to_date(app: Flask) -> None:
    answer = make_answer(text="The harbour.")
    interview_id = db.session.get_one(Attempt, answer.attempt_id).interview.id
    with transaction() as session:
        session.get_one(Answer, answer.id).text = "The lighthouse."
    run(app)
    assert not found_in(interview_id, "harbour")
    assert found_in(interview_id, "lighthouse") == [answer.id]


LOST = {
    "sqlite": "INSERT INTO cue_search (cue_search) VALUES ('delete-all')",
    "postgresql": "UPDATE cue_search_document SET stems_vector = ''",
}


def test_an_index_that_lost_its_words_is_repaired(app: Flask) -> None:
    answer = make_answer(text="The harbour.")
    interview_id = db.session.get_one(Attempt, answer.attempt_id).interview.id
    with transaction() as session:
        session.execute(text(LOST[db.engine.dialect.name]))
    assert not found_in(interview_id, "harbour")
    run(app)
    assert found_in(interview_id, "harbour") == [answer.id]
