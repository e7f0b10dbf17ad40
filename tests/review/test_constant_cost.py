"""The number of database queries of a page does not grow with its cues, with other answers, or with the caption queue."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from flask import Flask, g

from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.interviews.asked import asked_in
from app.interviews.models import Attempt, Interview
from app.recording.models import StageState
from app.review.models import Note, Score
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer, set_stages
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient
from tests.review.desk_pages import counted_queries, text_of

MAX_STATEMENTS = 11
"""Statements of an answer's page: eight to read it, and three to append the opening to the audit log."""


@pytest.fixture
def interview(app: Flask, client: CheckingClient) -> Interview:
    """An interview whose reviewer is signed in."""
    reviewer: StaffUser = make_user(Role.REVIEWER)
    sign_in(client, reviewer)
    return make_interview(reviewers=[reviewer])


def cost(client: CheckingClient, address: str) -> int:
    with counted_queries() as statements:
        client.page(address)
    return len(statements)


def test_number_of_queries_does_not_grow_with_cues(client: CheckingClient, interview: Interview) -> None:
    costs = []
    for cues in (2, 200):
        attempt = make_attempt(interview, submitted_at=NOON)
        answer = make_captioned_answer(*(f"Sentence {number}." for number in range(cues)), attempt=attempt)
        costs.append(cost(client, f"/review/answers/{answer.id}"))
    assert costs[0] == costs[1]


def test_number_of_queries_does_not_grow_with_other_answers(client: CheckingClient, interview: Interview) -> None:
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer("First.", attempt=attempt)
    make_captioned_answer("Second.", attempt=attempt, question=interview.questions[1])
    before = cost(client, f"/review/answers/{answer.id}")
    make_captioned_answer("Third.", attempt=attempt, question=interview.questions[2])
    assert cost(client, f"/review/answers/{answer.id}") == before


def test_answer_page_needs_few_statements(client: CheckingClient, interview: Interview) -> None:
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer("First.", attempt=attempt)
    make_captioned_answer("Second.", attempt=attempt, question=interview.questions[1])
    own, *colleagues = [interview.reviewers[0], make_user(Role.REVIEWER), make_user(Role.REVIEWER)]
    with transaction() as session:
        session.get_one(Attempt, attempt.id).asked = [asdict(each) for each in asked_in(interview)]
        for user in (own, *colleagues):
            session.add(Score(answer_id=answer.id, reviewer_id=user.id, updated_at=NOON, handed_in_at=NOON))
            session.add(Note(answer_id=answer.id, reviewer_id=user.id, at_ms=0, text="A note.", created_at=NOON))
    address = f"/review/answers/{answer.id}"
    client.page(address)
    db.session.remove()
    g.pop("user", None)
    with counted_queries() as statements:
        page = client.page(address)
    assert "A note." in text_of(page)
    assert len([each for each in statements if not each.startswith("BEGIN")]) <= MAX_STATEMENTS


def test_number_of_queries_does_not_grow_with_the_queue(client: CheckingClient, interview: Interview) -> None:
    def wait() -> None:
        answer = make_answer(make_attempt(interview, submitted_at=NOON))
        assert answer.take_id
        add_media(answer.take_id)
        set_stages(answer.take_id, StageState.DONE, StageState.PENDING)

    address = f"/review/interviews/{interview.id}"
    for _place in range(2):
        wait()
    before = cost(client, address)
    for _place in range(10):
        wait()
    assert cost(client, address) == before
