"""During a recording nothing on the page is announced, moves, changes its name or makes a sound. Each event has a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.recorder_page import (
    changes_while_capturing,
    heard,
    names,
    record_for,
    spoken,
    start,
    stop,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer

SOUNDS = """(() => {
  window.sounds = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!this.muted) window.sounds.push(this.localName);
    return play.call(this);
  };
  for (const name of ['speak']) speechSynthesis[name] = () => window.sounds.push('speech');
  for (const name of ['AudioContext', 'Audio', 'Notification']) {
    window[name] = new Proxy(window[name], { construct: (...values) => (window.sounds.push(name), Reflect.construct(...values)) });
  }
})()"""


def warnings(_page: Page, server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """The remaining time falls below the thresholds of two warnings."""
    server.limit(30, warn_at=[29, 27])
    server.prefer(vibrate=True)
    return lambda: expect(_page.locator("#clock-warning")).to_have_text("27 seconds left")


def progress(page: Page, server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """Uploaded parts arrive at the server."""
    return lambda: wait_until(page, lambda: server.uploads and server.uploads[0].size)


def failure(page: Page, _server: RecorderServer, context: BrowserContext) -> Callable[[], object]:
    """The connection fails and recovers."""

    def go_down() -> None:
        record_for(page, 3200)
        context.set_offline(True)
        record_for(page, 5500)
        context.set_offline(False)

    return go_down


def refusal(page: Page, server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """The server refuses the upload permanently."""
    server.refuse_parts = 413
    return lambda: wait_until(page, lambda: 413 in [status for *_, status in server.requests])


def signed_out(page: Page, server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """The session ends."""

    def end() -> None:
        server.signed_out = True
        wait_until(page, lambda: 401 in [status for *_, status in server.requests])

    return end


def more_time(page: Page, server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """The person asks for more time with a keyboard shortcut, which does not move the focus."""
    server.limit(60)

    def ask() -> None:
        page.evaluate("document.getElementById('more-time').click()")
        expect(page.locator("#clock-text")).to_contain_text("of 1:20")

    return ask


def lengthened(page: Page, server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """A coordinator grants more time during the recording."""
    server.limit(60)

    def grant() -> None:
        server.lengthen(90)
        expect(page.locator("#clock-text")).to_contain_text("of 1:30")

    return grant


def looked_away(page: Page, _server: RecorderServer, _context: BrowserContext) -> Callable[[], object]:
    """The tab is hidden and shown, the connection is back, and another script reports a failed request."""
    return lambda: page.evaluate("""() => {
        document.dispatchEvent(new Event('visibilitychange'));
        dispatchEvent(new Event('online'));
        document.dispatchEvent(new CustomEvent('htmx:sendError', { detail: { elt: document.body } }));
    }""")


@pytest.mark.parametrize(
    "event",
    [warnings, progress, failure, refusal, signed_out, more_time, lengthened, looked_away],
    ids=lambda one: one.__name__,
)
def test_page_is_silent_and_does_not_change_during_a_recording(
    recording_page: Page,
    recording_context: BrowserContext,
    server: RecorderServer,
    event: Callable[..., Callable[[], object]],
) -> None:
    page = recording_page
    page.add_init_script(SOUNDS)
    happen = event(page, server, recording_context)
    page.goto("/question")
    start(page)
    record_for(page, 600)
    before, said, sounds = names(page), spoken(page), page.evaluate("window.sounds")
    happen()
    record_for(page, 2500)
    assert names(page) == before
    assert spoken(page) == said
    assert page.evaluate("window.sounds") == sounds
    expect(page.locator("#record")).to_be_focused()
    stop(page)
    assert changes_while_capturing(page) == []
    heard(page, "Recording stopped.")  # proves that the log contains announcements
    assert len(page.evaluate("watch.changes")) >= 2  # proves that the log contains changes of the silent clock
