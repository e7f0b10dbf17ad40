"""A coordinator writes the rubric of each question and chooses blind review."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.extensions import db
from app.interviews.models import Interview
from app.recording.models import Answer
from app.review.models import RubricLevel
from tests.factories import make_interview, make_user
from tests.page_check import CheckingClient
from tests.review.scores.forms import Desk, score


class TestRubric:
    @pytest.fixture
    def coordinator(self, desk_of: Desk) -> CheckingClient:
        return desk_of(make_user(Role.COORDINATOR))  # type: ignore[no-any-return]

    def test_a_coordinator_writes_levels_and_blind_review(self, coordinator: CheckingClient, app: Flask) -> None:
        interview = make_interview(questions=1)
        field = f"levels_{interview.questions[0].id}"
        address = f"/manage/interviews/{interview.id}/scoring"
        coordinator.page(address)
        form = {"blind": "voice", field: "Weak: says little\nStrong: gives an example: a real one"}
        assert coordinator.submit(address, form).status_code == 303
        assert coordinator.page(address).select_one(f"#{field}").get_text().strip() == form[field]
        assert db.session.get_one(Interview, interview.id).blind == "voice"

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("Only one", "at least two levels"),
            ("\n".join(f"L{number}" for number in range(11)), "at most ten"),
            ("Good\ngood: again", "same name"),
            (": nameless\nGood", "needs a name"),
        ],
    )
    def test_invalid_rubric_is_reported(self, coordinator: CheckingClient, typed: str, words: str) -> None:
        interview = make_interview(questions=1)
        form = {"blind": "off", f"levels_{interview.questions[0].id}": typed}
        answer = coordinator.submit(f"/manage/interviews/{interview.id}/scoring", form)
        assert answer.status_code == 422
        assert words in answer.text

    def test_rubric_in_use_cannot_be_changed(
        self, coordinator: CheckingClient, desk_of: Desk, rada: StaffUser, interview: Interview, answer: Answer
    ) -> None:
        score(desk_of(rada), answer, level="2")
        address = f"/manage/interviews/{interview.id}/scoring"
        assert coordinator.page(address).select_one(f"#levels_{answer.question_id}") is None
        form = {"blind": "off", f"levels_{answer.question_id}": "A\nB"}
        form |= {f"levels_{each.id}": "C\nD" for each in interview.questions[1:]}
        assert coordinator.submit(address, form).status_code == 303
        query = select(RubricLevel.name).where(RubricLevel.question_id == answer.question_id)
        assert set(db.session.scalars(query)) == {"Weak", "Fair", "Strong"}
