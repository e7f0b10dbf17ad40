"""Scores and notes in Chromium are saved automatically, and using two tabs loses no text."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.accounts.models import StaffUser
from app.interviews.models import BlindMode, Interview
from app.recording.models import Answer
from app.review.rubric import Level
from app.review.rubric_services import change_scoring
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.review_desk.desk import opened, time_of, wait_until
from tests.factories import NOON


class TestScoring:
    @pytest.fixture(autouse=True)
    def _rubric(self, interview: Interview, reviewer: StaffUser) -> None:
        levels = [Level(1, "Weak", "Says little"), Level(2, "Strong", "Gives an example")]
        with transaction() as session:
            found = session.get_one(Interview, interview.id)
            question = found.questions[0].id
            actor = session.merge(reviewer)
            change_scoring(session, found, BlindMode.OFF, {question: levels}, actor=actor, now=NOON)

    def saved(self, page: Page) -> None:
        expect(page.locator("[data-score-state]")).to_have_text("Saved.")

    def test_a_score_saves_itself_and_is_handed_in_by_keyboard(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.get_by_label("Weak").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("A clear example.")
        self.saved(page)
        opened(page, answer)
        expect(page.get_by_label("Strong")).to_be_checked()
        expect(page.get_by_label("Comment")).to_have_value("A clear example.")
        page.get_by_role("button", name="Hand in the score").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Hand in this score?")
        page.get_by_role("button", name="Hand in the score").press("Enter")
        expect(page.get_by_text("You have handed in your score.")).to_be_visible()
        assert problems_of(page) == []

    def test_editing_in_two_tabs_loses_nothing(self, page: Page, context: BrowserContext, answer: Answer) -> None:
        opened(page, answer)
        other = context.new_page()
        opened(other, answer)
        page.get_by_label("Comment").fill("From the first tab")
        self.saved(page)
        other.get_by_label("Comment").fill("From the second tab")
        expect(other.locator("[data-score-state]")).to_contain_text("From the first tab")
        expect(other.get_by_label("Comment")).to_have_value("From the second tab")
        assert problems_of(other) == []
        other.get_by_role("button", name="Save what I typed here instead").press("Enter")
        self.saved(other)
        opened(page, answer)
        expect(page.get_by_label("Comment")).to_have_value("From the second tab")

    def test_a_score_that_could_not_be_saved_is_restored_and_saved(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.route("**/score", lambda route: route.abort())
        page.get_by_label("Comment").fill("Typed on a train")
        expect(page.locator("[data-score-state]")).to_contain_text("Not saved yet")
        page.unroute("**/score")
        page.route("**/score", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
        work = {"version": "0", "typed": json.dumps([None, "What a colleague typed here"])}
        page.evaluate(
            "typed => localStorage.setItem(`fairtake.score.colleague.${document.forms['score-form'].action}`, typed)",
            json.dumps({"work": work}),
        )
        opened(page, answer)
        expect(page.get_by_label("Comment")).to_have_value("Typed on a train")
        page.unroute("**/score")
        expect(page.locator("[data-score-state]")).to_have_text("Saved.")

    def test_a_note_is_written_where_the_recording_is(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.evaluate("document.getElementById('recording').currentTime = 9")
        page.get_by_role("button", name="Use the time of the recording").press("Enter")
        expect(page.get_by_label("Note", exact=True)).to_be_focused()
        page.keyboard.type("A good example")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        note = page.locator(".note__time")
        expect(note).to_have_text("0:09")
        wait_until(page, "document.getElementById('recording')?.readyState >= 1")
        page.evaluate("document.getElementById('recording').currentTime = 0")
        note.press("Enter")
        assert time_of(page) == pytest.approx(9, abs=0.05)
        expect(page.locator("#status")).to_contain_text("At 0:09. The recording is paused.")
