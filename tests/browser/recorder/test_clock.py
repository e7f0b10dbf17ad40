"""Limits and clocks of the recorder: thinking time, time left, requests for more time, and hiding the clock."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    phase,
    record_for,
    spoken,
    start,
    stop,
)
from tests.browser.recorder_server import RecorderServer


def test_limit_stops_keeps_and_announces(page: Page, server: RecorderServer) -> None:
    server.limit(2)
    page.goto("/question")
    start(page)
    phase(page, "review")
    heard(page, "The time limit was reached, so recording stopped. 2 seconds saved.")
    arrived(page, server)
    assert server.stops[1]["reason"] == "limit"
    assert 2000 <= server.stops[1]["recorded_ms"] < 2600


def test_a_limit_lengthened_at_the_server_counts_from_then_on(page: Page, server: RecorderServer) -> None:
    server.limit(5)
    page.goto("/question")
    start(page)
    server.lengthen(90)
    record_for(page, 6500)
    expect(page.locator("#clock-text")).to_have_text(re.compile(r"^Recording 0:0[67] of 1:30$"))
    stop(page)
    assert changes_while_capturing(page) == []
    arrived(page, server)


def test_time_left_is_said_only_to_the_person_who_asks(page: Page, server: RecorderServer) -> None:
    server.limit(60)
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.locator("#time-left").press("Enter")
    expect(page.locator("#time-left-answer")).to_have_text(re.compile("^5[78] seconds left.$"))
    page.locator("#record").focus()
    stop(page)
    outside = [
        one
        for one in changes_while_capturing(page)
        if one["where"] != "p#time-left-answer" and one["what"] == "childList"
    ]
    assert outside == []
    arrived(page, server)


def test_more_time_is_one_press_and_shows_in_the_clock(page: Page, server: RecorderServer) -> None:
    server.limit(60)
    page.goto("/question")
    start(page)
    page.locator("#more-time").press("Enter")
    expect(page.locator("#clock-text")).to_contain_text("of 1:20")
    page.locator("#record").focus()
    stop(page)
    arrived(page, server)
    assert "more time" not in " ".join(spoken(page))  # not announced during the recording, and out of date after it


def test_thinking_time_is_shown_and_said_at_its_moments(page: Page, server: RecorderServer) -> None:
    server.think(60, left=11)
    page.goto("/question")
    expect(page.locator("#thinking")).to_contain_text("Time to think: 0:1")
    heard(page, "10 seconds left to think.")
    start(page)
    expect(page.locator("#thinking")).to_be_hidden()
    assert changes_while_capturing(page) == []


def test_the_end_of_thinking_time_starts_nothing(page: Page, server: RecorderServer) -> None:
    server.think(60, left=1)
    page.goto("/question")
    heard(page, "Your time to think has ended. Start recording when you are ready.")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "idle")
    assert server.takes == {}


def test_the_clock_can_be_hidden_and_stays_hidden(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    page.locator("#show-clock").press("Space")
    page.reload()
    expect(page.locator("#show-clock")).not_to_be_checked()
    start(page)
    expect(page.locator("#clock")).to_be_hidden()
    record_for(page, 1200)
    stop(page)
    assert changes_while_capturing(page) == []
    heard(page, "Recording stopped.")
