"""Recordings that the server refused, or that another page uploads, stay unchanged in the browser until the person
decides.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.recorder_page import arrived, phase, record_for, sha256, start, stop, wait_until
from tests.browser.recorder_server import RecorderServer

RECORDS = """(change) => new Promise((done) => {
  const opening = indexedDB.open('fairtake-recorder');
  opening.onsuccess = () => {
    const within = opening.result.transaction('takes', 'readwrite');
    const takes = within.objectStore('takes');
    const all = takes.getAll();
    all.onsuccess = () => change && all.result.forEach((record) => takes.put({ ...record, ...change }));
    within.oncomplete = () => { opening.result.close(); done(all.result.map(({ take }) => take)); };
  };
})"""
LONG_AGO = 1_700_000_000_000


@pytest.fixture
def page(recording_page: Page) -> Page:
    """A tab that records."""
    return recording_page


def records(page: Page, change: dict[str, Any] | None = None) -> list[str]:
    """Apply `change` to every record of a take in the browser's database. Return the ids of the takes."""
    found: list[str] = page.evaluate(RECORDS, change)
    return found


def keep(page: Page) -> None:
    page.get_by_role("button", name="Keep it as another recording").press("Enter")
    kept = page.locator("#held article").first  # the copy may have been refused in the meantime, and is offered below
    expect(kept).to_contain_text("It is now recording 2 of its question.")


@pytest.mark.parametrize("status", [403, 404, 410, 413, 422])
def test_a_refusal_in_the_middle_keeps_the_whole_recording(page: Page, server: RecorderServer, status: int) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    server.refuse_parts = status
    record_for(page, 6500)
    stop(page)
    expect(page.locator("#held article")).to_be_visible()
    whole = page.evaluate("watch.hash(0)")
    page.goto("/tasks")
    expect(page.locator("#held article")).to_be_visible()
    server.refuse_parts = 0
    keep(page)
    (upload,) = arrived(page, server, 2)
    assert sha256(upload) == whole
    wait_until(page, lambda: records(page) == [])


def test_refused_upload_is_retried_when_a_page_is_loaded(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    server.refuse_parts = 403
    record_for(page, 6500)
    stop(page)
    expect(page.locator("#held article")).to_be_visible()
    whole = page.evaluate("watch.hash(0)")
    server.refuse_parts = 0
    page.goto("/tasks")
    wait_until(page, lambda: sha256(server.uploads[0]) == whole)
    expect(page.locator("#held")).to_be_hidden()


def test_a_recording_that_was_interrupted_and_refused_is_offered_on_other_pages(
    page: Page, server: RecorderServer
) -> None:
    page.goto("/question")
    start(page)
    server.refuse_creation = True
    record_for(page, 3500)
    page.goto("/tasks")
    expect(page.locator("#held article")).to_be_visible()
    server.refuse_creation = False
    keep(page)
    arrived(page, server, 2)


def test_recording_on_another_device_does_not_affect_the_first(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    server.move_to_another_device(1)
    record_for(page, 3500)
    stop(page)
    expect(page.locator("#held article")).to_contain_text("This recording was continued on another device or page")
    whole = page.evaluate("watch.hash(0)")
    keep(page)
    (upload,) = arrived(page, server, 2)
    assert sha256(upload) == whole


def test_bytes_only_in_the_browser_are_not_deleted_by_age(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    server.signed_out = True
    record_for(page, 3500)
    stop(page)
    whole = page.evaluate("watch.hash(0)")
    page.goto("/blank")
    records(page, {"touched": LONG_AGO})
    page.goto("/tasks")
    expect(page.locator("#upload")).to_be_visible()
    server.signed_out = False
    page.goto("/tasks")
    (upload,) = arrived(page, server)
    assert sha256(upload) == whole


def test_page_that_waited_for_another_pages_upload_sends_all_new_parts(
    page: Page, server: RecorderServer, recording_context: BrowserContext
) -> None:
    page.goto("/question")
    start(page)
    wait_until(page, lambda: server.uploads and server.uploads[0].size)
    early = server.uploads[0].size
    tasks = recording_context.new_page()
    tasks.goto("/tasks")
    expect(tasks.locator("h1")).to_be_visible()
    page.bring_to_front()
    server.signed_out = True
    record_for(page, 7000)
    page.locator("#record").focus()
    stop(page)
    whole = page.evaluate("watch.hash(0)")
    page.close()
    server.signed_out = False
    (upload,) = arrived(tasks, server)
    assert upload.size > early
    assert sha256(upload) == whole
    phase_of = recording_context.new_page()
    phase_of.goto("/question")
    phase(phase_of, "idle")
