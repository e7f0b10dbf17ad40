"""Sending waits at most a minute for data that is still uploading. Tests control the page's clock, so none takes a
minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.extensions import db
from app.interviews.models import Attempt
from tests.answer_factories import make_answer
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.factories import make_attempt, make_interview

BEGIN = """async () => {
  const { Sending } = await import('/static/js/recorder/sending.js');
  const segment = { bytes: 1000, recordedMs: 12000, sentMs: 0, done: false };
  const record = { take: 'one', position: 1, segments: [segment], stop: { sent: true } };
  const upload = { record, segment, state: 'sending', isOver: false, held: [], progress: { sent: 0, total: 1000 } };
  const page = { sending: new Sending(document.querySelector('form#send'), [upload]), upload };
  page.arrived = (bytes) => { upload.progress.sent = bytes; segment.sentMs = 12 * bytes; page.sending.update(); };
  page.done = () => { upload.state = 'done'; segment.done = true; page.sending.update(); };
  window.sendingPage = page;
}"""
WAITING = "Your answers are sent when all of your recording has arrived. Still to come: "
STALLED = "Your answers have not been sent, because the rest of your recording is not arriving. Nothing is lost."


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate with an answer that is not sent yet."""
    made = make_attempt(make_interview(questions=1))
    make_answer(made, made.interview.questions[0])
    return made


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[Page]:
    """The list of questions, all answered, while a recording is uploading. The test controls the page's clock."""
    with launch().new_context(base_url=live_server.url) as context:
        live_server.sign(context, attempt=attempt.id)
        tab = context.new_page()
        tab.clock.install()
        tab.goto("/interview/")
        tab.evaluate(BEGIN)
        tab.clock.pause_at(tab.evaluate("Date.now() + 1000"))
        yield tab


def send(page: Page) -> None:
    page.get_by_role("button", name="Send my answers").press("Enter")
    expect(page.locator("#send-wait")).to_have_text(f"{WAITING}12 seconds.")


def is_sent(attempt_id: str) -> bool:
    db.session.rollback()
    return db.session.get_one(Attempt, attempt_id).submitted_at is not None


def test_after_a_minute_without_a_byte_the_person_is_told_and_nothing_was_sent(page: Page, attempt: Attempt) -> None:
    send(page)
    page.clock.run_for(59_000)
    expect(page.locator("#send-wait")).to_have_text(f"{WAITING}12 seconds.")
    expect(page.get_by_role("button", name="Send my answers")).to_have_attribute("aria-disabled", "true")
    page.clock.run_for(5000)
    expect(page.locator("#send-wait")).to_have_text(
        f"{STALLED} Try again later, or send without waiting for 12 seconds."
    )
    expect(page.locator("#status")).to_contain_text(STALLED)
    button = page.get_by_role("button", name="Send my answers")
    expect(button).to_be_focused()
    expect(button).not_to_have_attribute("aria-disabled", "true")
    assert not is_sent(attempt.id)
    page.clock.resume()  # the checkers need a running clock
    assert problems_of(page) == []


def test_every_byte_that_arrives_begins_the_minute_again(page: Page, attempt: Attempt) -> None:
    send(page)
    for sent in (250, 500, 750):
        page.clock.run_for(50_000)
        page.evaluate("bytes => sendingPage.arrived(bytes)", sent)
    expect(page.locator("#send-wait")).to_have_text(f"{WAITING}3 seconds.")
    page.clock.run_for(59_000)
    expect(page.locator("#send-wait")).to_have_text(f"{WAITING}3 seconds.")
    page.clock.run_for(2000)
    expect(page.locator("#send-wait")).to_contain_text(STALLED)
    assert not is_sent(attempt.id)


def test_data_that_arrives_after_the_wait_is_sent_only_after_another_press(page: Page, attempt: Attempt) -> None:
    send(page)
    page.clock.run_for(61_000)
    expect(page.locator("#send-wait")).to_contain_text(STALLED)
    page.evaluate("sendingPage.done()")
    page.clock.run_for(61_000)
    assert page.url.endswith("/interview/")
    assert not is_sent(attempt.id)
    page.get_by_role("button", name="Send my answers").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers have been sent")
    assert is_sent(attempt.id)


def test_within_the_minute_they_are_sent_once_the_last_byte_is_there(page: Page, attempt: Attempt) -> None:
    send(page)
    page.clock.run_for(30_000)
    page.evaluate("sendingPage.done()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers have been sent")
    assert is_sent(attempt.id)
