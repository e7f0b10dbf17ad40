"""Single-key shortcuts of the player: off by default, inactive while the person types, and configurable."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.recording.models import Answer
from tests.browser.review_desk.desk import opened, time_of, wait_until


class TestKeys:
    def test_shortcuts_are_off_by_default(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(5, abs=0.05)
        page.locator("#player-settings summary").press("Enter")
        page.get_by_label("Use single-key shortcuts for the player").press("Space")
        page.locator("h1").focus()
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(15, abs=0.2)

    def test_shortcuts_do_nothing_during_typing(self, page: Page, answer: Answer) -> None:
        self.switched_on(page, answer)
        box = page.get_by_role("searchbox")
        box.focus()
        page.keyboard.type("jolly")
        expect(box).to_have_value("jolly")
        assert time_of(page) == pytest.approx(5, abs=0.05)

    def test_can_be_changed_and_stay_changed(self, page: Page, answer: Answer) -> None:
        self.switched_on(page, answer)
        page.get_by_label("Forward 10 s", exact=True).and_(page.locator("input")).fill("x")
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.locator("h1").focus()
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(5, abs=0.05)
        page.keyboard.press("x")
        assert time_of(page) == pytest.approx(15, abs=0.2)

    def test_shortcut_for_two_actions_is_announced_and_does_neither(self, page: Page, answer: Answer) -> None:
        self.switched_on(page, answer)
        page.locator("#key-back").fill("l")
        expect(page.locator("#keys-problem")).to_contain_text("Back 10 s and Forward 10 s")
        expect(page.locator("#key-back")).to_have_attribute("aria-invalid", "true")
        page.locator("h1").focus()
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(5, abs=0.05)

    def switched_on(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.locator("#player-settings summary").press("Enter")
        page.get_by_label("Use single-key shortcuts for the player").press("Space")
