"""Presses by trembling hands and bouncing switches, and the key that pauses."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    phase,
    press_again,
    record_for,
    start,
    stop,
)
from tests.browser.recorder_server import RecorderServer

GAPS_MS = (120, 300, 600)
ENTER = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}


class Hand:
    """Presses keys and the mouse at exact event times, even on a busy machine."""

    def __init__(self, page: Page, gap_ms: int) -> None:
        self.page, self.gap_ms = page, gap_ms
        self.session = page.context.new_cdp_session(page)

    def press_twice(self, selector: str, brings: str) -> None:
        """Press Enter on an element, wait for the next phase, and press Enter again on the focused element."""
        self.page.locator(selector).focus()
        self._twice(brings, lambda at: self._key(at))

    def click_twice(self, x: float, y: float, brings: str) -> None:
        """Click at a place, wait for the next phase, and click at the same place again."""
        self._twice(brings, lambda at: self._click(at, x, y))

    def _twice(self, brings: str, press: Callable[[float], None]) -> None:
        at = time.time()
        press(at)
        phase(self.page, brings)
        press(at + self.gap_ms / 1000)

    def _key(self, at: float) -> None:
        for kind in ("keyDown", "keyUp"):
            self.session.send("Input.dispatchKeyEvent", {**ENTER, "type": kind, "timestamp": at})

    def _click(self, at: float, x: float, y: float) -> None:
        click = {"x": x, "y": y, "button": "left", "clickCount": 1, "timestamp": at}
        for kind in ("mousePressed", "mouseReleased"):
            self.session.send("Input.dispatchMouseEvent", {**click, "type": kind})


@pytest.fixture(params=GAPS_MS, ids=lambda gap: f"{gap} ms")
def hand(recording_page: Page, request: pytest.FixtureRequest) -> Hand:
    """A hand whose second press follows the first after this number of milliseconds."""
    return Hand(recording_page, request.param)


def test_start_pressed_twice_records(recording_page: Page, server: RecorderServer, hand: Hand) -> None:
    page = recording_page
    page.goto("/question")
    hand.press_twice("#record", "countdown")
    phase(page, "recording")
    stop(page)
    arrived(page, server)


def test_pause_pressed_twice_stays_paused(recording_page: Page, server: RecorderServer, hand: Hand) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    hand.press_twice("#pause", "paused")
    phase(page, "paused")
    page.wait_for_timeout(1000)
    phase(page, "paused")
    page.locator("#record").press("Enter")
    arrived(page, server)


def test_resume_pressed_twice_records(recording_page: Page, server: RecorderServer, hand: Hand) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    press_again(page)
    hand.press_twice("#pause", "countdown")
    phase(page, "recording")
    page.locator("#record").press("Enter")
    arrived(page, server)


def test_more_time_pressed_twice_is_one_press(recording_page: Page, server: RecorderServer, hand: Hand) -> None:
    page = recording_page
    server.limit(60)
    page.goto("/question")
    start(page)
    hand.press_twice("#more-time", "recording")
    expect(page.locator("#clock-text")).to_contain_text("of 1:20")
    page.wait_for_timeout(1000)
    expect(page.locator("#clock-text")).to_contain_text("of 1:20")
    page.locator("#record").press("Enter")
    arrived(page, server)


def test_stop_pressed_twice_begins_nothing_new(recording_page: Page, server: RecorderServer, hand: Hand) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1500)
    hand.press_twice("#record", "review")
    phase(page, "review")
    page.wait_for_timeout(1000)
    phase(page, "review")
    arrived(page, server)
    assert list(server.stops) == [1]


def test_second_click_at_the_same_place_does_not_count(
    recording_page: Page, server: RecorderServer, hand: Hand
) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    box = page.locator("#pause").bounding_box()
    assert box is not None
    hand.click_twice(box["x"] + 20, box["y"] + box["height"] / 2, "paused")
    page.wait_for_timeout(1000)
    phase(page, "paused")
    page.locator("#record").click()
    arrived(page, server)


def test_press_after_a_rest_counts(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    Hand(page, gap_ms=900).press_twice("#pause", "paused")
    phase(page, "recording")
    page.locator("#record").press("Enter")
    arrived(page, server)


def test_record_again_counts_at_once_after_stop(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    stop(page)
    page.keyboard.press("Tab")  # the person moves from the heading to the button
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    stop(page)
    arrived(page, server, 2)


def test_escape_pauses_and_resumes_and_the_focus_does_not_move(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    expect(page.locator("#record")).to_be_focused()
    page.keyboard.press("Escape")
    phase(page, "paused")
    assert changes_while_capturing(page) == []
    press_again(page)
    page.keyboard.press("Escape")
    phase(page, "recording")
    record_for(page, 1000)
    page.locator("#record").press("Enter")
    phase(page, "review")
    (upload,) = arrived(page, server)
    assert upload.data


def test_escape_resumes_only_from_the_buttons_of_the_recording(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    page.keyboard.press("Escape")
    phase(page, "paused")
    expect(page.locator("#record")).to_be_focused()
    page.locator("#show-clock").focus()
    press_again(page)
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    phase(page, "paused")
    page.locator("#record").press("Enter")
    arrived(page, server)


def test_escape_in_the_countdown_records_nothing(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.prefer(countdown_seconds=5)
    page.goto("/question")
    page.locator("#record").press("Enter")
    phase(page, "countdown")
    press_again(page)
    page.keyboard.press("Escape")
    phase(page, "idle")
    expect(page.locator("#record")).to_be_focused()


def test_escape_does_nothing_before_a_recording(recording_page: Page) -> None:
    recording_page.goto("/question")
    phase(recording_page, "idle")
    recording_page.keyboard.press("Escape")
    phase(recording_page, "idle")
