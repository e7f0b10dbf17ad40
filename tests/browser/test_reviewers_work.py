"""Reviewers work by keyboard alone on caption versions, caption files, rubrics, the panel and its scores."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import Role, StaffUser
from app.audit import Actor
from app.captions import corrections
from app.captions.models import TrackKind
from app.captions.services import current_track
from app.captions.shaping.shaper import Cue
from app.clock import now
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.keyboard import press, reach
from tests.factories import NOON, make_attempt, make_interview, make_user

SRT = "1\n00:00:00,000 --> 00:00:02,500\nWe sailed out\n\n2\n00:00:03,000 --> 00:00:05,500\nand saw <b>the</b> sea\n"


@pytest.fixture
def reviewer() -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada Reviewer")


@pytest.fixture
def attempt(reviewer: StaffUser) -> Attempt:
    return make_attempt(make_interview(reviewers=[reviewer], title="Project coordinator"), submitted_at=NOON)


@pytest.fixture
def answer(attempt: Attempt) -> Answer:
    return make_captioned_answer("We sailed out", "and saw the see", attempt=attempt)


def sign_in(live_server: LiveServer, page: Page, user: StaffUser) -> None:
    live_server.sign(page.context, user=user.id, epoch=user.session_epoch, since=now().timestamp())


def arrive(page: Page, heading: str) -> None:
    """Wait for the page with this heading, and run every checker on it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert problems_of(page) == []


def texts(take_id: str) -> list[str]:
    db.session.rollback()
    track = current_track(db.session(), take_id)
    return [cue.text for cue in track.cues] if track else []


def test_an_earlier_version_is_compared_restored_and_marked_as_checked(
    live_server: LiveServer, page: Page, answer: Answer, reviewer: StaffUser
) -> None:
    take = str(answer.take_id)
    wrong = [Cue(0, 2500, "We sailed away"), Cue(3000, 5500, "and saw the see")]
    with transaction() as session:
        corrections.save_correction(
            session, take, wrong, base=1, kind=TrackKind.REVIEWER, actor=Actor("staff", reviewer.id), now=NOON
        )
    sign_in(live_server, page, reviewer)
    page.goto(f"/review/answers/{answer.id}")
    press(page, page.get_by_role("link", name="Correct, check or download these captions"))
    press(page, page.get_by_role("link", name="Versions", exact=True))
    arrive(page, "Versions of the captions")
    press(page, page.get_by_role("link", name="Compare version 2"))
    arrive(page, "Version 2")
    expect(page.get_by_text("1 word added, 1 word removed.")).to_be_visible()
    expect(page.locator("del")).to_contain_text("out")
    expect(page.locator("ins")).to_contain_text("away")
    press(page, page.get_by_role("link", name="Versions", exact=True))
    press(page, page.get_by_role("link", name="Read version 1"))
    arrive(page, "Version 1")
    press(page, page.get_by_role("button", name="Restore version 1"))
    arrive(page, "Versions of the captions")
    assert texts(take) == ["We sailed out", "and saw the see"]
    press(page, page.get_by_role("button", name="Mark as checked"))
    expect(page.get_by_text("Rada Reviewer compared version 3 with the recording")).to_be_visible()
    assert problems_of(page) == []


def test_caption_file_is_refused_with_a_reason_checked_and_saved(
    live_server: LiveServer, page: Page, answer: Answer, reviewer: StaffUser, tmp_path: Path
) -> None:
    sign_in(live_server, page, reviewer)
    take = str(answer.take_id)
    page.goto(f"/review/captions/{take}")
    press(page, page.get_by_role("link", name="Files", exact=True))
    arrive(page, "Caption files")
    press(page, page.get_by_role("button", name="Read this file"))
    expect(page.locator(".error-summary")).to_be_focused()
    assert problems_of(page) == []
    given = tmp_path / "elsewhere.srt"
    given.write_text(SRT)
    with page.expect_file_chooser() as chooser:
        press(page, page.locator("input[type=file]"))
    chooser.value.set_files(given)
    press(page, page.get_by_role("button", name="Read this file"))
    expect(page.get_by_label("Words of caption 2", exact=True)).to_have_value("and saw the sea")
    assert problems_of(page) == []
    assert texts(take)[1] == "and saw the see"
    press(page, page.get_by_role("button", name="Save as a new version"))
    arrive(page, "Versions of the captions")
    assert texts(take) == ["We sailed out", "and saw the sea"]


