"""Reviewers see the place of an answer in the queue for captions, in the list of answers and on the answer's page."""

from __future__ import annotations

import pytest
from flask import Flask

from app import clock
from app.accounts.models import Role
from app.recording.leases import LEASE
from app.recording.models import Answer, Stage, StageRun, StageState
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, set_stages
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database


@pytest.fixture
def waiting(app: Flask, client: CheckingClient) -> list[Answer]:
    """Two answers in the queue, the shorter one first. The reviewer of both is signed in."""
    reviewer = make_user(Role.REVIEWER)
    attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
    answers = [make_answer(attempt, question) for question in attempt.interview.questions[:2]]
    for answer, seconds in zip(answers, (20, 40), strict=True):
        assert answer.take_id
        add_media(answer.take_id, duration_ms=seconds * 1000)
        set_stages(answer.take_id, StageState.DONE, StageState.PENDING)
    sign_in(client, reviewer)
    return answers


def test_list_shows_the_place_of_each_waiting_answer(client: CheckingClient, waiting: list[Answer]) -> None:
    interview = waiting[0].attempt.interview
    said = " ".join(client.page(f"/review/interviews/{interview.id}").get_text(" ").split())
    assert "Number 1 of 2 in the queue for captions." in said
    assert "Number 2 of 2 in the queue for captions." in said
    assert said.count("we cannot say how long it takes") == 2


def test_answer_page_shows_its_place_in_the_queue_and_that_work_has_begun(
    client: CheckingClient, waiting: list[Answer]
) -> None:
    address = f"/review/answers/{waiting[1].id}"
    assert "Number 2 of 2 in the queue for captions." in client.page(address).get_text()
    with transaction() as session:
        run = session.get_one(StageRun, (waiting[1].take_id, str(Stage.TRANSCRIBE)))
        run.state, run.lease_until = str(StageState.RUNNING), clock.now() + 5 * LEASE
    assert "Its captions are being made now." in client.page(address).get_text()
