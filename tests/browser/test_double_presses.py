"""On candidates' pages, a second press within 600 ms does nothing, even if the first press has led to another page."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from app.clock import now
from tests.browser.conftest import LiveServer
from tests.factories import make_attempt, make_interview

each_gap = pytest.mark.parametrize("gap_ms", [120, 300, 600])
OWN = "/interview/accommodations"


@pytest.fixture
def candidate_page(live_server: LiveServer, page: Page) -> Page:
    """The browser of a candidate."""
    live_server.sign(page.context, attempt=make_attempt(make_interview(deadline_at=now().replace(year=2126))).id)
    return page


def click_twice(page: Page, wanted: Locator, gap_ms: int) -> None:
    """Click at one place twice. The event times are exact, even on a busy machine."""
    wanted.scroll_into_view_if_needed()
    box = wanted.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    begun = time.time()
    for at in (begun, begun + gap_ms / 1000):
        click = {"x": box["x"] + 12, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            session.send("Input.dispatchMouseEvent", {**click, "timestamp": at, "type": kind})


@each_gap
def test_section_opened_by_two_presses_is_open(candidate_page: Page, gap_ms: int) -> None:
    page = candidate_page
    page.goto(OWN)
    click_twice(page, page.get_by_text("More choices"), gap_ms)
    expect(page.locator("details.details", has_text="More choices")).to_have_attribute("open", "")
    box = page.locator("#carry")
    click_twice(page, box, gap_ms)
    expect(box).to_be_checked()
    page.locator("label[for=human]").click()
    expect(page.locator("#human")).to_be_checked()


@each_gap
def test_choice_by_two_presses_is_made_once_and_nothing_else(candidate_page: Page, gap_ms: int) -> None:
    page = candidate_page
    page.goto(OWN)
    click_twice(page, page.get_by_role("button", name="more retakes"), gap_ms)
    expect(page.locator("main").get_by_text("Saved. You now have: 2 more retakes for each question.")).to_be_visible()
    assert page.get_by_role("button", name="Remove").count() == 1


def test_two_presses_after_a_rest_count(candidate_page: Page) -> None:
    page = candidate_page
    page.goto(OWN)
    click_twice(page, page.get_by_text("More choices"), 900)
    expect(page.locator("details.details", has_text="More choices")).not_to_have_attribute("open", "")
