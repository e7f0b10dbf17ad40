"""The questions that a candidate was asked do not change when the interview changes later."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role
from app.audit import Actor
from app.extensions import db
from app.interviews.models import Attempt, Interview, Question
from app.recording.answers import choose_text
from app.recording.models import Answer, WrittenDraft
from app.transaction import transaction
from tests.factories import NOON, enter, make_attempt, make_interview, make_take, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def coordinator(app: Flask) -> CheckingClient:
    client = app.test_client()
    sign_in(client, make_user(Role.COORDINATOR))
    assert isinstance(client, CheckingClient)
    return client


def write(attempt: Attempt, question: Question, text: str) -> None:
    with transaction() as session:
        session.add(WrittenDraft(attempt_id=attempt.id, question_id=question.id, text=text, version=1, saved_at=NOON))


def choose(attempt: Attempt, question: Question) -> None:
    with transaction() as session:
        choose_text(session, attempt.id, question.id, "So.", actor=Actor("candidate", attempt.id), now=NOON)


def send(app: Flask, attempt: Attempt) -> CheckingClient:
    """Send the answers, as the candidate does. Returns the candidate's browser."""
    client = app.test_client()
    enter(client, attempt)
    assert isinstance(client, CheckingClient)
    assert client.submit("/interview/submit", {"unanswered": "1 2 3"}).status_code == 303
    return client


def move(client: CheckingClient, question: Question, direction: str) -> None:
    address = f"/manage/interviews/{question.interview_id}/questions/{question.id}/move"
    assert client.submit(address, {"direction": direction}).status_code == 303


def add(client: CheckingClient, interview: Interview, prompt: str) -> Question:
    address = f"/manage/interviews/{interview.id}/questions/new"
    assert client.submit(address, {"prompt": prompt}).status_code == 303
    return db.session.scalars(select(Question).where(Question.prompt == prompt)).one()


def words_of(page: BeautifulSoup) -> str:
    main = page.select_one("main")
    assert main
    return " ".join(main.get_text().split())


@pytest.mark.parametrize("form", ["written", "chosen", "sent", "recorded", "taken back"])
def test_a_question_that_is_answered_in_any_form_is_neither_reworded_nor_removed(
    app: Flask, coordinator: CheckingClient, form: str
) -> None:
    interview = make_interview()
    attempt, question = make_attempt(interview), interview.questions[1]
    if form in ("recorded", "taken back"):
        make_take(attempt, question, removed_at=NOON if form == "taken back" else None)
    elif form == "written":
        write(attempt, question, "So far")
    else:
        choose(attempt, question)
    if form == "sent":
        send(app, attempt)
    address = f"/manage/interviews/{interview.id}/questions/{question.id}"
    assert coordinator.submit(address, {"prompt": "Other?"}).status_code == 409
    assert coordinator.get(f"{address}/remove").status_code == 409
    assert coordinator.submit(f"{address}/remove").status_code == 409
    assert coordinator.submit(f"{address}/prompt/remove").status_code == 409
    assert db.session.get_one(Question, question.id).prompt == "Question number 2?"


def test_a_question_that_was_asked_and_left_out_stays_once_somebody_has_sent(
    app: Flask, coordinator: CheckingClient
) -> None:
    interview = make_interview()
    attempt = make_attempt(interview)
    choose(attempt, interview.questions[0])
    address = f"/manage/interviews/{interview.id}/questions/{interview.questions[2].id}"
    assert coordinator.submit(address, {"prompt": "Other?"}).status_code == 303
    send(app, attempt)
    assert coordinator.submit(address, {"prompt": "Another?"}).status_code == 409
    assert coordinator.submit(f"{address}/remove").status_code == 409


def test_a_deleted_written_answer_does_not_keep_a_question(coordinator: CheckingClient) -> None:
    interview = make_interview()
    question = interview.questions[1]
    write(make_attempt(interview), question, "  ")
    assert coordinator.submit(f"/manage/interviews/{interview.id}/questions/{question.id}/remove").status_code == 303
    assert db.session.scalars(select(WrittenDraft)).all() == []


def test_a_question_that_is_added_later_was_not_asked_of_those_who_have_sent(
    app: Flask, coordinator: CheckingClient
) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(questions=2, reviewers=[reviewer])
    early, late = make_attempt(interview), make_attempt(interview)
    for question in interview.questions:
        choose(early, question)
        choose(late, question)
    candidate = send(app, early)
    assert "2 of 2" in words_of(candidate.page("/interview/receipt"))
    added = add(coordinator, interview, "And one more?")
    assert "2 of 2" in words_of(candidate.page("/interview/receipt"))
    assert "2 of 3" in words_of(send(app, late).page("/interview/receipt"))
    for page in (f"/interview/questions/{added.id}/written", f"/interview/questions/{added.id}/takes"):
        assert candidate.get(page).status_code < 500
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    sign_in(client, reviewer)
    rows = client.page(f"/review/interviews/{interview.id}").select("#answers tbody tr")
    last = sorted(" ".join(row.select("td")[2].get_text().split()) for row in rows)
    assert last == ["No answer", "Not asked"]


def test_moving_questions_changes_nothing_for_those_who_have_sent(app: Flask, coordinator: CheckingClient) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer])
    first, _second, third = interview.questions
    attempt = make_attempt(interview)
    choose(attempt, third)
    candidate = send(app, attempt)
    before = words_of(candidate.page("/interview/receipt"))
    assert "Question 3 Question number 3?" in before
    move(coordinator, third, "earlier")
    move(coordinator, first, "later")
    assert words_of(candidate.page("/interview/receipt")) == before
    answer = db.session.scalars(select(Answer)).one()
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    sign_in(client, reviewer)
    page = client.page(f"/review/answers/{answer.id}")
    heading = page.select_one("h1")
    assert heading
    assert heading.get_text().strip().endswith("question 3")
    assert "Asked as question 3" in words_of(client.page(f"/review/interviews/{interview.id}"))


def test_an_answer_has_the_number_that_its_question_had_when_it_was_sent(
    app: Flask, coordinator: CheckingClient
) -> None:
    interview = make_interview()
    third = interview.questions[2]
    attempt = make_attempt(interview)
    choose(attempt, third)
    move(coordinator, third, "earlier")
    send(app, attempt)
    move(coordinator, third, "earlier")
    answer = db.session.scalars(select(Answer)).one()
    assert (answer.question_number, answer.question_prompt) == (2, "Question number 3?")


def test_two_questions_never_get_one_number(coordinator: CheckingClient) -> None:
    interview = make_interview()
    add(coordinator, interview, "Fourth?")
    for _again in range(2):
        move(coordinator, interview.questions[0], "later")
    coordinator.submit(f"/manage/interviews/{interview.id}/questions/{interview.questions[0].id}/remove")
    add(coordinator, interview, "Fifth?")
    db.session.expire_all()
    assert [each.position for each in db.session.get_one(Interview, interview.id).questions] == [1, 2, 3, 4]
