"""The recorder in a real Chromium against a small tus server: nothing is lost, and nothing is said while recording."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.fake_tus import FakeServer
from tests.browser.recorder_page import (
    LONG_MS,
    LOSE,
    arrived,
    changes_while_capturing,
    heard,
    is_finished,
    names,
    phase,
    record_for,
    sha256,
    spoken,
    start,
    stop,
    wait_until,
)


@pytest.fixture
def context(recording_context: BrowserContext) -> BrowserContext:
    """A profile that records."""
    return recording_context


@pytest.fixture
def page(recording_page: Page) -> Page:
    """A tab of it."""
    return recording_page


def test_an_answer_arrives_byte_for_byte_while_it_is_recorded(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 4000)
    wait_until(page, lambda: server.uploads and len(server.uploads[0].data) > 0)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert server.most_in_flight == 1
    report = server.stops["take1"]
    assert report["reason"] == "stopped"
    assert report["segments"] == [{"segment": 1, "bytes": len(upload.data), "recorded_ms": report["recorded_ms"]}]
    assert 3500 <= report["recorded_ms"] <= 7000
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")


def test_a_line_that_drops_a_third_of_the_requests_loses_nothing(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    server.lossy = 0.3
    record_for(page, 9000)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert len(server.takes) == 1


def test_a_cancelled_countdown_makes_no_second_take(page: Page, server: FakeServer) -> None:
    server.options["countdown_seconds"] = 5
    page.goto("/question")
    page.locator("#start").click()
    phase(page, "countdown")
    page.locator("#stop").click()
    phase(page, "idle")
    expect(page.locator("#start")).to_be_focused()
    heard(page, "Nothing was recorded.")
    start(page)
    record_for(page, 500)
    stop(page)
    arrived(page, server)
    assert len(server.takes) == 1


def test_recording_goes_on_offline_and_the_rest_goes_up_later(
    page: Page, server: FakeServer, context: BrowserContext
) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].data)
    context.set_offline(True)
    before = len(server.uploads[0].data)
    record_for(page, 9500)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text("The connection is down.")
    heard(page, "The connection is down")
    assert len(server.uploads[0].data) == before
    assert "take1" not in server.stops
    context.set_offline(False)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    heard(page, "All of your recording has arrived.")


def test_a_part_that_was_damaged_on_its_way_is_sent_again(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    server.corrupt_next = True
    record_for(page, 500)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert 460 in [status for _, _, status in server.requests]


def test_a_reload_in_the_middle_offers_what_there_is_and_goes_on_in_a_segment_of_its_own(
    page: Page, server: FakeServer
) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 6500)
    server.delay_s = 0.3  # something is still on its way when the page goes
    delivered = bytes(page.evaluate("new Blob(watch.recordings[0]).arrayBuffer().then(b => [...new Uint8Array(b)])"))
    page.reload()
    expect(page.locator("#offer-heading")).to_be_focused(timeout=LONG_MS)
    expect(page.locator("#offer-heading")).to_have_text(re.compile("^We have [56] seconds of your answer$"))
    wait_until(page, lambda: is_finished(server.uploads[0]))
    assert server.uploads[0].data[: len(delivered)] == delivered
    assert server.stops == {}

    page.keyboard.press("Tab")
    expect(page.locator("#go-on")).to_be_focused()
    page.keyboard.press("Enter")
    phase(page, "recording")
    record_for(page, 1500)
    stop(page)
    first, second = arrived(page, server)
    assert sha256(second) == page.evaluate("watch.hash(0)")
    report = server.stops["take1"]
    assert [one["bytes"] for one in report["segments"]] == [len(first.data), len(second.data)]
    assert report["recorded_ms"] == pytest.approx(sum(one["recorded_ms"] for one in report["segments"]), abs=1)
    assert report["recorded_ms"] > 5900 + 1400
    expect(page.locator("#review-note")).to_be_visible()


def test_what_is_left_of_a_take_can_be_kept_as_it_is(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].data)
    page.reload()
    expect(page.locator("#offer-heading")).to_be_focused(timeout=LONG_MS)
    page.get_by_role("button", name="Keep it as it is").press("Enter")
    phase(page, "review")
    expect(page.locator("#review-heading")).to_be_focused()
    arrived(page, server)
    assert server.stops["take1"]["reason"] == "kept"
    expect(page.locator("#keep-form")).to_have_attribute("action", "/interview/takes/take1/keep")


def test_a_take_begun_on_another_device_is_offered_here(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].data)
    page.goto("/blank")
    page.evaluate("""new Promise(done => indexedDB.deleteDatabase('fairtake-recorder').onsuccess = done)""")
    page.goto("/question")
    expect(page.locator("#offer-heading")).to_be_focused(timeout=LONG_MS)
    expect(page.locator("#offer-heading")).to_contain_text("seconds of your answer")
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    record_for(page, 500)
    stop(page)
    arrived(page, server, "take2")
    wait_until(page, lambda: "take1" in server.stops)
    assert server.stops["take1"]["segments"] == []  # only the browser that recorded it knows where it ends


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_the_page_is_silent_from_the_start_of_capture_to_its_end(page: Page, server: FakeServer, kind: str) -> None:
    server.options["kind"] = kind
    server.options["limits"] = {"recording_seconds": 30, "warn_at": [28, 27]}
    server.lossy = 0.3  # failures and resumptions come up meanwhile
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
    assert len([one for one in page.evaluate("watch.changes") if one.get("isClock")]) >= 4  # the log does see changes
    arrived(page, server)


def test_pausing_stops_capture_before_the_page_changes_and_does_not_count(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.keyboard.press("Tab")
    expect(page.locator("#pause")).to_be_focused()
    page.evaluate("watch.changes.length = 0")  # the person moved the focus
    page.keyboard.press("Space")
    phase(page, "paused")
    expect(page.locator("#resume")).to_be_focused()
    heard(page, "Paused. 1 second recorded. The timer has stopped.")
    page.wait_for_timeout(1500)
    page.keyboard.press("Space")
    heard(page, "Recording resumes in 1 second.")
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
    assert server.stops["take1"]["recorded_ms"] == pytest.approx(captured, abs=400)
    assert captured < 4000


def test_the_start_is_spoken_before_capture_and_the_end_after_it(page: Page, server: FakeServer) -> None:
    server.options["countdown_seconds"] = 3
    page.goto("/question")
    expect(page.locator("#start")).to_be_visible()  # once the scripts are there
    page.locator("#start").focus()
    page.keyboard.press("Space")
    expect(page.locator("#stop")).to_be_focused()
    heard(page, "Recording starts in 3 seconds.")
    phase(page, "recording")
    assert page.evaluate("watch.windows[0][0] - watch.spoken[0].at") > 2500
    expect(page.locator("#status")).to_have_text("")
    record_for(page, 2200)
    stop(page)
    heard(page, "Recording stopped. 2 seconds saved.")
    expect(page.locator("#review-heading")).to_be_focused()
    assert spoken(page)[0] == "Recording starts in 3 seconds."


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_stop_takes_effect_on_keydown(page: Page, server: FakeServer, key: str) -> None:
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


def test_a_key_held_down_on_start_does_not_stop_what_it_started(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    expect(page.locator("#start")).to_be_visible()  # once the scripts are there
    page.locator("#start").focus()
    page.keyboard.down("Enter")
    expect(page.locator("#stop")).to_be_focused()
    for _ in range(5):
        page.keyboard.down("Enter")  # Playwright sends these as repeats
    phase(page, "recording")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    record_for(page, 500)
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording")
    stop(page)
    arrived(page, server)


def test_stop_can_be_clicked(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    page.locator("#start").click()
    phase(page, "recording")
    record_for(page, 500)
    page.locator("#stop").click()
    phase(page, "review")
    arrived(page, server)


def test_stopped_before_there_was_a_byte_is_no_take(page: Page, server: FakeServer) -> None:
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
    expect(page.locator("#start")).to_be_focused()
    wait_until(page, lambda: spoken(page)[-1] == "Nothing was recorded.")
    assert server.stops == {}
    page.evaluate("window.isEmpty = false")
    start(page)
    record_for(page, 500)
    stop(page)
    (take,) = {upload.take for upload in server.uploads}
    assert [one.segment for one in arrived(page, server, take)] == [1]


def test_a_limit_stops_and_keeps_and_says_so(page: Page, server: FakeServer) -> None:
    server.options["limits"] = {"recording_seconds": 2, "warn_at": []}
    page.goto("/question")
    start(page)
    phase(page, "review")
    heard(page, "The time limit was reached, so recording stopped. 2 seconds saved.")
    arrived(page, server)
    assert server.stops["take1"]["reason"] == "limit"
    assert 2000 <= server.stops["take1"]["recorded_ms"] < 2600


def test_a_limit_lengthened_at_the_server_counts_from_then_on(page: Page, server: FakeServer) -> None:
    server.options["limits"] = {"recording_seconds": 5, "warn_at": []}
    server.limit_header = "90"
    page.goto("/question")
    start(page)
    record_for(page, 6500)
    expect(page.locator("#clock-text")).to_have_text(re.compile(r"^Recording 0:0[67] of 1:30$"))
    stop(page)
    assert changes_while_capturing(page) == []
    arrived(page, server)


def test_time_left_is_said_only_to_the_person_who_asks(page: Page, server: FakeServer) -> None:
    server.options["limits"] = {"recording_seconds": 60, "warn_at": []}
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.locator("#time-left").press("Enter")
    expect(page.locator("#time-left-answer")).to_have_text(re.compile("^5[78] seconds left.$"))
    page.locator("#stop").focus()
    stop(page)
    outside = [
        one
        for one in changes_while_capturing(page)
        if one["where"] != "p#time-left-answer" and one["what"] == "childList"
    ]
    assert outside == []
    arrived(page, server)


def test_more_time_is_one_press_and_shows_in_the_clock(page: Page, server: FakeServer) -> None:
    server.options["limits"] = {"recording_seconds": 60, "warn_at": [], "more_time": {"seconds": 60, "left": 10}}
    page.goto("/question")
    start(page)
    page.locator("#more-time").press("Enter")
    expect(page.locator("#clock-text")).to_contain_text("of 2:00")
    page.locator("#stop").focus()
    stop(page)
    arrived(page, server)
    assert "more time" not in " ".join(spoken(page))  # it was not said then, and is no news now


def test_a_microphone_that_is_unplugged_keeps_what_there_is_and_offers_to_go_on(page: Page, server: FakeServer) -> None:
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
    page.locator("#go-on").press("Enter")
    phase(page, "recording")
    record_for(page, 500)
    stop(page)
    first, second = arrived(page, server)
    assert [sha256(first), sha256(second)] == [page.evaluate("watch.hash(0)"), page.evaluate("watch.hash(1)")]
    expect(page.locator("#playback audio")).to_have_count(2)


def test_a_track_muted_for_good_ends_the_session_and_a_hiccup_does_not(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    page.evaluate("""() => { const [track] = watch.recorders[0].stream.getTracks();
        track.dispatchEvent(new Event('mute')); track.dispatchEvent(new Event('unmute')); }""")
    record_for(page, 3500)
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording")
    page.evaluate("watch.recorders[0].stream.getTracks()[0].dispatchEvent(new Event('mute'))")
    phase(page, "offered")
    expect(page.locator("#offer-text")).to_contain_text("Your microphone stopped sending sound")


def test_parts_wait_for_a_new_sign_in(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].data)
    server.signed_out = True
    record_for(page, 4000)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text("You have been signed out.")
    heard(page, "You have been signed out.")
    server.signed_out = False
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # back from the other tab
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_a_refused_upload_is_told_after_recording_with_the_servers_words(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    server.refuse_uploads = 413
    record_for(page, 3600)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text("It is too large.")
    assert changes_while_capturing(page) == []


BLOCKED = "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }"
FULL = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value) {
  if (window.isFull) throw new DOMException('', 'QuotaExceededError');
  return put.call(this, value);
}"""