def test_a_rubric_is_written_and_an_answer_scored_by_it_and_found_beside_the_others(
    live_server: LiveServer, page: Page, answer: Answer, attempt: Attempt, reviewer: StaffUser
) -> None:
    interview: Interview = attempt.interview
    sign_in(live_server, page, make_user(Role.COORDINATOR))
    page.goto(f"/manage/interviews/{interview.id}")
    press(page, page.get_by_role("link", name="Scoring"))
    arrive(page, "Scoring")
    box = page.get_by_label("Levels of question 1")
    reach(page, box)
    page.keyboard.type("Weak: says little")
    press(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".error-summary")).to_be_focused()
    assert problems_of(page) == []
    reach(page, box)
    page.keyboard.press("Control+End")
    page.keyboard.type("\nStrong: gives an example")
    press(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Project coordinator")

    sign_in(live_server, page, reviewer)
    page.goto(f"/review/interviews/{interview.id}")
    press(page, page.get_by_role("link", name="Panel"))
    arrive(page, "Panel")
    press(page, page.get_by_role("link", name="Question 1"))
    arrive(page, "Question 1, all candidates")
    expect(page.get_by_role("cell", name="Not scored yet")).to_be_visible()
    press(page, page.get_by_role("link", name=attempt.invitation.candidate_name))
    reach(page, page.get_by_role("radio", name="Weak"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Strong")).to_be_checked()
    press(page, page.get_by_role("button", name="Hand in the score"))
    arrive(page, "Hand in this score?")
    press(page, page.get_by_role("button", name="Hand in the score"))
    expect(page.get_by_text("You have handed in your score.")).to_be_visible()
    page.goto(f"/review/interviews/{interview.id}/panel")
    with page.expect_download() as download:
        press(page, page.get_by_role("button", name="Download the scores as CSV"))
    written = download.value.path().read_text("utf-8-sig")
    assert "Strong" in written
    assert "Rada Reviewer" in written
    assert problems_of(page) == []


def test_invalid_note_is_corrected_in_its_form(
    live_server: LiveServer, page: Page, answer: Answer, reviewer: StaffUser
) -> None:
    sign_in(live_server, page, reviewer)
    page.goto(f"/review/answers/{answer.id}")
    reach(page, page.get_by_label("At", exact=True))
    page.keyboard.type("soon")
    reach(page, page.get_by_label("Note", exact=True))
    page.keyboard.type("A clear example")
    press(page, page.get_by_role("button", name="Add the note"))
    expect(page.locator(".error-summary")).to_be_focused()
    arrive(page, "Your note")
    press(page, page.locator(".error-summary a"))
    expect(page.get_by_label("At", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("0:04")
    press(page, page.get_by_role("button", name="Add the note"))
    expect(page.locator(".note")).to_contain_text("A clear example")
    expect(page.locator(".note__time")).to_have_text("0:04")


def test_two_tabs_without_a_script_lose_no_comment(
    live_server: LiveServer, page: Page, answer: Answer, reviewer: StaffUser
) -> None:
    sign_in(live_server, page, reviewer)
    other = page.context.new_page()
    for tab, comment in ((other, "From the second tab"), (page, "From the first tab")):
        tab.goto(f"/review/answers/{answer.id}")
        tab.locator("#comment").evaluate("(box, comment) => { box.value = comment }", comment)
    for tab in (page, other):  # submit() sends the form without calling event listeners, like a browser without scripts
        with tab.expect_navigation():
            tab.locator("#comment").evaluate("box => box.form.submit()")
    arrive(other, "This has changed")
    expect(other.get_by_text("From the first tab")).to_be_visible()
    press(other, other.get_by_role("button", name="Save what I typed here instead"))
    expect(other.locator("#comment")).to_have_value("From the second tab")
