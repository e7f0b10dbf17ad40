"""One press adds time for recording or thinking, and reaching a limit never discards a recording."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    phase,
    press_again,
    record_for,
    spoken,
    start,
    stop,
)
from tests.browser.recorder_server import RecorderServer


def test_more_time_is_visible_from_the_countdown_on_and_works_ten_times(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    server.limit(600)
    page.goto("/question")
    start(page)  # long before the limit, more than the 20 seconds that WCAG 2.2.1 requires
    expect(page.locator("#more-time")).to_be_visible()
    page.locator("#more-time").focus()
    page.evaluate("watch.changes.length = 0")  # ignore the change of focus
    expect(page.locator("#more-time-note")).to_have_text("Each press of “More time” adds 1 minute.")
    for minutes in range(11, 21):
        press_again(page)
        page.keyboard.press("Enter")
        expect(page.locator("#clock-text")).to_contain_text(f"of {minutes}:00")
        expect(page.locator("#clock-warning")).to_have_text(f"More time added. Presses left: {20 - minutes}.")
    press_again(page)
    page.keyboard.press("Enter")
    expect(page.locator("#clock-warning")).to_have_text(
        "No more time can be added. Everything that you record is kept."
    )
    expect(page.locator("#more-time")).to_be_focused()
    assert changes_while_capturing(page) == []
    page.locator("#record").focus()
    stop(page)
    arrived(page, server)
    assert [said for said in spoken(page) if "more time" in said] == []


def test_more_time_during_a_pause_is_announced(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.limit(600)
    page.goto("/question")
    start(page)
    record_for(page, 500)
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    page.locator("#more-time").press("Enter")
    expect(page.locator("#time-left-answer")).to_contain_text("You have more time: 10 minutes")
    page.locator("#record").press("Enter")
    arrived(page, server)


def test_press_before_the_limit_counts_even_if_the_response_is_late(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    server.limit(3)
    held: list[Route] = []
    page.route("**/more-time", lambda route: held.append(route))
    page.goto("/question")
    start(page)
    page.locator("#more-time").press("Enter")
    record_for(page, 4000)
    phase(page, "recording")
    held[0].continue_()
    expect(page.locator("#clock-text")).to_contain_text("of 0:23")
    page.locator("#record").press("Enter")
    arrived(page, server)
    assert server.stops[1]["reason"] == "stopped"


def test_refused_more_time_ends_at_the_limit_and_keeps_the_recording(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    server.limit(2)
    page.route("**/more-time", lambda route: route.abort())
    page.goto("/question")
    start(page)
    page.locator("#more-time").press("Enter")
    phase(page, "review")
    heard(page, "The time limit was reached, so recording stopped. 2 seconds saved.")
    (upload,) = arrived(page, server)
    assert upload.size > 0


def test_more_time_to_think_takes_one_key_and_is_announced(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.think(600)
    page.goto("/question")
    page.locator("#more-thinking").press("Enter")
    heard(page, "You have more time: ")
    expect(page.locator("#thinking")).to_contain_text("Time to think: 10:")
    expect(page.locator("#more-thinking")).to_be_focused()


def test_time_to_think_can_be_extended_after_its_end(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.think(1)
    page.goto("/question")
    expect(page.locator("#thinking")).to_have_text("Your time to think has ended. Start recording when you are ready.")
    page.locator("#more-thinking").press("Enter")
    expect(page.locator("#thinking")).to_contain_text("Time to think: ")


def test_refused_time_to_think_is_announced(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.think(59)
    page.route("**/thinking", lambda route: route.abort())
    page.goto("/question")
    page.locator("#more-thinking").press("Enter")
    heard(page, "More time could not be added just now.")
    expect(page.locator("#thinking-note")).to_contain_text("Try again")
    expect(page.locator("#thinking")).to_contain_text("Time to think: 0:")


def test_start_skips_thinking_and_a_cancelled_countdown_returns_to_it(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    server.think(120, left=90)
    server.prefer(countdown_seconds=5)
    page.goto("/question")
    expect(page.locator("#thinking")).to_be_visible()
    expect(page.locator("#more-thinking")).to_be_hidden()
    page.locator("#record").press("Enter")
    phase(page, "countdown")
    expect(page.locator("#thinking")).to_be_hidden()
    press_again(page)
    page.locator("#record").press("Enter")
    phase(page, "idle")
    expect(page.locator("#thinking")).to_contain_text("Time to think: 1:")


def test_each_thinking_warning_is_announced_once(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.think(20, left=12)
    page.goto("/question")
    heard(page, "Your time to think has ended.")
    said = [one for one in spoken(page) if "think" in one]
    assert said == ["10 seconds left to think.", "Your time to think has ended. Start recording when you are ready."]


def test_a_hidden_clock_hides_the_thinking_clock_too(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.think(120, left=90)
    server.prefer(hide_timer=True)
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()
    expect(page.locator("#thinking")).to_be_hidden()
    page.locator("#show-clock").press("Space")
    expect(page.locator("#thinking")).to_be_visible()