@pytest.mark.parametrize("script", [BLOCKED, FULL])
def test_recording_goes_on_where_the_browser_cannot_keep_parts(
    page: Page, server: FakeServer, context: BrowserContext, script: str
) -> None:
    page.add_init_script(script)
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].data)
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
    page: Page, server: FakeServer, error: str, title: str
) -> None:
    page.add_init_script(
        f"MediaDevices.prototype.getUserMedia = async () => {{ throw new DOMException('', '{error}') }}"
    )
    page.goto("/question")
    expect(page.locator("#start")).to_be_visible()
    page.locator("#start").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#problem-title")).to_have_text(title)
    assert ("Site settings" in page.locator("#problem-text").inner_text()) == (error == "NotAllowedError")
    expect(page.locator("#start")).to_be_visible()
    assert server.takes == {}


def test_starting_without_a_line_says_so_and_records_nothing(
    page: Page, server: FakeServer, context: BrowserContext
) -> None:
    page.goto("/question")
    expect(page.locator("#start")).to_be_visible()
    context.set_offline(True)
    page.locator("#start").press("Enter")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#problem-title")).to_have_text("No connection")


def test_practice_sends_nothing_and_keeps_nothing(page: Page, server: FakeServer) -> None:
    page.goto("/practice")
    start(page)
    record_for(page, 3600)
    expect(page.locator("#clock-text")).to_have_text("Recording 0:03")
    stop(page)
    expect(page.locator("#playback audio")).to_be_visible()
    assert [one for one in server.requests if one[0] != "GET"] == []
    assert page.evaluate("indexedDB.databases()") == []
    page.get_by_role("button", name="Practise again").press("Enter")
    phase(page, "recording")
    assert changes_while_capturing(page) == []


