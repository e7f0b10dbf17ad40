"""Interrupted recordings are kept up to the interruption, and the person is told once recording has ended."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM, CLIPS, PLAIN_ARGUMENTS
from tests.browser.recorder_page import (
    CLIP,
    LOSE,
    WATCH,
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

STORED = """() => new Promise((done, fail) => {
  const opening = indexedDB.open('fairtake-recorder');
  opening.onerror = fail;
  opening.onsuccess = () => {
    const all = opening.result.transaction('parts').objectStore('parts').getAll();
    all.onsuccess = () => {
      opening.result.close();
      done(all.result.map(({ seq, bytes }) => [seq, bytes.byteLength]));
    };
  };
})"""


def stored(page: Page) -> list[list[int]]:
    """Return the number and size of each part that the browser stores."""
    parts: list[list[int]] = page.evaluate(STORED)
    return parts


def offered(page: Page, why: str) -> None:
    """Wait until the page offers the stored recording: its heading has the focus, and the reason is shown and
    announced.
    """
    phase(page, "offered")
    expect(page.locator("#offer-heading")).to_be_focused()
    expect(page.locator("#offer-heading")).to_contain_text("of your answer")
    expect(page.locator("#offer-text")).to_contain_text(why)
    heard(page, why)
    assert changes_while_capturing(page) == []


def test_parts_are_stored_in_the_browser_until_they_are_acknowledged(
    recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.add_init_script("""(() => {
        const order = window.order = [];
        const kept = IDBTransaction.prototype.addEventListener;
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (value) {
          if (value.seq !== undefined) kept.call(this.transaction, 'complete', () => order.push(`kept ${value.offset}`));
          return put.call(this, value);
        };
        const send = window.fetch;
        window.fetch = (url, options = {}) => {
          const offset = options.headers?.['Upload-Offset'];
          if (offset && options.body.byteLength) order.push(`sent ${offset}`);
          return send(url, options);
        };
    })()""")
    page.goto("/question")
    start(page)
    record_for(page, 6500)
    stop(page)
    (upload,) = arrived(page, server)
    order = page.evaluate("window.order")
    offsets = [step.removeprefix("sent ") for step in order if step.startswith("sent")]
    assert len(offsets) >= 2
    assert all(order.index(f"kept {offset}") < order.index(f"sent {offset}") for offset in offsets)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    assert stored(page) == []


def test_crashed_tab_loses_no_delivered_slice(
    recording_context: BrowserContext, recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    server.signed_out = True  # nothing is uploaded after this, so recovered parts come from the browser
    page.wait_for_function("() => watch.recordings[0].length > 1")
    wait_until(page, lambda: len(stored(page)) > 1)
    kept = sum(size for _, size in stored(page))
    with page.expect_event("crash"):
        kill_renderers(recording_context)
    other = recording_context.new_page()
    server.signed_out = False
    other.goto("/question")
    expect(other.locator("#offer-heading")).to_be_focused()
    expect(other.locator("#offer-heading")).to_contain_text("seconds of your answer")
    wait_until(other, lambda: server.uploads and server.uploads[0].size >= kept)


def kill_renderers(context: BrowserContext) -> None:
    """Kill the processes of all tabs of this browser, but not the browser itself."""
    assert context.browser
    processes = context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    for process in processes:
        if process["type"] == "renderer":
            os.kill(process["id"], signal.SIGKILL)


@pytest.fixture
def profile(tmp_path: Path, playwright: Playwright) -> Iterator[Callable[[], tuple[Page, subprocess.Popen[bytes]]]]:
    """Return a function that starts a browser in a new process, always with the same profile folder."""
    running: list[subprocess.Popen[bytes]] = []

    def launch() -> tuple[Page, subprocess.Popen[bytes]]:
        port = tmp_path / "DevToolsActivePort"
        port.unlink(missing_ok=True)
        command = [
            str(CHROMIUM), *PLAIN_ARGUMENTS, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}",
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--disable-session-crashed-bubble",
            f"--use-file-for-fake-audio-capture={CLIPS / CLIP}", "about:blank",
        ]  # fmt: skip
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True))
        for _ in range(400):
            if port.exists() and port.read_text().count("\n"):
                break
            time.sleep(0.05)
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port.read_text().split()[0]}")
        page = browser.contexts[0].new_page()
        page.add_init_script(path=WATCH)
        return page, running[-1]

    yield launch
    for process in running:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill all processes of the browser at once, as when the battery runs out."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_flat_battery_loses_no_delivered_slice(
    profile: Callable[[], tuple[Page, subprocess.Popen[bytes]]], server: RecorderServer
) -> None:
    page, process = profile()
    server.sign_in(page.context)
    page.goto(f"{server.url}/question")
    start(page)
    server.signed_out = True
    wait_until(page, lambda: len(stored(page)) > 1)
    kept = sum(size for _, size in stored(page))
    given = bytes(page.evaluate("new Blob(watch.recordings[0]).arrayBuffer().then(b => [...new Uint8Array(b)])"))
    kill(process)

    server.signed_out = False
    page, process = profile()
    server.sign_in(page.context)
    page.goto(f"{server.url}/question")
    expect(page.locator("#offer-heading")).to_be_focused()
    expect(page.locator("#offer-heading")).to_contain_text("seconds of your answer")
    wait_until(page, lambda: server.uploads and server.uploads[0].size >= kept)
    data = server.uploads[0].data
    assert hashlib.sha256(data[:kept]).digest() == hashlib.sha256(given[:kept]).digest()
    page.get_by_role("button", name="Keep it as it is").press("Enter")
    arrived(page, server)


def test_recording_stays_in_memory_with_a_full_disk_and_this_is_said_afterwards(
    recording_context: BrowserContext, recording_page: Page, server: RecorderServer
) -> None:
    page = recording_page
    page.goto("/question")
    quota = recording_context.new_cdp_session(page)
    quota.send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": 1})
    start(page)
    server.signed_out = True
    record_for(page, 3500)
    stop(page)
    expect(page.locator("#review-heading")).to_be_focused()
    expect(page.locator("#review-text")).to_contain_text("This browser could not keep a copy.")
    heard(page, "saved. This browser could not keep a copy. Leave this page open until the upload has finished.")
    assert changes_while_capturing(page) == []
    server.signed_out = False
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_session_is_kept_when_another_program_takes_the_camera(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.evaluate(LOSE.replace("'ended'", "'mute'"), "video")
    offered(page, "Your camera stopped sending pictures. This can happen when another program uses it.")
    wait_until(page, lambda: server.uploads and server.uploads[0].size)


@pytest.mark.parametrize(("kind", "why"), [("video", "Your camera was disconnected"), ("audio", "Your microphone was")])
def test_session_is_kept_when_a_device_is_unplugged(
    recording_page: Page, server: RecorderServer, kind: str, why: str
) -> None:
    page = recording_page
    server.prefer(audio_only=False)
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.evaluate(LOSE, kind)
    offered(page, why)
    page.get_by_role("button", name="Keep it as it is").press("Enter")
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_session_is_kept_when_the_permission_is_withdrawn(
    launch: Callable[..., Browser], server: RecorderServer
) -> None:
    microphone = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={CLIPS / CLIP}")
    with launch(None, *microphone, is_whole=True).new_context(
        permissions=["microphone"], base_url=server.url
    ) as context:
        server.sign_in(context)
        context.add_init_script(path=WATCH)
        page = context.new_page()
        page.goto("/question")
        start(page)
        record_for(page, 1200)
        context.clear_permissions()
        offered(page, "Your microphone was disconnected, or this page was no longer allowed to use it.")
        wait_until(page, lambda: server.uploads and server.uploads[0].size)


def test_recording_is_kept_when_a_device_is_lost_during_a_pause(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 1200)
    page.locator("#pause").focus()
    page.evaluate("watch.changes.length = 0")
    page.keyboard.press("Enter")
    phase(page, "paused")
    page.evaluate(LOSE, "audio")
    offered(page, "Your microphone was disconnected")
    wait_until(page, lambda: server.uploads and server.uploads[0].size)


def test_recording_before_sleep_is_kept_and_sleep_is_not_counted(recording_page: Page, server: RecorderServer) -> None:
    page = recording_page
    server.limit(60)
    page.add_init_script("""(() => {
        const now = performance.now.bind(performance);
        window.slept = 0;
        performance.now = () => now() + window.slept;
    })()""")
    page.goto("/question")
    start(page)
    record_for(page, 1500)
    page.evaluate("window.slept = 3_600_000")
    offered(page, "Your device went to sleep.")
    expect(page.locator("#offer-heading")).to_have_text("We have 1 second of your answer")
    expect(page.locator("#record")).to_be_visible()
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
