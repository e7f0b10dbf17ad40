"""Two reviewers of one interview with a rubric, a sent answer, and the browsers of staff."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Role, StaffUser
from app.interviews.models import Interview
from app.recording.models import Answer
from app.review.models import RubricLevel
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import make_interview, make_user, sign_in
from tests.page_check import CheckingClient
from tests.review.desk_pages import sent_attempt
from tests.review.scores.forms import Desk


@pytest.fixture
def rada(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada")


@pytest.fixture
def omar(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Omar")


@pytest.fixture
def interview(rada: StaffUser, omar: StaffUser) -> Interview:
    """An interview in which each question has the levels Weak, Fair and Strong."""
    interview = make_interview(reviewers=[rada, omar], title="Harbour guide")
    with transaction() as session:
        for question in interview.questions:
            for position, name in enumerate(("Weak", "Fair", "Strong"), start=1):
                session.add(
                    RubricLevel(question_id=question.id, position=position, name=name, description=f"Is {name}")
                )
    return interview


@pytest.fixture
def answer(interview: Interview) -> Answer:
    return make_captioned_answer("We sailed out", "at dawn.", attempt=sent_attempt(interview, "Ada Osei"))


@pytest.fixture
def desk_of(app: Flask) -> Desk:
    """Return a function that opens a browser in which a member of staff is signed in."""

    def open_as(user: StaffUser) -> CheckingClient:
        client: Any = app.test_client()
        sign_in(client, user)
        return client  # type: ignore[no-any-return]

    return open_as