def test_what_was_just_recorded_plays_back_with_its_length(page: Page, server: FakeServer) -> None:
    server.options["kind"] = "video"
    page.goto("/question")
    start(page)
    record_for(page, 2000)
    stop(page)
    page.wait_for_function("() => document.querySelector('#playback video').duration < 10")
    assert page.evaluate("document.querySelector('#playback video').paused")
    page.evaluate("document.querySelector('#playback video').play()")
    page.wait_for_function("() => document.querySelector('#playback video').currentTime > 0.3")
    arrived(page, server)


def test_a_question_open_in_two_tabs_is_recorded_in_one(
    page: Page, server: FakeServer, context: BrowserContext
) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].data)
    other = context.new_page()
    other.goto("/question")
    expect(other.locator("#problem")).to_be_focused()
    expect(other.locator("#problem")).to_contain_text("It is being recorded in another tab")
    expect(other.locator("#offer-heading")).to_be_hidden()
    other.close()
    page.bring_to_front()
    page.locator("#stop").focus()
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_another_page_finishes_the_upload_of_a_page_that_was_left(
    page: Page, server: FakeServer, context: BrowserContext
) -> None:
    page.goto("/question")
    start(page)
    server.delay_s = 0.4
    record_for(page, 6500)
    stop(page)
    sha = page.evaluate("watch.hash(0)")
    page.goto("/tasks")
    (upload,) = arrived(page, server)
    assert sha256(upload) == sha
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    page.reload()
    expect(page.locator("#upload")).to_be_hidden()


