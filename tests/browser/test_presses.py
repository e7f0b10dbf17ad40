"""Presses of hands that tremble, of a switch that bounces, and of the one key that pauses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_tus import FakeServer
from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    phase,
    press_again,
    record_for,
    start,
    stop,
)

GAPS_MS = (120, 300, 600)
BOUNCE_MS = 700
TIMES = """window.pressedAt = [];
for (const name of ['keydown', 'mousedown']) addEventListener(name, () => pressedAt.push(performance.now()), true);"""


@pytest.fixture(autouse=True)
def times(recording_page: Page) -> None:
    """Let the page note when a key or the mouse is pressed."""
    recording_page.add_init_script(TIMES)


def skip_if_too_late(page: Page) -> None:
    """Skip the test if a busy machine delivered the second press so late that it counts as a press of its own."""
    gap = page.evaluate("pressedAt.at(-1) - pressedAt.at(-2)")
    if gap >= BOUNCE_MS:
        pytest.skip(f"the machine was too busy: the two presses arrived {gap:.0f} ms apart")


@pytest.fixture(params=GAPS_MS, ids=lambda gap: f"{gap} ms")
def press_twice(recording_page: Page, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that presses Enter twice, with the focus wherever the first press has left it."""

    def press(selector: str) -> None:
        recording_page.locator(selector).focus()
        recording_page.keyboard.press("Enter")
        recording_page.wait_for_timeout(request.param)
        recording_page.keyboard.press("Enter")
        skip_if_too_late(recording_page)

    return press


def test_start_pressed_twice_records(
    recording_page: Page, server: FakeServer, press_twice: Callable[[str], None]
) -> None:
    page = recording_page
    page.goto("/question")
    press_twice("#start")
    phase(page, "recording")
    stop(page)
    arrived(page, server)


def test_pause_pressed_twice_stays_paused(
    recording_page: Page, server: FakeServer, press_twice: Callable[[str], None]
) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    press_twice("#pause")
    phase(page, "paused")
    page.wait_for_timeout(1000)
    phase(page, "paused")
    page.locator("#stop").press("Enter")
    arrived(page, server)


def test_resume_pressed_twice_records(
    recording_page: Page, server: FakeServer, press_twice: Callable[[str], None]
) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    press_again(page)
    press_twice("#resume")
    phase(page, "recording")
    page.locator("#stop").press("Enter")
    arrived(page, server)


def test_more_time_pressed_twice_is_one_press(
    recording_page: Page, server: FakeServer, press_twice: Callable[[str], None]
) -> None:
    page = recording_page
    server.options["limits"] = {"recording_seconds": 60, "warn_at": [], "more_time": {"seconds": 60, "left": 10}}
    page.goto("/question")
    start(page)
    press_twice("#more-time")
    expect(page.locator("#clock-text")).to_contain_text("of 2:00")
    page.wait_for_timeout(1000)
    expect(page.locator("#clock-text")).to_contain_text("of 2:00")
    page.locator("#stop").press("Enter")
    arrived(page, server)


def test_stop_pressed_twice_begins_nothing_new(
    recording_page: Page, server: FakeServer, press_twice: Callable[[str], None]
) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1500)
    press_twice("#stop")
    phase(page, "review")
    page.wait_for_timeout(1000)
    phase(page, "review")
    arrived(page, server)
    assert list(server.stops) == ["take1"]


@pytest.mark.parametrize("gap", GAPS_MS)
def test_second_click_at_the_same_place_does_not_count(recording_page: Page, server: FakeServer, gap: int) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    box = page.locator("#pause").bounding_box()
    assert box is not None
    at = (box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.click(*at)
    page.wait_for_timeout(gap)
    page.mouse.click(*at)
    skip_if_too_late(page)
    page.wait_for_timeout(1000)
    phase(page, "paused")
    page.locator("#stop").click()
    arrived(page, server)


def test_record_again_counts_at_once_after_stop(recording_page: Page, server: FakeServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    stop(page)
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    stop(page)
    arrived(page, server, "take2")


def test_escape_pauses_and_resumes_and_the_focus_does_not_move(recording_page: Page, server: FakeServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Escape")
    phase(page, "paused")
    assert changes_while_capturing(page) == []
    press_again(page)
    page.keyboard.press("Escape")
    phase(page, "recording")
    record_for(page, 1000)
    page.locator("#stop").press("Enter")
    phase(page, "review")
    (upload,) = arrived(page, server)
    assert upload.data


def test_escape_resumes_only_from_the_resume_button(recording_page: Page, server: FakeServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    page.keyboard.press("Escape")
    phase(page, "paused")
    expect(page.locator("#resume")).to_be_focused()
    page.locator("#show-clock").focus()
    press_again(page)
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    phase(page, "paused")
    page.locator("#stop").press("Enter")
    arrived(page, server)


def test_escape_in_the_countdown_records_nothing(recording_page: Page, server: FakeServer) -> None:
    page = recording_page
    server.options["countdown_seconds"] = 5
    page.goto("/question")
    page.locator("#start").press("Enter")
    phase(page, "countdown")
    press_again(page)
    page.keyboard.press("Escape")
    phase(page, "idle")
    expect(page.locator("#start")).to_be_focused()


def test_escape_does_nothing_before_a_recording(recording_page: Page) -> None:
    recording_page.goto("/question")
    phase(recording_page, "idle")
    recording_page.keyboard.press("Escape")
    phase(recording_page, "idle")
