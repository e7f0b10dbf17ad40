"""The wait before a recording: its length, a second press, quiet, and the text about it in practice."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    phase,
    press_again,
    record_for,
    spoken,
    start,
    stop,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer

MICROPHONE = """(() => {
    let count = 0;
    window.loud = () => 0;
    AnalyserNode.prototype.getFloatTimeDomainData = (samples) => samples.fill(window.loud((count += 1)));
})()"""
"""Replaces the page's measurements of loudness. `loud(n)` is the amplitude of measurement n, from 0 to 1."""
VOICE = "window.loud = (n) => (n % 3 ? 0.1 : 0)"
NOISE = "window.loud = () => 0.1"
QUIET = "window.loud = () => 0"
READY = "Ready. Press again to record."
WAITING = "Starts when it is quiet"


def test_second_press_begins_the_recording_and_nothing_is_announced_after_it(
    page: Page, server: RecorderServer
) -> None:
    server.prefer(countdown_seconds=0)
    page.goto("/question")
    page.locator("#record").press("Enter")
    phase(page, "armed")
    heard(page, READY)
    expect(page.locator("#record")).to_have_accessible_name("Start recording")
    expect(page.locator("#clock-text")).to_have_text("Ready. Press “Start recording” again to record.")
    press_again(page)
    page.keyboard.press("Enter")
    phase(page, "recording")
    expect(page.locator("#record")).to_be_focused()
    expect(page.locator("#record")).to_have_accessible_name("Stop recording")
    assert spoken(page) == [READY]
    record_for(page, 1000)
    page.keyboard.press("Escape")
    phase(page, "paused")
    heard(page, "Paused.")
    before = spoken(page)
    press_again(page)
    page.keyboard.press("Escape")
    phase(page, "recording")
    assert spoken(page) == before
    stop(page)
    assert changes_while_capturing(page) == []
    arrived(page, server)


def test_second_press_can_be_cancelled(page: Page, server: RecorderServer) -> None:
    server.prefer(countdown_seconds=0)
    page.goto("/question")
    for cancel in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.get_by_role("button", name="Cancel").press("Enter"),
    ):
        page.locator("#record").press("Enter")
        phase(page, "armed")
        press_again(page)
        cancel()
        phase(page, "idle")
        heard(page, "Nothing was recorded.")
        expect(page.locator("#record")).to_be_focused()
        press_again(page)
    assert server.uploads == []


def test_wait_is_chosen_on_the_recorder_and_remembered(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    page.get_by_label("Recording starts").select_option("When you press again")
    wait_until(page, lambda: server.preferences["countdown_seconds"] == 0)
    page.get_by_label("Recording starts").select_option("3 seconds after you press")
    wait_until(page, lambda: server.preferences["countdown_seconds"] == 3)
    start(page)
    assert spoken(page) == ["Recording in 3 seconds."]
    stop(page)
    arrived(page, server)
    page.reload()
    expect(page.get_by_label("Recording starts")).to_have_value("3")


def test_recording_does_not_begin_while_a_voice_is_heard(page: Page, server: RecorderServer) -> None:
    server.page_data["quiet_seconds"] = 3600
    page.add_init_script(MICROPHONE)
    page.goto("/question")
    page.evaluate(VOICE)
    page.locator("#record").press("Enter")
    expect(page.locator("#clock-text")).to_have_text(WAITING)
    page.wait_for_timeout(1500)
    phase(page, "countdown")
    page.evaluate(QUIET)
    phase(page, "recording")
    stop(page)
    arrived(page, server)


def test_steady_noise_does_not_delay_a_recording(page: Page, server: RecorderServer) -> None:
    server.page_data["quiet_seconds"] = 3600
    page.add_init_script(MICROPHONE)
    page.goto("/question")
    page.evaluate(NOISE)
    start(page)
    stop(page)
    arrived(page, server)


def test_voice_that_does_not_end_delays_a_recording_for_a_limited_time(page: Page, server: RecorderServer) -> None:
    server.page_data["quiet_seconds"] = 1
    page.add_init_script(MICROPHONE)
    page.goto("/question")
    page.evaluate(VOICE)
    start(page)
    stop(page)
    arrived(page, server)


def test_practice_says_that_something_was_heard_at_the_start_and_offers_a_longer_wait(
    page: Page, server: RecorderServer
) -> None:
    server.prefer(countdown_seconds=3)
    page.add_init_script(MICROPHONE)
    page.goto("/practice")
    page.evaluate("window.loud = () => (watch.isCapturing ? 0.1 : 0)")
    start(page)
    record_for(page, 2000)
    stop(page)
    heard(page, "Something was heard in the first second.")
    expect(page.locator("#early-text")).to_contain_text("your screen reader")
    for seconds, words in (
        (5, "5 seconds after you press"),
        (10, "10 seconds after you press"),
        (0, "When you press again"),
    ):
        server.prefer(countdown_seconds=None)
        press_again(page)
        page.get_by_role("button", name="Wait longer before recording").press("Enter")
        wait_until(page, lambda wanted=seconds: server.preferences["countdown_seconds"] == wanted)
        expect(page.locator("#early-text")).to_have_text(f"Saved. Recording starts: {words}.")
        expect(page.get_by_label("Recording starts")).to_have_value(str(seconds))


def test_practice_says_nothing_about_a_voice_that_begins_later(page: Page, server: RecorderServer) -> None:
    page.add_init_script(MICROPHONE)
    page.goto("/practice")
    later = "watch.isCapturing && performance.now() - watch.windows.at(-1)[0] > 3000"
    page.evaluate(f"window.loud = () => ({later} ? 0.1 : 0)")
    start(page)
    record_for(page, 4000)
    stop(page)
    heard(page, "Recording stopped.")
    expect(page.locator("#early")).to_be_hidden()