def test_thinking_time_is_shown_and_said_at_its_moments(page: Page, server: FakeServer) -> None:
    server.options["thinking"] = {"seconds": 60, "left": 11}
    page.goto("/question")
    expect(page.locator("#thinking")).to_contain_text("Time to think: 0:1")
    heard(page, "10 seconds left to think.")
    start(page)
    expect(page.locator("#thinking")).to_be_hidden()
    assert changes_while_capturing(page) == []


def test_the_end_of_thinking_time_starts_nothing(page: Page, server: FakeServer) -> None:
    server.options["thinking"] = {"seconds": 60, "left": 1}
    page.goto("/question")
    heard(page, "Your time to think has ended. Start recording when you are ready.")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "idle")
    assert server.takes == {}


def test_the_clock_can_be_hidden_and_stays_hidden(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    page.locator("#show-clock").press("Space")
    page.reload()
    expect(page.locator("#show-clock")).not_to_be_checked()
    start(page)
    expect(page.locator("#clock")).to_be_hidden()
    record_for(page, 1200)
    stop(page)
    assert changes_while_capturing(page) == []
    heard(page, "Recording stopped.")


def test_a_slow_line_makes_the_device_check_choose_sound_alone(page: Page, server: FakeServer) -> None:
    server.options["kind"] = "video"
    server.delay_s = 1.2
    page.goto("/devices")
    expect(page.locator("#connection-text")).to_contain_text("Your connection is slow,")
    expect(page.locator("#quality")).to_have_value("audio")
    server.delay_s = 0
    page.goto("/question")
    expect(page.locator("#kind-audio")).to_be_checked()


def test_the_device_check_says_how_loud_it_is_and_lets_devices_be_chosen(page: Page, server: FakeServer) -> None:
    server.options["kind"] = "video"
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


def test_a_chosen_device_that_has_gone_is_replaced_by_any(page: Page, server: FakeServer) -> None:
    page.add_init_script(
        "localStorage.setItem('fairtake-devices', JSON.stringify({ microphone: 'gone', camera: 'gone' }))"
    )
    page.goto("/question")
    start(page)
    record_for(page, 500)
    stop(page)
    arrived(page, server)


def test_progress_is_said_at_quarters_and_no_more(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    script = """async () => {
        const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
        const { UploadStatus } = await import('/static/js/recorder/upload_status.js');
        const upload = { state: 'sending', progress: { sent: 0, total: 1000 }, record: { stop: { sent: false }, segments: [] } };
        const status = new UploadStatus(document.getElementById('upload'));
        status.restart([upload]);
        const to = async (sent, state, isSaid) => {
            const before = watch.spoken.length;
            Object.assign(upload, { state, progress: { sent, total: 1000 } });
            status.update([upload]);
            while (isSaid && watch.spoken.length === before) await sleep(50);
        };
        for (let sent = 0; sent < 1000; sent += 10) await to(sent, 'sending', [250, 500, 750].includes(sent));
        await to(990, 'waiting', true);
        await to(990, 'waiting', false);
        await to(990, 'sending', true);
        await to(1000, 'done', true);
        await sleep(1500);
        return watch.spoken.map(({ said }) => said);
    }"""
    assert page.evaluate(script) == [
        "25% uploaded.", "50% uploaded.", "75% uploaded.",
        "The connection is down. 99% of your recording has arrived. The rest uploads by itself when the connection is back.",
        "The upload continues.", "All of your recording has arrived.",
    ]  # fmt: skip
    assert page.locator("progress").get_attribute("value") == "100"
