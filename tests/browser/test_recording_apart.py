"""With two tabs or two devices, or after a refusal, every recorded byte is on the server or is offered to the person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take, Upload
from app.storage import get_storage, read
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import LONG_MS, WATCH, heard, phase, wait_until
from tests.factories import make_attempt, make_interview

DELIVERED = "watch.recordings.map(blobs => new Blob(blobs).size)"
STORED = """() => new Promise((done) => {
  const opening = indexedDB.open('fairtake-recorder');
  opening.onsuccess = () => {
    const all = opening.result.transaction('parts').objectStore('parts').getAll();
    all.onsuccess = () => {
      opening.result.close();
      done(all.result.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
    };
  };
})"""


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate with one question and no retake."""
    made = make_attempt(make_interview(questions=1))
    with transaction() as session:
        session.get_one(Attempt, made.id).interview.questions[0].retakes = 0
    return db.session.get_one(Attempt, made.id)


@pytest.fixture
def device(
    launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt
) -> Iterator[Callable[[], BrowserContext]]:
    """Return a function that makes another device of the same person. Each device has its own storage."""
    made: list[BrowserContext] = []
    attempt_id = attempt.id

    def another() -> BrowserContext:
        context = launch("answer_one.wav").new_context(base_url=live_server.url, permissions=["camera", "microphone"])
        made.append(context)
        live_server.sign(context, attempt=attempt_id)
        context.add_init_script(path=WATCH)
        context.set_default_timeout(LONG_MS)
        return context

    yield another
    for context in made:
        context.close()


@pytest.fixture
def address(attempt: Attempt) -> str:
    """Return the address of the attempt's question."""
    return f"/interview/questions/{attempt.interview.questions[0].id}"


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#recorder")).to_be_visible()
    if page.locator("#kind-audio").is_visible():
        page.locator("#kind-audio").press("Space")
    return page


def begin(page: Page, button: str = "Start recording") -> None:
    page.get_by_role("button", name=button).press("Enter")


def recorded(page: Page, ms: int) -> None:
    phase(page, "recording")
    page.wait_for_function("ms => performance.now() - watch.windows.at(-1)[0] >= ms", arg=ms)


def stop(page: Page) -> None:
    page.locator("#record").press("Enter")
    phase(page, "review")


def segments() -> list[tuple[int, int, str]]:
    """Return (take number, segment number, hash of the bytes) of every upload on the server."""
    db.session.rollback()
    found = db.session.scalars(select(Upload).join(Upload.take).order_by(Take.number, Upload.segment)).all()
    return [(one.take.number, one.segment, hashlib.sha256(content(one)).hexdigest()) for one in found]


def content(upload: Upload) -> bytes:
    return b"".join(read(get_storage(), part.key) for part in upload.parts)


def hash_of(page: Page, recording: int = 0) -> str:
    return str(page.evaluate(f"watch.hash({recording})"))


def terminate_uploads() -> None:
    """Terminate every upload on the server, which then refuses requests for them with 410 Gone."""
    with transaction() as session:
        for upload in session.scalars(select(Upload)):
            upload.terminated_at = clock.now()


def refused_recording(page: Page) -> None:
    """Make a recording whose second half the server refuses."""
    begin(page)
    recorded(page, 3500)
    wait_until(page, lambda: segments() and segments()[0][2] != hashlib.sha256(b"").hexdigest())
    terminate_uploads()
    recorded(page, 6500)
    stop(page)
    expect(page.locator("#held article")).to_be_visible()


def test_two_tabs_that_begin_before_the_first_byte_both_arrive_whole(
    device: Callable[[], BrowserContext], address: str
) -> None:
    context = device()
    first, second = opened(context, address), opened(context, address)
    begin(first)
    begin(second)
    second.get_by_role("button", name="Record here anyway").press("Enter")
    for page in (first, second):
        recorded(page, 2500)
        stop(page)
    whole = {hash_of(first), hash_of(second)}
    wait_until(first, lambda: {one for _take, _segment, one in segments()} == whole)
    assert {(take, segment) for take, segment, _hash in segments()} == {(1, 1), (2, 1)}
    for page in (first, second):
        expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")


def test_offline_phone_uploads_its_recording_after_a_laptop_recorded(
    device: Callable[[], BrowserContext], address: str
) -> None:
    phone_context = device()
    phone, laptop = opened(phone_context, address), opened(device(), address)
    begin(phone)
    phase(phone, "recording")
    phone_context.set_offline(True)
    begin(laptop)
    recorded(laptop, 2500)
    stop(laptop)
    other = (2, 1, hash_of(laptop))
    wait_until(laptop, lambda: segments() == [other])
    laptop.get_by_role("button", name="Keep this answer").press("Enter")
    recorded(phone, 4000)
    stop(phone)
    phone_context.set_offline(False)
    wait_until(phone, lambda: segments() == [(1, 1, hash_of(phone)), other])
    expect(phone.locator("#takes article")).to_have_count(2)
    expect(phone.locator("#held")).to_be_hidden()


def test_phone_that_returns_after_a_laptop_continued_loses_and_mixes_nothing(
    device: Callable[[], BrowserContext], address: str
) -> None:
    phone_context = device()
    phone = opened(phone_context, address)
    begin(phone)
    recorded(phone, 3500)
    wait_until(phone, lambda: segments() and segments()[0][2] != hashlib.sha256(b"").hexdigest())
    phone_context.set_offline(True)
    laptop = opened(device(), address)
    expect(laptop.locator("#offer-heading")).to_contain_text("of your answer")
    begin(laptop, "Continue recording")
    recorded(laptop, 2500)
    recorded(phone, 7000)
    stop(laptop)
    stop(phone)
    wait_until(laptop, lambda: (1, 2, hash_of(laptop)) in segments())
    phone_context.set_offline(False)
    whole = hash_of(phone)
    offer = phone.locator("#held article")
    wait_until(phone, lambda: (1, 1, whole) in segments() or offer.is_visible())
    if offer.is_visible():
        phone.get_by_role("button", name="Keep it as another recording").press("Enter")
        wait_until(phone, lambda: (2, 1, whole) in segments())
    assert (1, 2, hash_of(laptop)) in segments()


def test_refused_recording_is_offered_in_seconds_and_kept_as_another(
    device: Callable[[], BrowserContext], address: str
) -> None:
    page = opened(device(), address)
    refused_recording(page)
    title = page.locator("#held h3")
    expect(title).to_have_text(re.compile(r"^[3-6] seconds could not be added$"))
    expect(page.locator("#held article")).to_contain_text(re.compile("You recorded [67] seconds for question 1"))
    heard(page, "could not be added. You can keep it as another recording")
    assert problems_of(page) == []
    page.reload()
    expect(title).to_have_text(re.compile(r"^[3-6] seconds could not be added$"))
    page.get_by_role("button", name="Keep it as another recording").press("Enter")
    expect(page.locator("#held article p").first).to_be_focused()
    expect(page.locator("#held article")).to_have_text("It is now recording 2 of its question. The upload has started.")
    wait_until(page, lambda: [take for take, _segment, _hash in segments()] == [2])
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    expect(page.locator("#takes article")).to_have_count(1)
    wait_until(page, lambda: page.evaluate(STORED) == 0)


def test_recording_kept_as_another_is_complete(device: Callable[[], BrowserContext], address: str) -> None:
    page = opened(device(), address)
    refused_recording(page)
    whole = hash_of(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download it to this device").press("Enter")
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == whole
    assert download.value.suggested_filename == "question-1-recording-1-1.webm"
    page.get_by_role("button", name="Keep it as another recording").press("Enter")
    wait_until(page, lambda: (2, 1, whole) in segments())


def test_refused_recording_is_deleted_only_after_confirmation(
    device: Callable[[], BrowserContext], address: str
) -> None:
    page = opened(device(), address)
    refused_recording(page)
    delete = page.get_by_role("button", name="Delete it from this browser")
    delete.press("Enter")
    expect(page.locator("[data-held=question-text]")).to_be_focused()
    page.get_by_role("button", name="Do not delete it").press("Enter")
    expect(delete).to_be_focused()
    assert page.evaluate(STORED) > 0
    delete.press("Enter")
    page.get_by_role("button", name="Delete it now").press("Enter")
    expect(page.locator("#held article p").first).to_be_focused()
    wait_until(page, lambda: page.evaluate(STORED) == 0)


@pytest.mark.parametrize("is_sent", [False, True])
def test_refused_recording_is_offered_on_other_pages_and_after_sending_as_a_file(
    device: Callable[[], BrowserContext], address: str, attempt: Attempt, is_sent: bool
) -> None:
    page = opened(device(), address)
    attempt_id = attempt.id
    refused_recording(page)
    if is_sent:
        with transaction() as session:
            session.get_one(Attempt, attempt_id).submitted_at = clock.now()
    page.goto("/interview/receipt" if is_sent else "/interview/")
    expect(page.locator("#held article")).to_be_visible()
    expect(page.get_by_role("button", name="Keep it as another recording")).to_be_visible(visible=not is_sent)
    expect(page.get_by_role("button", name="Download it to this device")).to_be_visible()
    assert is_sent or problems_of(page) == []
