"""Devices, storage and playback of the recorder: missing devices are explained, and practice stores nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    phase,
    press_again,
    record_for,
    sha256,
    start,
    stop,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer

BLOCKED = "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }"


FULL = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value) {
  if (window.isFull) throw new DOMException('', 'QuotaExceededError');
  return put.call(this, value);
}"""


@pytest.mark.parametrize("script", [BLOCKED, FULL])
def test_recording_goes_on_where_the_browser_cannot_keep_parts(
    page: Page, server: RecorderServer, context: BrowserContext, script: str
) -> None:
    page.add_init_script(script)
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    page.evaluate("window.isFull = true")
    context.set_offline(True)
    record_for(page, 6500)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text(
        "This browser could not keep a copy. Leave this page open"
    )
    context.set_offline(False)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


@pytest.mark.parametrize(
    ("error", "title"),
    [
        ("NotAllowedError", "This page may not use your camera or microphone"),
        ("NotFoundError", "No camera or microphone was found"),
        ("NotReadableError", "Your camera or microphone is in use"),
        ("NotSupportedError", "This browser cannot record"),
    ],
)
def test_a_device_that_cannot_be_had_is_explained_with_the_focus_on_it(
    page: Page, server: RecorderServer, error: str, title: str
) -> None:
    page.add_init_script(
        f"MediaDevices.prototype.getUserMedia = async () => {{ throw new DOMException('', '{error}') }}"
    )
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#problem-title")).to_have_text(title)
    assert ("Site settings" in page.locator("#problem-text").inner_text()) == (error == "NotAllowedError")
    expect(page.locator("#record")).to_be_visible()
    assert server.takes == {}


def test_starting_without_a_line_says_so_and_records_nothing(
    page: Page, server: RecorderServer, context: BrowserContext
) -> None:
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()
    context.set_offline(True)
    page.locator("#record").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#problem-title")).to_have_text("No connection")


def test_practice_sends_nothing_and_keeps_nothing(page: Page, server: RecorderServer) -> None:
    page.goto("/practice")
    start(page)
    record_for(page, 3600)
    expect(page.locator("#clock-text")).to_have_text("Recording 0:03")
    stop(page)
    expect(page.locator("#playback audio")).to_be_visible()
    assert [one for one in server.requests if one[0] != "GET"] == []
    assert page.evaluate("indexedDB.databases()") == []
    press_again(page)
    page.get_by_role("button", name="Practise again").press("Enter")
    phase(page, "recording")
    assert changes_while_capturing(page) == []


def test_a_new_recording_plays_back_with_its_length(page: Page, server: RecorderServer) -> None:
    server.prefer(audio_only=False)
    page.goto("/question")
    start(page)
    record_for(page, 2000)
    stop(page)
    page.wait_for_function("() => document.querySelector('#playback video').duration < 10")
    assert page.evaluate("document.querySelector('#playback video').paused")
    page.evaluate("document.querySelector('#playback video').play()")
    page.wait_for_function("() => document.querySelector('#playback video').currentTime > 0.3")
    arrived(page, server)


def test_a_slow_line_makes_the_device_check_choose_sound_alone(page: Page, server: RecorderServer) -> None:
    server.prefer(audio_only=False)
    server.delay_s = 1.2
    page.goto("/devices")
    expect(page.locator("#connection-text")).to_contain_text("Your connection is slow,")
    expect(page.locator("#quality")).to_have_value("audio")
    server.delay_s = 0
    page.goto("/question")
    expect(page.locator("#kind-audio")).to_be_checked()


def test_the_device_check_says_how_loud_it_is_and_lets_devices_be_chosen(page: Page, server: RecorderServer) -> None:
    server.prefer(audio_only=False)
    page.goto("/devices")
    expect(page.locator("#connection-text")).to_contain_text("Your connection")
    expect(page.locator("#connection-text")).not_to_contain_text("Measuring")
    page.get_by_role("button", name="Turn on camera and microphone").press("Enter")
    expect(page.locator("#level-text")).to_have_text("We can hear you.")
    heard(page, "We can hear you.")
    page.wait_for_function("() => document.getElementById('level').value > 0")
    expect(page.locator("#microphone option")).to_have_count(3)
    page.locator("#microphone").select_option(label="Fake Audio Input 2")
    expect(page.locator("#microphone option:checked")).to_have_text("Fake Audio Input 2")
    assert (
        page.evaluate("JSON.parse(localStorage.getItem('fairtake-devices')).microphone")
        == page.locator("#microphone").input_value()
    )


def test_a_chosen_device_that_has_gone_is_replaced_by_any(page: Page, server: RecorderServer) -> None:
    page.add_init_script(
        "localStorage.setItem('fairtake-devices', JSON.stringify({ microphone: 'gone', camera: 'gone' }))"
    )
    page.goto("/question")
    start(page)
    record_for(page, 500)
    stop(page)
    arrived(page, server)
