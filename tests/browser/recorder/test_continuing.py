"""After an interruption the page offers to keep the recording or to continue it in a new segment."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    LONG_MS,
    LOSE,
    arrived,
    changes_while_capturing,
    heard,
    phase,
    record_for,
    sha256,
    start,
    stop,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer


def test_a_reload_in_the_middle_offers_what_there_is_and_goes_on_in_a_segment_of_its_own(
    page: Page, server: RecorderServer
) -> None:
    page.goto("/question")
    began = time.monotonic()
    start(page)
    record_for(page, 6500)
    server.delay_s = 0.3  # so that a request is still unanswered when the page is left
    delivered = bytes(page.evaluate("new Blob(watch.recordings[0]).arrayBuffer().then(b => [...new Uint8Array(b)])"))
    page.reload()
    elapsed = time.monotonic() - began
    expect(page.locator("#offer-heading")).to_be_focused(timeout=LONG_MS)
    expect(page.locator("#offer-heading")).to_have_text(re.compile(r"^We have \d+ seconds of your answer$"))
    (seconds,) = re.findall(r"\d+", page.locator("#offer-heading").inner_text())
    assert 5 <= int(seconds) <= elapsed
    wait_until(page, lambda: server.uploads[0].is_finished)
    assert server.uploads[0].data[: len(delivered)] == delivered
    assert server.stops == {}

    for button in ("Keep it as it is", "Record again", "Continue recording"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=button)).to_be_focused()
    page.keyboard.press("Enter")
    phase(page, "recording")
    record_for(page, 1500)
    stop(page)
    first, second = arrived(page, server)
    assert sha256(second) == page.evaluate("watch.hash(0)")
    report = server.stops[1]
    assert [one["bytes"] for one in report["segments"]] == [first.size, second.size]
    assert report["recorded_ms"] == pytest.approx(sum(one["recorded_ms"] for one in report["segments"]), abs=1)
    assert report["recorded_ms"] > 5900 + 1400
    expect(page.locator("#review-note")).to_be_visible()


def test_an_interrupted_take_can_be_kept_unchanged(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    page.reload()
    expect(page.locator("#offer-heading")).to_be_focused(timeout=LONG_MS)
    page.get_by_role("button", name="Keep it as it is").press("Enter")
    phase(page, "review")
    expect(page.locator("#review-heading")).to_be_focused()
    arrived(page, server)
    assert server.stops[1]["reason"] == "kept"
    expect(page.locator("#keep-form")).to_have_attribute("action", f"/interview/takes/{server.takes[1]}/keep")


def test_a_take_begun_on_another_device_is_offered_here(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    page.goto("/blank")
    page.evaluate("""new Promise(done => indexedDB.deleteDatabase('fairtake-recorder').onsuccess = done)""")
    page.goto("/question")
    expect(page.locator("#offer-heading")).to_be_focused(timeout=LONG_MS)
    expect(page.locator("#offer-heading")).to_contain_text("seconds of your answer")
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    record_for(page, 500)
    stop(page)
    arrived(page, server, 2)
    wait_until(page, lambda: 1 in server.stops)
    assert server.stops[1]["segments"] == []  # only the browser that recorded the segment knows where it ends


def test_a_microphone_that_is_unplugged_keeps_what_there_is_and_offers_to_go_on(
    page: Page, server: RecorderServer
) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 2200)
    page.evaluate(LOSE, "audio")
    phase(page, "offered")
    expect(page.locator("#offer-heading")).to_be_focused()
    expect(page.locator("#offer-heading")).to_have_text("We have 2 seconds of your answer")
    expect(page.locator("#offer-text")).to_contain_text("Your microphone was disconnected")
    heard(page, "Recording stopped. 2 seconds saved. Your microphone was disconnected")
    assert changes_while_capturing(page) == []
    page.locator("#record").press("Enter")
    phase(page, "recording")
    record_for(page, 500)
    stop(page)
    first, second = arrived(page, server)
    assert [sha256(first), sha256(second)] == [page.evaluate("watch.hash(0)"), page.evaluate("watch.hash(1)")]
    expect(page.locator("#playback audio")).to_have_count(2)


def test_permanently_muted_track_ends_the_session_and_a_short_mute_does_not(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    page.evaluate("""() => { const [track] = watch.recorders[0].stream.getTracks();
        track.dispatchEvent(new Event('mute')); track.dispatchEvent(new Event('unmute')); }""")
    record_for(page, 3500)
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording")
    page.evaluate("watch.recorders[0].stream.getTracks()[0].dispatchEvent(new Event('mute'))")
    phase(page, "offered")
    expect(page.locator("#offer-text")).to_contain_text("Your microphone stopped sending sound")
