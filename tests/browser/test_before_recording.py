"""Before a recording: the device check, the other ways to answer, and the time at which the button gets its new name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.interviews.models import Attempt
from app.transaction import transaction
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import CLIP, LONG_MS, WATCH, phase, record_for
from tests.factories import make_attempt, make_interview

NAMES = """
  window.named = [];
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('record');
    const note = () => window.named.push({name: button.innerText.trim(), at: performance.now()});
    if (button) new MutationObserver(note).observe(button, {subtree: true, childList: true, characterData: true, attributes: true});
  });
"""
"""Logs every change of the record button, with its time."""


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate of an interview with one question."""
    return make_attempt(make_interview(questions=1))


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[Page]:
    """A tab of the candidate, with a camera and a microphone."""
    with launch(CLIP).new_context(
        base_url=live_server.url, permissions=["camera", "microphone"], reduced_motion="reduce"
    ) as context:
        live_server.sign(context, attempt=attempt.id)
        context.add_init_script(path=WATCH)
        context.add_init_script(NAMES)
        context.set_default_timeout(LONG_MS)
        yield context.new_page()


@pytest.mark.parametrize("seconds", [3, 5])
def test_button_changes_its_name_a_whole_countdown_before_capture(page: Page, attempt: Attempt, seconds: int) -> None:
    """Some screen readers speak the new name of the focused button at once, for less than two seconds (measured)."""
    with transaction() as session:
        session.merge(attempt).preferences = {"countdown_seconds": seconds}
    page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
    page.locator("#record").press("Enter")
    phase(page, "recording")
    record_for(page, 1500)
    capture, named = page.evaluate("[watch.windows[0][0], named]")
    before = [each for each in named if each["at"] < capture]
    assert "Stop recording" in before[-1]["name"]
    assert capture - before[-1]["at"] > seconds * 1000 - 200
    page.locator("#record").press("Enter")
    phase(page, "review")


def test_check_of_today_is_mentioned_on_the_list_of_questions_until_tomorrow(page: Page) -> None:
    page.goto("/interview/")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#checked")).to_be_hidden()
    page.goto("/interview/device-check")
    page.get_by_role("button", name="Turn on camera and microphone").press("Enter")
    expect(page.locator("#checks")).to_be_visible()
    page.goto("/interview/")
    expect(page.locator("#checked")).to_have_text("Checked today in this browser")
    page.evaluate(
        "localStorage.setItem('fairtake-devices', JSON.stringify({checkedAt: Date.now() - 24 * 3600 * 1000}))"
    )
    page.reload()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#checked")).to_be_hidden()


def test_device_check_offers_other_ways_that_lead_on(page: Page) -> None:
    page.goto("/interview/device-check")
    ways = page.locator("#other-ways")
    expect(ways).to_contain_text("You can answer in writing or send a file.")
    ways.get_by_role("link", name="Ask for help, or to speak with a person").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your accommodations")
    page.goto("/interview/device-check")
    page.locator("#other-ways").get_by_role("link", name="Go to the questions").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your questions")
