"""A reviewer with the real Orca searches for spoken words, moves to a result, and corrects a caption."""

from __future__ import annotations

from flask import Flask
from playwright.sync_api import Page

from app.accounts.models import Role
from app.captions.services import current_track
from app.clock import now
from app.extensions import db
from tests.answer_factories import make_captioned_answer
from tests.browser.conftest import LiveServer
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_user
from tests.screenreader.desktop import Reader
from tests.screenreader.person import Person


def test_a_reviewer_finds_a_moment_goes_there_and_corrects_its_caption(
    page: Page, desktop: Reader, app: Flask, live_server: LiveServer
) -> None:
    reviewer = make_user(Role.REVIEWER)
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer("We sailed out", "and saw the see", attempt=attempt, recording=ANSWER)
    live_server.sign(page.context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
    person = Person(page, desktop)
    person.open(f"{live_server.url}/review/interviews/{interview.id}/search")
    person.hear("Search")
    search(person)
    seek(person)
    correct(person)
    db.session.rollback()
    track = current_track(db.session(), str(answer.take_id))
    assert track
    assert [cue.text for cue in track.cues] == ["We sailed out", "and saw the sea"]


def search(person: Person) -> None:
    """Search for a word. Orca says the number of results, and each result is a link with its words."""
    person.tab_to("Find what was said")
    person.reader.type("saw")
    person.reader.press("Return")
    person.hear("1 match in 1 answer")
    person.press("0:03")


def seek(person: Person) -> None:
    """Press a caption in the transcript. Orca says the new position of the recording."""
    person.hear("question 1")
    person.press("0:03")
    person.hear("At 0:03. The recording is paused.")


def correct(person: Person) -> None:
    """Correct the words of a caption and save a new version."""
    person.press("Correct, check or download these captions")
    person.hear("Edit captions")
    person.tab_to("Words of caption 2")
    person.reader.press("ctrl+End")
    person.reader.press("BackSpace")
    person.reader.type("a")
    person.press("Save as a new version")
    person.hear("Versions of the captions")
