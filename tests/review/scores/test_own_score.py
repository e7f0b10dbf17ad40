"""A reviewer's own score: the draft, two tabs, handing in, and the levels of the rubric."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.audit import AuditAction, AuditEvent
from app.extensions import db
from app.interviews.models import BlindMode, Interview
from app.recording.models import Answer
from app.review.models import Score
from app.review.rubric import Level
from app.review.rubric_services import change_scoring
from app.transaction import transaction
from tests.factories import NOON, make_user
from tests.review.desk_pages import text_of
from tests.review.scores.forms import JSON, Desk, confirm, hand_in, score


class TestOwnScore:
    def test_a_draft_is_saved_and_shown_again(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        assert score(desk, answer, level="3", comment="Very\r\nclear").status_code == 303
        page = desk.page(f"/review/answers/{answer.id}")
        assert page.select_one("#comment").get_text() == "Very\nclear"
        assert page.select_one("input[name=level][checked]")["value"] == "3"
        assert page.select_one("input[name=version]")["value"] == "1"

    def test_levels_have_their_descriptions(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        page = desk_of(rada).page(f"/review/answers/{answer.id}")
        assert [text_of(label) for label in page.select(".choices .choice label")] == ["Weak", "Fair", "Strong"]
        assert text_of(page.select_one("#level-2-hint")) == "Is Fair"

    def test_conflict_of_two_tabs_is_shown_and_nothing_is_lost(
        self, desk_of: Desk, rada: StaffUser, answer: Answer
    ) -> None:
        desk = desk_of(rada)
        score(desk, answer, level="1", comment="From the first tab")
        late = score(desk, answer, level="3", comment="From the second tab")
        assert late.status_code == 409
        assert "From the first tab" in late.text
        assert (
            '<textarea class="input" id="comment" name="comment" rows="5" maxlength="5000">From the second tab'
            in late.text
        )
        assert db.session.scalars(select(Score.comment)).all() == ["From the first tab"]
        assert score(desk, answer, level="3", comment="From the second tab", version="1").status_code == 303

    def test_script_gets_the_saved_score(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        assert score(desk, answer, comment="One", headers=JSON).json["version"] == 1
        late = score(desk, answer, comment="Two", headers=JSON)
        assert late.status_code == 409
        assert late.json["saved"] == {"version": 1, "level": None, "comment": "One", "is_in": False}

    def test_handed_in_score_does_not_change(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        desk = desk_of(rada)
        hand_in(desk, answer)
        assert score(desk, answer, level="1", comment="Second thoughts", version="1").status_code == 409
        assert "You have handed in your score" in text_of(desk.page(f"/review/answers/{answer.id}"))
        assert db.session.scalars(select(Score.level)).all() == [2]

    def test_handing_in_needs_a_level_where_there_is_a_rubric(
        self, desk_of: Desk, rada: StaffUser, answer: Answer
    ) -> None:
        answered = score(desk_of(rada), answer, comment="No level", do="hand in")
        assert answered.status_code == 422
        page = BeautifulSoup(answered.text, "html.parser")
        assert page.select_one("#error-summary a[href='#level-1']")
        assert page.select_one(".masthead--staff")
        assert page.select_one("#comment").get_text() == "No level"  # type: ignore[union-attr]
        assert db.session.execute(select(Score.comment, Score.handed_in_at)).all() == [("No level", None)]

    def test_handing_in_is_confirmed(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        desk, address = desk_of(rada), f"/review/answers/{answer.id}/score"
        asked = desk.submit(address, {"version": "0", "level": "2", "comment": "Clear.", "do": "hand in"})
        assert (asked.status_code, asked.location) == (303, f"{address}/hand-in")
        assert "Clear." in text_of(desk.page(asked.location))
        assert db.session.scalars(select(Score.handed_in_at)).all() == [None]
        assert desk.submit(asked.location, {"version": "0"}).status_code == 409
        assert confirm(desk, asked.location).status_code == 303
        assert "Your score is handed in." in text_of(desk.page(f"/review/answers/{answer.id}"))

    @pytest.mark.parametrize("headers", [{}, JSON])
    def test_level_of_a_replaced_rubric_is_refused(
        self, desk_of: Desk, rada: StaffUser, answer: Answer, interview: Interview, headers: dict[str, str]
    ) -> None:
        desk = desk_of(rada)
        read = desk.page(f"/review/answers/{answer.id}").select_one("#score-form [name=rubric]")["value"]
        with transaction() as session:
            found = session.get_one(Interview, interview.id)
            turned = {answer.question_id: [Level(1, "Strong", ""), Level(2, "Fair", ""), Level(3, "Weak", "")]}
            change_scoring(session, found, BlindMode.OFF, turned, actor=session.merge(rada), now=NOON)
        answered = score(desk, answer, level="3", comment="Clear.", rubric=read, do="hand in", headers=headers)
        assert answered.status_code == 422
        assert "The rubric of this question has changed" in answered.text
        expected = [] if headers else [("Clear.", None, None)]
        assert db.session.execute(select(Score.comment, Score.level, Score.handed_in_at)).all() == expected

    @pytest.mark.parametrize("level", ["4", "999999999"])
    def test_unknown_level_is_refused(self, desk_of: Desk, rada: StaffUser, answer: Answer, level: str) -> None:
        assert score(desk_of(rada), answer, level=level).status_code == 422

    def test_handing_in_is_recorded_without_the_level(self, desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
        hand_in(desk_of(rada), answer)
        query = select(AuditEvent).where(AuditEvent.action == str(AuditAction.SCORE_HANDED_IN))
        (event,) = db.session.scalars(query)
        assert (event.actor_id, event.subject_id) == (rada.id, answer.id)
        assert event.details == {"question": answer.question_id, "question_number": 1}

    def test_reviewer_cannot_score_answers_of_other_interviews(self, desk_of: Desk, answer: Answer) -> None:
        stranger = desk_of(make_user(Role.REVIEWER))
        assert score(stranger, answer, comment="Hello").status_code == 404
        assert stranger.submit(f"/review/answers/{answer.id}/notes", {"text": "Hello"}).status_code == 404
