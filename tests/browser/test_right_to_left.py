"""The pages in Arabic, in a real Chromium: chosen without scripts, mirrored, with the player's time axis from left to
right.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.clock import now
from tests.browser.conftest import LiveServer
from tests.browser.every_page import SCROLLS_SIDEWAYS, World, address
from tests.factories import make_attempt

LEFT_OF = "([one, other]) => one.getBoundingClientRect().left < other.getBoundingClientRect().left"


def is_left_of(page: Page, one: str, other: str) -> bool:
    """Return whether the first element begins further to the left than the second."""
    handles = [page.locator(each).first.element_handle() for each in (one, other)]
    return bool(page.evaluate(LEFT_OF, handles))


@pytest.mark.parametrize("script", [True, False])
def test_a_language_is_chosen_by_keyboard_with_and_without_a_script(
    launch: Callable[..., Browser], live_server: LiveServer, script: bool
) -> None:
    with launch().new_context(base_url=live_server.url, java_script_enabled=script) as context:
        page = context.new_page()
        page.goto("/interview/help")
        page.get_by_role("button", name="العربية").press("Enter")
        expect(page).to_have_url(f"{live_server.url}/interview/help")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.get_by_role("heading", level=1)).to_have_text("المساعدة والترتيبات التيسيرية")
        page.get_by_role("button", name="English").press("Enter")
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_page_is_mirrored_and_a_question_in_english_is_not(live_server: LiveServer, page: Page) -> None:
    attempt = make_attempt()
    live_server.sign(page.context, attempt=attempt.id, language="ar")
    page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
    assert is_left_of(page, ".masthead__help", ".masthead__mark")
    expect(page.locator(".prompt")).to_have_attribute("lang", "en")
    expect(page.locator(".prompt")).to_have_css("direction", "ltr")
    expect(page.locator("#record")).to_have_accessible_name("بدء التسجيل")
    assert not page.evaluate(SCROLLS_SIDEWAYS)


def test_time_runs_from_left_to_right_on_the_desk(app: Flask, live_server: LiveServer, page: Page) -> None:
    world = World()
    user = world.reviewer
    live_server.sign(page.context, user=user.id, epoch=user.session_epoch, since=now().timestamp(), language="ar")
    page.goto(address(app, "review.answer", {"answer_id": world.answer_id}))
    expect(page.locator(".player__controls")).to_be_visible()
    assert is_left_of(page, '[data-do="back"]', '[data-do="forward"]')
    for part in ("#recording", ".player__time", ".cue__time"):
        expect(page.locator(part).first).to_have_css("direction", "ltr")
    assert is_left_of(page, "#transcript", "#player")
    expect(page.locator(".transcript")).to_have_attribute("lang", "en")
