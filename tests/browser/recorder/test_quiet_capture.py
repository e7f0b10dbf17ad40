"""While the microphone is recording, the page announces nothing and does not change; announcements come before and
after.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    names,
    phase,
    record_for,
    sha256,
    spoken,
    start,
    stop,
)
from tests.browser.recorder_server import RecorderServer


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_the_page_is_silent_from_the_start_of_capture_to_its_end(page: Page, server: RecorderServer, kind: str) -> None:
    server.prefer(audio_only=kind == "audio")
    server.limit(30, warn_at=[28, 27])
    server.loss = 0.3  # so that uploads fail and resume during the recording
    page.goto("/question")
    start(page)
    record_for(page, 1000)
    before = names(page)
    record_for(page, 4500)
    expect(page.locator("#clock-warning")).to_have_text("27 seconds left")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    after = names(page)
    stop(page)
    assert changes_while_capturing(page) == []
    assert before == after
    assert (
        len([one for one in page.evaluate("watch.changes") if one.get("isClock")]) >= 4
    )  # proves that the log contains changes
    arrived(page, server)


def test_pausing_stops_capture_before_the_page_changes_and_does_not_count(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.keyboard.press("Tab")
    expect(page.locator("#pause")).to_be_focused()
    page.evaluate("watch.changes.length = 0")  # ignore the change of focus, which the Tab key caused
    page.keyboard.press("Space")
    phase(page, "paused")
    expect(page.locator("#pause")).to_be_focused()
    heard(page, "Paused. 1 second recorded. The timer has stopped. Press again to resume.")
    page.wait_for_timeout(1500)
    page.keyboard.press("Space")
    heard(page, "Resuming in 1 second.")
    phase(page, "recording")
    expect(page.locator("#pause")).to_be_focused()
    record_for(page, 1200)
    page.keyboard.press("Shift+Tab")
    page.evaluate("watch.changes.length = 0")
    stop(page)
    assert changes_while_capturing(page) == []
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    captured = sum(end - begin for begin, end in page.evaluate("watch.windows"))
    assert server.stops[1]["recorded_ms"] == pytest.approx(captured, abs=400)
    assert captured < 4000


def test_the_start_is_spoken_before_capture_and_the_end_after_it(page: Page, server: RecorderServer) -> None:
    server.prefer(countdown_seconds=3)
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()  # once the scripts are there
    page.locator("#record").focus()
    page.keyboard.press("Space")
    expect(page.locator("#record")).to_be_focused()
    heard(page, "Recording in 3 seconds.")
    phase(page, "recording")
    assert page.evaluate("watch.windows[0][0] - watch.spoken[0].at") > 2900
    expect(page.locator("#status")).to_have_text("")
    record_for(page, 2200)
    stop(page)
    heard(page, "Recording stopped. 2 seconds saved.")
    expect(page.locator("#review-heading")).to_be_focused()
    assert spoken(page)[0] == "Recording in 3 seconds."
