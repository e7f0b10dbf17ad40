"""Two tabs of one question see each other before a recording starts; players are silent during capture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.recorder_page import phase, start
from tests.browser.recorder_server import RecorderServer

TOLD = "You are already recording this question in another tab"


@pytest.fixture
def two(recording_context: BrowserContext, recording_page: Page) -> Iterator[tuple[Page, Page]]:
    """Two tabs that show the same question, neither of which records."""
    second = recording_context.new_page()
    for page in (recording_page, second):
        page.goto("/question")
        expect(page.locator("#record")).to_be_visible()
    recording_page.bring_to_front()
    yield recording_page, second
    second.close()


def test_second_tab_is_told_before_anything_starts(two: tuple[Page, Page], server: RecorderServer) -> None:
    first, second = two
    start(first)
    second.bring_to_front()
    second.locator("#record").press("Enter")
    expect(second.locator("#problem-title")).to_have_text(TOLD)
    expect(second.locator("#problem")).to_be_focused()
    phase(second, "idle")
    assert list(server.takes) == [1]
    first.bring_to_front()
    phase(first, "recording")

    second.bring_to_front()
    second.get_by_role("button", name="Record here anyway").press("Enter")
    phase(second, "recording")
    expect(second.get_by_text(TOLD)).to_be_hidden()
    assert list(server.takes) == [1, 2]


def test_second_tab_records_when_the_first_has_stopped(two: tuple[Page, Page], server: RecorderServer) -> None:
    first, second = two
    start(first)
    first.wait_for_timeout(1500)
    first.locator("#record").press("Enter")
    phase(first, "review")
    second.bring_to_front()
    start(second)
    assert list(server.takes) == [1, 2]


def test_second_tab_records_when_the_first_was_closed(two: tuple[Page, Page], server: RecorderServer) -> None:
    first, second = two
    start(first)
    first.goto("/blank")
    second.bring_to_front()
    start(second)


def test_browser_without_locks_records(recording_page: Page) -> None:
    recording_page.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    recording_page.goto("/question")
    start(recording_page)


def test_player_cannot_be_played_during_capture(recording_page: Page) -> None:
    page = recording_page
    page.goto("/question")
    player = "document.body.append(Object.assign(document.createElement('audio'), {id: 'sound', controls: true}))"
    page.evaluate(player)
    start(page)
    assert page.evaluate("document.getElementById('sound').inert")
    silent = "sound => (sound.play().catch(() => {}), new Promise(done => setTimeout(() => done(sound.paused), 200)))"
    assert page.locator("#sound").evaluate(silent)
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    assert not page.evaluate("document.getElementById('sound').inert")
