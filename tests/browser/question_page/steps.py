"""Steps of a candidate on the question page of the real server."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from app.interviews.models import Attempt
from tests.browser.recorder_page import LONG_MS, press_again

UPLOADS = "**/uploads/**"


def wait_for(page: Page, claim: str) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own function needs eval, which the policy forbids.)"""
    for _ in range(LONG_MS // 50):
        if page.evaluate(f"() => Boolean({claim})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(claim)


def address(attempt: Attempt) -> str:
    """Return the address of the attempt's question."""
    return f"/interview/questions/{attempt.interview.questions[0].id}"


def phase(page: Page, name: str) -> None:
    """Wait until the recorder is in the phase `name`."""
    expect(page.locator("#recorder")).to_have_attribute("data-phase", name, timeout=LONG_MS)


def record(page: Page, ms: int = 1500) -> None:
    """Start a recording, wait until `ms` milliseconds are recorded, and stop."""
    press_again(page)
    page.get_by_role("button", name=re.compile("Start recording|Record again")).press("Enter")
    phase(page, "recording")
    page.wait_for_function("ms => performance.now() - watch.windows.at(-1)[0] >= ms", arg=ms)
    page.locator("#record").press("Enter")
    phase(page, "review")


def sound_only(page: Page) -> None:
    """Choose to record sound only."""
    page.get_by_role("radio", name="Sound only").press("Space")


def end_session(page: Page, context: BrowserContext) -> None:
    """Delete the session cookie, and again whenever a late response has set it."""
    while context.cookies():
        context.clear_cookies()
        page.wait_for_timeout(400)
