"""The search index can be deleted and rebuilt."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import batches
from app.batches import Batch, set_aside_of
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.review.search import services as search
from app.review.search.query import parse_query
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


def test_lost_index_is_rebuilt(app: Flask) -> None:
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


def test_rebuild_removes_unsent_answers_from_the_index(app: Flask) -> None:
    answer = make_answer(text="The harbour.")
    attempt = db.session.get_one(Attempt, answer.attempt_id)
    interview_id = attempt.interview.id
    with transaction() as session:
        session.get_one(Attempt, answer.attempt_id).submitted_at = None
    run(app)
    with transaction() as session:
        session.get_one(Attempt, answer.attempt_id).submitted_at = NOON
    assert not found_in(interview_id, "harbour")


def test_rebuild_updates_a_stale_document(app: Flask) -> None:
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


def break_answers(monkeypatch: pytest.MonkeyPatch, bad: set[str]) -> None:
    """Make indexing of these answers fail after their search documents were written."""
    index = search.index_answers

    def fail(session: Any, answer_ids: list[str]) -> None:
        index(session, answer_ids)
        if bad.intersection(answer_ids):
            raise RuntimeError("words of a person")

    monkeypatch.setattr(search, "index_answers", fail)


def test_rebuild_reports_an_answer_that_cannot_be_indexed_and_indexes_the_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview = make_interview()
    answers = [
        make_captioned_answer("The harbour.", attempt=make_attempt(interview, submitted_at=NOON)) for _ in range(3)
    ]
    with transaction() as session:
        session.execute(text("DELETE FROM cue_search_document"))
    break_answers(monkeypatch, {answers[1].id})
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 1
    assert "2 of 3 answers" in result.output
    assert answers[1].id in result.output
    assert "words of a person" not in result.output
    assert set(found_in(interview.id, "harbour")) == {answers[0].id, answers[2].id}
    assert set_aside_of(db.session(), Batch.INDEX) == [answers[1].id]
    monkeypatch.undo()
    assert "3 answers" in run(app), "the pause of the failed one is not waited for"
    assert len(found_in(interview.id, "harbour")) == 3
    assert set_aside_of(db.session(), Batch.INDEX) == []


def test_rebuild_in_which_every_answer_fails_ends_early(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_FAILURES_IN_A_ROW", 2)
    answers = [make_answer(text="The harbour.") for _ in range(3)]
    break_answers(monkeypatch, {answer.id for answer in answers})
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 1
    assert "0 of 3 answers" in result.output
    assert "1 more were not tried" in result.output
