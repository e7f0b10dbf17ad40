"""Start and Stop by key and by mouse: nothing is recorded by accident, and Stop takes effect at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    arrived,
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


def test_a_cancelled_countdown_makes_no_second_take(page: Page, server: RecorderServer) -> None:
    server.prefer(countdown_seconds=5)
    page.goto("/question")
    page.locator("#record").click()
    phase(page, "countdown")
    press_again(page)
    page.locator("#record").click()
    phase(page, "idle")
    expect(page.locator("#record")).to_be_focused()
    heard(page, "Nothing was recorded.")
    press_again(page)
    start(page)
    record_for(page, 500)
    stop(page)
    arrived(page, server)
    assert len(server.takes) == 1


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_stop_takes_effect_on_keydown(page: Page, server: RecorderServer, key: str) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 500)
    page.keyboard.down(key)
    assert page.evaluate("[watch.recorders[0].state, watch.stoppedDuring, watch.lastKey.type]") == [
        "inactive",
        "keydown",
        "keydown",
    ]
    phase(page, "review")
    page.keyboard.up(key)
    phase(page, "review")
    arrived(page, server)


def test_a_key_held_down_on_start_does_not_stop_what_it_started(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()  # visible only after the scripts have run
    page.locator("#record").focus()
    page.keyboard.down("Enter")
    expect(page.locator("#record")).to_be_focused()
    for _ in range(5):
        page.keyboard.down("Enter")  # Playwright marks these events as key repeats
    phase(page, "recording")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    record_for(page, 500)
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording")
    stop(page)
    arrived(page, server)


def test_stop_can_be_clicked(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    page.locator("#record").click()
    phase(page, "recording")
    record_for(page, 500)
    page.locator("#record").click()
    phase(page, "review")
    arrived(page, server)


def test_stopped_before_there_was_a_byte_is_no_take(page: Page, server: RecorderServer) -> None:
    page.add_init_script("""window.MediaRecorder = class extends window.MediaRecorder {
        constructor(...values) {
            super(...values);
            this.addEventListener("dataavailable", (event) => window.isEmpty && event.stopImmediatePropagation());
        }
    }""")
    page.goto("/question")
    page.evaluate("window.isEmpty = true")
    start(page)
    page.keyboard.press("Enter")
    phase(page, "idle")
    expect(page.locator("#record")).to_be_focused()
    wait_until(page, lambda: spoken(page)[-1] == "Nothing was recorded.")
    assert server.stops == {}
    page.evaluate("window.isEmpty = false")
    press_again(page)
    start(page)
    record_for(page, 500)
    stop(page)
    wait_until(page, lambda: bool(server.uploads))
    (take,) = {upload.take for upload in server.uploads}
    assert [one.segment for one in arrived(page, server, take)] == [1]
