"""The second part of the recorder's script may arrive late or fail at first. Nothing is recorded before it is loaded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.recorder_page import arrived, phase, record_for, stop, wait_until
from tests.browser.recorder_server import RecorderServer

pytestmark = pytest.mark.timeout(300)
LATER = "**/later.js*"
SENTENCES = "**/interview/sentences/**"


@pytest.mark.parametrize("missing", [LATER, SENTENCES])
def test_start_before_the_second_part_waits_for_it_and_then_records(
    page: Page, server: RecorderServer, missing: str
) -> None:
    held: list[Route] = []
    page.route(missing, lambda route: held.append(route))
    page.goto("/question")
    page.locator("#record").press("Enter")
    phase(page, "preparing")
    page.wait_for_timeout(2000)
    assert server.takes == {}
    assert page.evaluate("watch.recorders.length") == 0
    wait_until(page, lambda: held)
    held[0].continue_()
    phase(page, "recording")
    record_for(page, 1500)
    stop(page)
    arrived(page, server)


@pytest.mark.parametrize("missing", [LATER, SENTENCES])
def test_second_part_that_fails_is_tried_again_and_the_page_says_so(
    page: Page, server: RecorderServer, missing: str
) -> None:
    page.route(missing, lambda route: route.abort())
    page.goto("/question")
    problem = page.locator("#problem-title")
    expect(problem).to_have_text("This page is not complete yet")
    page.unroute(missing)
    expect(problem).to_be_hidden()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    stop(page)
    arrived(page, server)


def test_start_says_so_if_the_second_part_does_not_arrive(page: Page, server: RecorderServer) -> None:
    page.route(LATER, lambda route: route.abort())
    page.goto("/question")
    expect(page.locator("#problem-title")).to_have_text("This page is not complete yet")
    page.locator("#record").press("Enter")
    phase(page, "preparing")
    expect(page.locator("#problem-title")).to_have_text("No connection", timeout=60_000)
    phase(page, "idle")
    assert server.takes == {}


def test_practice_waits_for_the_second_part_too(page: Page) -> None:
    held: list[Route] = []
    page.route(LATER, lambda route: held.append(route))
    page.goto("/practice")
    page.locator("#record").press("Enter")
    phase(page, "preparing")
    wait_until(page, lambda: held)
    held[0].continue_()
    phase(page, "recording")


def test_settings_chosen_before_the_second_part_are_kept(page: Page, server: RecorderServer) -> None:
    held: list[Route] = []
    server.prefer(countdown_seconds=5)
    page.route(LATER, lambda route: held.append(route))
    page.goto("/question")
    page.locator("#wait").select_option("10")
    page.locator("#show-clock").press("Space")
    wait_until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#clock")).to_be_hidden()
    page.wait_for_function("() => localStorage.getItem('fairtake-show-clock') === 'no'")
    expect(page.locator("#wait")).to_have_value("10")
    wait_until(page, lambda: server.preferences["countdown_seconds"] == 10)
