"""If the browser's storage loses a part or does not respond, the rest is kept, waits are limited, and messages are
correct.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.recorder_page import arrived, heard, phase, record_for, sha256, start, stop, wait_until
from tests.browser.recorder_server import RecorderServer

DELETE_PARTS = """(wanted) => new Promise((done) => {
  const opening = indexedDB.open('fairtake-recorder');
  opening.onsuccess = () => {
    const within = opening.result.transaction('parts', 'readwrite');
    const parts = within.objectStore('parts');
    const all = parts.getAll();
    all.onsuccess = () => {
      window.parts = all.result;
      for (const { session, seq } of all.result) if (wanted.includes(seq)) parts.delete([session, seq]);
    };
    within.oncomplete = () => { opening.result.close(); done(all.result.map(({ bytes }) => bytes.byteLength)); };
  };
})"""
NEVER_COMPLETES = """Object.defineProperty(IDBTransaction.prototype, 'oncomplete', {
  set(act) { this.addEventListener('complete', () => window.isDead || act()); },
});"""

COMPLETES_LATER = """window.late = [];
window.isLate = true;
Object.defineProperty(IDBTransaction.prototype, 'oncomplete', {
  set(act) { this.addEventListener('complete', () => (window.isLate ? window.late.push(act) : act())); },
});"""


@pytest.fixture
def page(recording_page: Page) -> Page:
    """A tab that records. While its variable `isDead` is true, database transactions end without an event."""
    recording_page.add_init_script(NEVER_COMPLETES)
    return recording_page


def recorded_without_a_server(page: Page, server: RecorderServer) -> str:
    """Record several parts that only the browser stores, and return the hash of their bytes."""
    page.goto("/question")
    start(page)
    server.signed_out = True
    record_for(page, 9500)
    stop(page)
    return str(page.evaluate("watch.hash(0)"))


def test_a_part_missing_in_the_middle_loses_nothing_before_it_and_nothing_after_it(
    page: Page, server: RecorderServer
) -> None:
    recorded_without_a_server(page, server)
    page.goto("/blank")
    sizes = page.evaluate(DELETE_PARTS, [1])
    left = bytes(
        page.evaluate("""new Blob(window.parts.filter((_, at) => at !== 1).map(({ bytes }) => bytes))
        .arrayBuffer().then((all) => [...new Uint8Array(all)])""")
    )
    server.signed_out = False
    page.goto("/tasks")
    card = page.locator("#held article")
    expect(card).to_contain_text("This browser has lost a part in the middle. It keeps what comes after that")
    expect(card.locator("h3")).to_have_text(re.compile(r"^[5-9] seconds could not be added$"))
    expect(card.get_by_role("button", name="Keep it as another recording")).to_be_hidden()
    (upload,) = server.uploads
    assert (upload.size, upload.length) == (sizes[0], sizes[0])
    page.reload()
    expect(card).to_be_visible()
    with page.expect_download() as download:
        card.get_by_role("button", name="Download it to this device").press("Enter")
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).digest() == hashlib.sha256(left).digest()


def test_a_store_that_stops_answering_does_not_hold_up_the_recorder(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    page.evaluate("window.isDead = true")
    record_for(page, 4000)
    stop(page)
    expect(page.locator("#review-text")).to_contain_text("This browser could not keep a copy.")
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")


def test_a_read_that_gets_no_answer_is_said_and_repeated_and_calls_nothing_lost(
    page: Page, server: RecorderServer
) -> None:
    whole = recorded_without_a_server(page, server)
    page.evaluate("window.isDead = true")
    server.signed_out = False
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    said = page.locator("[data-upload-text]")
    expect(said).to_contain_text("Your browser does not give us the rest at the moment.", timeout=60_000)
    heard(page, "Your browser does not give us the rest")
    assert all(upload.length is None for upload in server.uploads)
    page.evaluate("window.isDead = false")
    (upload,) = arrived(page, server)
    assert sha256(upload) == whole
    expect(said).to_have_text("All of your recording has arrived.")


def test_a_page_that_cannot_read_the_store_says_so_and_the_next_one_sends_everything(
    page: Page, server: RecorderServer
) -> None:
    whole = recorded_without_a_server(page, server)
    server.signed_out = False
    page.add_init_script("window.isDead = sessionStorage.getItem('dead') === 'yes'")
    page.evaluate("sessionStorage.setItem('dead', 'yes')")
    server.signed_out = True
    page.goto("/tasks")
    expect(page.locator("[data-upload-text]")).to_have_text(
        "We could not look for recordings that this browser keeps. Nothing was deleted. Load this page again.",
        timeout=60_000,
    )
    page.goto("/question")
    expect(page.locator("#problem")).to_contain_text("Your browser did not answer", timeout=60_000)
    page.evaluate("sessionStorage.setItem('dead', 'no')")
    server.signed_out = False
    page.goto("/tasks")
    wait_until(page, lambda: server.uploads and sha256(server.uploads[0]) == whole)


def test_start_stays_hidden_while_recordings_of_earlier_pages_are_read(page: Page, server: RecorderServer) -> None:
    recorded_without_a_server(page, server)
    server.signed_out = False
    page.clock.install()
    page.add_init_script(COMPLETES_LATER)
    page.goto("/question")
    wait_until(page, lambda: page.evaluate("window.late.length > 0"))
    expect(page.locator("#recorder")).to_be_hidden()
    page.clock.fast_forward(3100)  # the page stops waiting for a database that does not respond
    expect(page.locator("#record")).to_be_visible()


def test_a_take_begun_before_the_store_answers_is_not_mixed_with_an_older_one(
    page: Page, server: RecorderServer
) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    page.goto("/blank")
    page.add_init_script(COMPLETES_LATER)
    page.goto("/question")
    start(page)
    assert 2 in server.takes
    page.evaluate("window.isLate = false; for (const act of window.late.splice(0)) act()")
    record_for(page, 4000)
    stop(page)
    (upload,) = arrived(page, server, 2)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert [one.segment for one in server.segments(1)] == [1]
    assert 1 not in server.stops
    page.goto("/question")
    expect(page.locator("#offer-heading")).to_be_focused()


def test_a_beginning_that_is_lost_while_recording_is_told_in_seconds(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    server.signed_out = True
    record_for(page, 6500)
    page.evaluate(DELETE_PARTS, [0, 1])
    stop(page)
    phase(page, "review")
    server.signed_out = False
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("main")).to_contain_text(
        re.compile(r"[3-9] seconds could not be (saved|added)"), timeout=60_000
    )
