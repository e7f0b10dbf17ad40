"""Reviewers with a slow connection can choose text only or sound only, and playing needs few requests."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from app.recording.models import Answer
from tests.browser.review_desk.desk import opened, wait_until


class TestSlowLine:
    def fetched(self, page: Page) -> list[str]:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/media/" in request.url else None)
        return asked

    def test_text_alone_fetches_nothing_of_the_recording_and_is_remembered(self, page: Page, answer: Answer) -> None:
        asked = self.fetched(page)
        page.goto(f"/review/answers/{answer.id}?watch=text")
        expect(page.get_by_role("link", name="Text only")).to_have_attribute("aria-current", "true")
        page.goto(f"/review/answers/{answer.id}")
        expect(page.locator("ol.transcript")).to_be_visible()
        expect(page.locator("video")).to_have_count(0)
        assert asked == []

    def test_sound_alone_waits_until_it_is_asked_for(self, page: Page, answer: Answer) -> None:
        asked = self.fetched(page)
        page.goto(f"/review/answers/{answer.id}?watch=sound")
        expect(page.locator("a.cue__button")).to_have_count(0)
        assert asked == []
        page.get_by_role("button", name="Play", exact=True).press("Enter")
        wait_until(page, "document.getElementById('recording').currentTime > 0")
        assert asked

    def test_the_first_frame_takes_two_requests_and_a_seek_one_more(self, page: Page, answer: Answer) -> None:
        asked = self.fetched(page)
        opened(page, answer)
        wait_until(page, "document.getElementById('recording').readyState >= 2")
        assert len(asked) <= 2
        for seconds in (25, 2, 14, 29, 0.5):
            before = len(asked)
            page.evaluate(f"document.getElementById('recording').currentTime = {seconds}")
            wait_until(page, "!document.getElementById('recording').seeking")
            assert len(asked) - before <= 1, seconds
