"""From the invitation to the receipt with the real Orca: what it announces, and that it is silent during recording."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.transaction import transaction
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import LONG_MS, SLOW_DEVICES
from tests.factories import make_interview, make_invitation, make_question_row
from tests.screenreader.desktop import Reader, wait_until
from tests.screenreader.person import Person

WINDOW = "() => watch.windows.at(-1).map((time) => (performance.timeOrigin + time) / 1000)"
PLAYED = "() => document.querySelector('#playback video, #playback audio').currentTime > 0"


@pytest.fixture
def interview(app: Flask) -> Interview:
    """An interview with two questions. The limit of the first gives a warning during the recording."""
    interview = make_interview(questions=0)
    with transaction() as session:
        rows = [make_question_row(1, recording_seconds=40), make_question_row(2)]
        session.merge(interview).questions.extend(rows)
    return interview


def test_journey_is_announced_and_the_recording_is_silent(
    page: Page, desktop: Reader, live_server: LiveServer, interview: Interview
) -> None:
    person = Person(page, desktop)
    to_the_question(person, f"{live_server.url}/i/{make_invitation(interview)[1]}")
    record(person)
    play_back_and_keep(person)
    send(person)
    person.hear("Your answers have been sent")
    db.session.rollback()
    receipt = db.session.query(Attempt).one().receipt
    person.hear(str(receipt))
    person.hear("Accessibility statement")  # the last words of the page
    assert [words for words in desktop.new() if "status" in words] == []  # an empty live region is not in the page


def to_the_question(person: Person, link: str) -> None:
    """Go to the question. Orca says the title of each page and the name of each control."""
    person.open(link)
    person.hear("Step 1 of 3: Invitation: Harbour guide")
    person.hear("Do you agree to be recorded?")
    person.press("I agree, start the interview")
    person.hear("Step 2 of 3: Your questions")
    person.press("Go to question 1")
    person.hear("Question 1 of 2")


def record(person: Person) -> None:
    """Record an answer. Orca announces the start beforehand, nothing during the recording, and then how much was saved."""
    page, reader = person.page, person.reader
    person.press("Start recording")
    person.hear("Recording in 5 seconds.")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording", timeout=LONG_MS)
    expect(page.locator("#clock-warning")).not_to_be_empty(timeout=2 * LONG_MS)  # a warning that Orca must not say
    expect(page.locator("#record")).to_be_focused()  # it is the Stop button now; Orca has not said so
    said = [one for one in reader.new() if one not in ("return", SLOW_DEVICES)]
    assert said == ["Recording in 5 seconds."]
    before_stop = len(reader.given())
    reader.press("Return")
    person.hear("Your recording heading level 3")
    person.hear("Recording stopped.")
    began, ended = page.evaluate(WINDOW)
    every = reader.given()
    spoken_into = [one.words for one in every if one.kind == "speech" and began <= one.at < ended]
    of_the_key = [one.words for one in every[before_stop:] if one.kind == "speech" and one.at < ended]
    assert spoken_into == of_the_key  # Orca was silent until the key for Stop was pressed
    assert of_the_key in ([], ["return"])  # Orca says the name of the key before the browser receives the key
    (announced,) = [one.at for one in every if one.kind == "speech" and one.words == "Recording in 5 seconds."]
    assert announced < began


def play_back_and_keep(person: Person) -> None:
    """Play the recording by keyboard, and keep it."""
    person.hear("All of your recording has arrived.")
    person.press("Your recording, part 1 of 1", "space")
    wait_until(lambda: person.page.evaluate(PLAYED), lambda: "it does not play")
    person.press("Keep this answer")
    person.hear("is your answer to question 1.")
    person.hear("Step 2 of 3: Your questions")


def send(person: Person) -> None:
    """Send the answers. Orca says that a question has no answer before anything is sent."""
    person.press("Send my answers")
    person.hear("Step 2 of 3: Nothing has been sent yet")
    person.hear("1 question has no answer. Send anyway?")
    person.press("Send anyway")
