"""Search in Chromium, with and without scripts: each result links to the right moment in the recording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import StaffUser
from app.clock import now
from app.interviews.models import Interview
from app.recording.models import Answer
from tests.browser.conftest import LiveServer
from tests.browser.review_desk.desk import WIDE, opened, spoken_cues, time_of, wait_until


class TestFinding:
    def test_a_word_is_found_and_leads_to_its_moment(self, page: Page, answer: Answer, interview: Interview) -> None:
        page.goto(f"/review/interviews/{interview.id}")
        page.get_by_role("searchbox", name="Find what was said").fill("volunteer")
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_have_text("1 match in 1 answer")
        page.locator("a.hit").press("Enter")
        page.wait_for_url(re.compile(rf"/review/answers/{answer.id}\?t=\d+&q=volunteer$"))
        wait_until(
            page, f"document.getElementById('recording').currentTime >= {spoken_cues()[1].start_ms / 1000 - 0.05}"
        )
        expect(page.locator("[aria-current=true].cue__button mark")).to_have_text("volunteers")

    def test_results_come_in_place_and_are_announced_once(
        self, page: Page, answer: Answer, interview: Interview
    ) -> None:
        page.goto(f"/review/interviews/{interview.id}/search")
        page.evaluate(
            """window.said = [];
            new MutationObserver(() => said.push(document.getElementById("status").textContent))
              .observe(document.getElementById("status"), { childList: true, characterData: true, subtree: true });"""
        )
        box = page.get_by_role("searchbox")
        box.fill('"the people"')
        box.press("Enter")
        expect(page.locator(".results__count")).to_have_text("1 match in 1 answer")
        expect(box).to_be_focused()
        assert re.search(r"\?q=%22the(\+|%20)people%22(&|$)", page.url)
        page.wait_for_timeout(500)
        assert [text for text in page.evaluate("said") if text] == ["1 match in 1 answer"]
        box.fill("-people")
        box.press("Enter")
        expect(page.locator("#status")).to_have_text(
            "Your search only says what to leave out. Type a word to find as well."
        )

    def test_finding_in_an_answer_marks_it_and_leaves_the_player_alone(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.evaluate("document.getElementById('recording').currentTime = 12")
        page.get_by_role("searchbox", name="Find in this answer").fill("event")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_have_text("event")
        assert time_of(page) == pytest.approx(12, abs=0.1)
        page.locator(".cue__button").last.press("Enter")
        wait_until(
            page, f"document.getElementById('recording').currentTime > {spoken_cues()[-1].start_ms / 1000 - 0.05}"
        )

    def test_back_shows_the_page_that_was_there(self, page: Page, answer: Answer, interview: Interview) -> None:
        page.goto(f"/review/interviews/{interview.id}/search?q=people")
        page.get_by_role("searchbox").fill("event")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_have_text("event")
        page.go_back()
        expect(page.locator("mark").first).to_have_text("people")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


class TestWithoutScript:
    @pytest.fixture
    def page(self, launch: Callable[..., Browser], live_server: LiveServer, reviewer: StaffUser) -> Iterator[Page]:
        options = {"base_url": live_server.url, "viewport": WIDE, "java_script_enabled": False}
        with launch().new_context(**options) as context:
            live_server.sign(context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
            yield context.new_page()

    def test_search_leads_to_a_moment(self, page: Page, answer: Answer, interview: Interview) -> None:
        page.goto(f"/review/interviews/{interview.id}")
        page.get_by_role("searchbox").fill("volunteers")
        page.get_by_role("button", name="Search").click()
        page.locator("a.hit").click()
        begins = spoken_cues()[1].start_ms / 1000
        expect(page.locator("video")).to_have_attribute("src", re.compile(rf"#t={begins:g}"))
        page.get_by_role("link", name=re.compile("^0:09")).click()
        expect(page.locator("video")).to_have_attribute("src", re.compile(r"#t=9"))
        expect(page.locator(".player__controls")).to_be_hidden()
        expect(page.locator("video")).to_have_attribute("controls", "")
