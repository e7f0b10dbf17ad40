"""Uploads of the recorder in Chromium: every byte arrives despite lost requests, time offline and a change of page."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.recorder_page import (
    arrived,
    changes_while_capturing,
    heard,
    record_for,
    sha256,
    start,
    stop,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer


def test_an_answer_arrives_byte_for_byte_while_it_is_recorded(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 4000)
    wait_until(page, lambda: server.uploads and server.uploads[0].size > 0)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert server.most_in_flight == 1
    report = server.stops[1]
    assert report["reason"] == "stopped"
    assert report["segments"] == [{"segment": 1, "bytes": upload.size, "recorded_ms": report["recorded_ms"]}]
    assert report["recorded_ms"] >= 3500
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")


def test_a_line_that_drops_a_third_of_the_requests_loses_nothing(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    server.loss = 0.3
    record_for(page, 9000)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert len(server.takes) == 1


def test_recording_goes_on_offline_and_the_rest_goes_up_later(
    page: Page, server: RecorderServer, context: BrowserContext
) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    context.set_offline(True)
    before = server.uploads[0].size
    record_for(page, 9500)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text("The connection is down.")
    heard(page, "The connection is down")
    assert server.uploads[0].size == before
    assert 1 not in server.stops
    context.set_offline(False)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    heard(page, "All of your recording has arrived.")


def test_a_part_that_was_damaged_on_its_way_is_sent_again(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    server.damage_next_part = True
    record_for(page, 500)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert 460 in [status for _, _, status in server.requests]


def test_parts_wait_for_a_new_sign_in(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    server.signed_out = True
    record_for(page, 4000)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text("You have been signed out.")
    heard(page, "You have been signed out.")
    server.signed_out = False
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # as if the person came back from another tab
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_a_refused_upload_is_told_after_recording_with_the_servers_words(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    server.refuse_parts = 413
    record_for(page, 3600)
    stop(page)
    expect(page.locator("[data-upload-text]")).to_contain_text("It is too large.")
    assert changes_while_capturing(page) == []


def test_a_question_open_in_two_tabs_is_recorded_in_one(
    page: Page, server: RecorderServer, context: BrowserContext
) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    other = context.new_page()
    other.goto("/question")
    expect(other.locator("#problem")).to_be_focused()
    expect(other.locator("#problem")).to_contain_text("It is being recorded in another tab")
    expect(other.locator("#offer-heading")).to_be_hidden()
    other.close()
    page.bring_to_front()
    page.locator("#record").focus()
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_another_page_finishes_the_upload_of_a_page_that_was_left(
    page: Page, server: RecorderServer, context: BrowserContext
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


def test_progress_is_said_at_quarters_and_no_more(page: Page, server: RecorderServer) -> None:
    page.goto("/tasks")
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
