"""A candidate cuts the beginning of a recording with the keyboard, with scripts and without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.interviews.models import Attempt
from app.recording.models import Take
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.keyboard import press, reach
from tests.browser.recorder_page import LONG_MS
from tests.factories import make_attempt, make_interview
from tests.media_factory import record
from tests.recording.candidate import fresh
from tests.recording.cutting import SECONDS, processed, run

OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    return make_attempt(make_interview(questions=1))


@pytest.fixture
def take(attempt: Attempt, tmp_path: Path) -> Take:
    return processed(attempt, record(tmp_path / "opus.webm", seconds=SECONDS).read_bytes())


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def own_page(
    request: pytest.FixtureRequest, launch: Callable[..., Browser], live_server: LiveServer, take: Take
) -> Iterator[Page]:
    """The question page of the candidate, who has recorded an answer."""
    with launch().new_context(base_url=live_server.url, java_script_enabled=request.param) as context:
        live_server.sign(context, attempt=take.attempt_id)
        context.set_default_timeout(LONG_MS)
        page = context.new_page()
        page.goto(f"/interview/questions/{take.question_id}")
        yield page


def test_beginning_is_cut_and_undone_with_the_keyboard_alone(own_page: Page, take: Take) -> None:
    page = own_page
    press(page, page.get_by_role("link", name="Cut the beginning of recording 1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cut the beginning")
    reach(page, page.get_by_label("Cut the first"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    press(page, page.get_by_role("button", name="Listen from there"))
    expect(page.get_by_role("heading", name="The recording after the first 1.5 seconds")).to_be_visible()
    assert page.get_by_label("The recording after the first 1.5 seconds").last.get_attribute("src") == (
        f"/interview/takes/{take.id}/whole#t=1.5"
    )
    press(page, page.get_by_role("button", name="Cut the beginning"))
    expect(page.locator(f"#take-{take.id}")).to_contain_text("You have cut the first 1.5 seconds.")
    run(take)
    assert fresh(take).measured_ms == pytest.approx((SECONDS - 1.5) * 1000, abs=100)
    press(page, page.get_by_role("link", name="Change or undo the cut of recording 1"))
    press(page, page.get_by_role("button", name="Undo: keep the whole recording"))
    expect(page.get_by_role("link", name="Cut the beginning of recording 1")).to_be_visible()
    assert fresh(take).trim_ms is None


def test_player_begins_at_the_cut_and_gets_the_focus(
    launch: Callable[..., Browser], live_server: LiveServer, take: Take
) -> None:
    with launch().new_context(base_url=live_server.url) as context:
        live_server.sign(context, attempt=take.attempt_id)
        page = context.new_page()
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(f"/interview/takes/{take.id}/cut")
            page.get_by_label("Cut the first").select_option("2000")
            page.get_by_role("button", name="Listen from there").press("Enter")
            expect(page.locator("#listen")).to_be_focused()
            page.wait_for_function("() => document.querySelector('audio').currentTime >= 1.9")
            assert page.evaluate(OVERFLOW) <= 0
            assert problems_of(page) == []
