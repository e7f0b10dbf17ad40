"""The recorder waits only a limited time for the browser to stop, pause, start or get permission."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    phase,
    press_again,
    record_for,
    sha256,
    spoken,
    start,
    stop,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer

NEVER_STOPS = "MediaRecorder.prototype.stop = function () {};"
NEVER_STOPS_NOR_ENDS = NEVER_STOPS + "MediaStreamTrack.prototype.stop = function () { this.wasStopped = true };"
HANDLERS = """for (const name of %s) {
  Object.defineProperty(MediaRecorder.prototype, `on${name}`, { set() {}, get() { return null } });
}"""
NEVER_PAUSES = "MediaRecorder.prototype.pause = function () {};"
NEVER_ANSWERS = "MediaDevices.prototype.getUserMedia = () => new Promise((answer) => { window.allow = answer });"
ALLOW_LATER = """(() => {
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = function (wish) {
    return new Promise((resolve) => { window.allow = async () => resolve((window.late = await open.call(this, wish))) });
  };
})()"""
QUICK = "(() => { const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, ms === 20000 ? 1500 : ms) })()"
TRACKS = "watch.recorders[0].stream.getTracks().map((track) => track.wasStopped ? 'ended' : track.readyState)"


def test_a_recorder_that_ignores_stop_ends_with_its_devices_and_loses_nothing(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.add_init_script(NEVER_STOPS)
    page.goto("/question")
    start(page)
    record_for(page, 7000)
    stop(page)
    assert page.evaluate(TRACKS) == ["ended"]
    heard(page, "Recording stopped.")
    assert "missing" not in " ".join(spoken(page))
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


@pytest.mark.parametrize("script", [NEVER_STOPS_NOR_ENDS, HANDLERS % "['stop']"], ids=["ignores stop", "says nothing"])
def test_unconfirmed_stop_keeps_the_slices_so_far(recording_page: Page, server: RecorderServer, script: str) -> None:
    page = recording_page
    page.add_init_script(script)
    page.goto("/question")
    start(page)
    record_for(page, 7000)
    stop(page)
    assert page.evaluate(TRACKS) == ["ended"]
    heard(page, "the last 3 seconds may be missing")
    expect(page.locator("#review-text")).to_contain_text("the last 3 seconds may be missing")
    (upload,) = arrived(page, server)
    assert upload.data
    assert server.stops[1]["reason"] == "stopped"
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")


def test_unconfirmed_pause_is_a_pause(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.add_init_script(HANDLERS % "['pause']")
    page.goto("/question")
    start(page)
    record_for(page, 1500)
    page.locator("#pause").press("Enter")
    phase(page, "paused")
    press_again(page)
    page.locator("#pause").press("Enter")
    phase(page, "recording")
    record_for(page, 1500)
    page.locator("#record").focus()
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_recorder_that_cannot_pause_is_stopped_and_can_be_continued(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.add_init_script(NEVER_PAUSES)
    page.goto("/question")
    start(page)
    record_for(page, 1500)
    page.locator("#pause").press("Enter")
    phase(page, "offered")
    expect(page.locator("#offer-text")).to_contain_text("The browser did not pause, so recording was stopped.")
    page.locator("#record").press("Enter")
    phase(page, "recording")
    stop(page)
    assert len(arrived(page, server)) == 2


def test_unconfirmed_start_counts_from_its_beginning(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.add_init_script(HANDLERS % "['start']")
    page.goto("/question")
    start(page)
    record_for(page, 4000)
    expect(page.locator("#clock-text")).to_contain_text("Recording 0:0")
    assert changes_while_capturing(page) == []
    stop(page)
    heard(page, "Recording stopped. 4 seconds saved.")  # not 2 seconds, because the clock begins when the recorder does
    arrived(page, server)


def test_unanswered_permission_prompt_is_explained_and_can_be_cancelled(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.add_init_script(QUICK + ";" + ALLOW_LATER)
    page.goto("/question")
    page.locator("#record").press("Enter")
    expect(page.locator("#asking")).to_be_visible()
    expect(page.locator("#asking")).to_contain_text("Look below the left end of the address bar")
    heard(page, "Your browser has not answered yet")
    expect(page.locator("#record")).to_be_focused()
    expect(page.locator("#asking").get_by_role("link", name="Answer another way instead")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    phase(page, "idle")
    expect(page.locator("#asking")).to_be_hidden()
    expect(page.locator("#record")).to_be_focused()
    heard(page, "Nothing was recorded.")
    page.evaluate("allow()")  # permission is given after the person has cancelled
    page.wait_for_function("window.late?.getTracks().every((track) => track.readyState === 'ended')")
    assert server.takes == {}
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "idle")


def test_late_permission_is_used(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.add_init_script(QUICK + ";" + ALLOW_LATER)
    page.goto("/question")
    page.locator("#record").press("Enter")
    expect(page.locator("#asking")).to_be_visible()
    page.evaluate("allow()")
    phase(page, "recording")
    expect(page.locator("#asking")).to_be_hidden()
    stop(page)
    arrived(page, server)


def test_device_check_explains_where_the_permission_prompt_is(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.add_init_script(QUICK + ";" + ALLOW_LATER)
    page.goto("/devices")
    page.locator("#turn-on").press("Enter")
    expect(page.locator("#problem-title")).to_have_text("Your browser has not answered yet")
    expect(page.locator("#turn-on")).to_be_focused()
    heard(page, "Your browser has not answered yet")
    page.evaluate("allow()")
    expect(page.locator("#checks")).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()


NO_DATA = """(() => {
  let count = 0;
  Object.defineProperty(MediaRecorder.prototype, 'ondataavailable', {
    set(act) { this.addEventListener('dataavailable', (event) => count++ < %d && act(event)) },
  });
})()"""


def test_recorder_that_delivers_nothing_is_stopped_and_says_so(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.add_init_script(QUICK + ";" + NO_DATA % 0)
    page.goto("/question")
    start(page)
    phase(page, "idle")
    expect(page.locator("#problem")).to_contain_text("The browser stopped recording")
    page.wait_for_function("watch.recorders[0].stream.getTracks().every((track) => track.readyState === 'ended')")
    assert changes_while_capturing(page) == []


def test_recorder_that_ceases_to_deliver_is_stopped_and_keeps_what_came(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.add_init_script(QUICK.replace("1500", "8000") + ";" + NO_DATA % 1)
    page.goto("/question")
    start(page)
    phase(page, "offered")
    expect(page.locator("#offer-heading")).to_have_text(re.compile("We have [1-4] seconds of your answer"))
    expect(page.locator("#offer-text")).to_contain_text("could not be saved")
    page.get_by_role("button", name="Keep it as it is").press("Enter")
    wait_until(page, lambda: 1 in server.stops)
    assert server.stops[1]["recorded_ms"] < 4500
    expect(page.locator("#record")).to_be_enabled()


def test_slice_that_the_browser_cannot_read_is_a_gap_and_no_dead_end(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.add_init_script("""(() => {
      const read = Blob.prototype.arrayBuffer;
      let count = 0;
      Blob.prototype.arrayBuffer = function () {
        return count++ === 1 ? Promise.reject(new DOMException('gone', 'NotReadableError')) : read.call(this);
      };
    })()""")
    page.goto("/question")
    start(page)
    record_for(page, 9500)
    stop(page)
    wait_until(page, lambda: 1 in server.stops)
    expect(page.locator("#held article")).to_contain_text("This browser has lost a part in the middle.")
