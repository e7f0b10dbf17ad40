"""Keeping and sending answers over a slow connection: every recorded byte arrives, and pages report the upload
correctly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import func, select

from app.audit import AuditEvent
from app.clock import now
from app.extensions import db
from app.ids import hash_token
from app.interviews.models import Attempt, Invitation
from app.recording.models import Answer, Take, Upload
from app.recording.question_status import task_list
from app.storage import get_storage, read
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import CLIP, LONG_MS, WATCH, phase, record_for, wait_until
from tests.factories import make_attempt, make_interview

SLOW = {"offline": False, "latency": 400, "uploadThroughput": 64_000 / 8, "downloadThroughput": -1}
FINISHED = re.compile("All of your recording has arrived|You have finished")
VERY_LONG_MS = 120_000
TOKEN = "a-token-of-a-test-that-nobody-else-has-used"


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate with one question."""
    return make_attempt(make_interview(questions=1))


@pytest.fixture
def context(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[BrowserContext]:
    """The candidate's browser."""
    with launch(CLIP).new_context(base_url=live_server.url, permissions=["camera", "microphone"]) as made:
        live_server.sign(made, attempt=attempt.id)
        made.add_init_script(path=WATCH)
        made.set_default_timeout(LONG_MS)
        yield made


def slow_tab(context: BrowserContext) -> tuple[Page, CDPSession]:
    """Open a tab with a connection of 64 kbit/s and 400 ms latency. Return the tab and the CDP session for its
    connection.
    """
    page = context.new_page()
    session = context.new_cdp_session(page)
    line(session)
    return page, session


def line(session: CDPSession, *, is_down: bool = False) -> None:
    """Make the connection of a tab slow, or disconnect it."""
    session.send("Network.emulateNetworkConditions", {**SLOW, "offline": is_down})


def recorded(context: BrowserContext, attempt: Attempt, *, kind: str, ms: int) -> tuple[Page, CDPSession, str]:
    """Record and stop. Return the tab, the CDP session for its connection, and the hash of the recording."""
    page, session = slow_tab(context)
    page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
    page.locator(f"#kind-{kind}").press("Space")
    page.locator("#record").press("Enter")
    phase(page, "recording")
    record_for(page, ms)
    page.locator("#record").press("Enter")
    phase(page, "review")
    return page, session, str(page.evaluate("watch.hash(0)"))


def keep(page: Page) -> None:
    page.get_by_role("button", name="Keep this answer").press("Enter")
    expect(page.locator("main .notice--success")).to_contain_text("is your answer")


def send(page: Page, button: str = "Send my answers") -> None:
    page.get_by_role("button", name=button).press("Enter")


def is_all_here(attempt_id: str) -> bool:
    db.session.rollback()
    return not any(task.coming for task in task_list(db.session(), db.session.get_one(Attempt, attempt_id)))


def said_truly(page: Page, attempt_id: str) -> str:
    """Return the text of the page, after checking that it does not report the arrival of the recording too early."""
    said = page.locator("main").inner_text()
    assert not FINISHED.search(said) or is_all_here(attempt_id)
    return said


def answer() -> str:
    """Return the hash of the answer's bytes on the server."""
    db.session.rollback()
    take_id = db.session.scalars(select(Answer.take_id)).one()
    uploads = db.session.scalars(select(Upload).where(Upload.take_id == take_id).order_by(Upload.segment))
    parts = [part for upload in uploads for part in upload.parts]
    return hashlib.sha256(b"".join(read(get_storage(), part.key) for part in parts)).hexdigest()


def test_answer_kept_at_once_left_and_sent_has_every_byte(context: BrowserContext, attempt: Attempt) -> None:
    attempt_id = attempt.id
    page, _session, whole = recorded(context, attempt, kind="audio", ms=6000)
    keep(page)
    said_truly(page, attempt_id)
    page.goto("/interview/")
    said_truly(page, attempt_id)
    page.close()
    page, _session = slow_tab(context)
    page.goto("/interview/")
    said_truly(page, attempt_id)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("sent", timeout=VERY_LONG_MS)
    assert "You have finished" in said_truly(page, attempt_id)
    assert answer() == whole


def test_keep_pressed_twice_at_once_is_one_choice(context: BrowserContext, attempt: Attempt) -> None:
    page, _session, whole = recorded(context, attempt, kind="audio", ms=1500)
    button = page.get_by_role("button", name="Keep this answer")
    button.evaluate("one => { one.focus(); one.click(); one.click(); }")
    expect(page.locator("main .notice--success")).to_contain_text("is your answer")
    wait_until(page, lambda: answer() == whole)
    chosen = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "answer chosen")
    assert (db.session.scalar(chosen), db.session.scalar(select(func.count()).select_from(Take))) == (1, 1)


def test_after_keep_the_question_page_says_how_many_seconds_are_still_to_come(
    context: BrowserContext, attempt: Attempt
) -> None:
    page, session, whole = recorded(context, attempt, kind="video", ms=4500)
    keep(page)
    said = page.locator("[data-upload-text]")
    expect(said).to_have_text(re.compile(r"\d+%\. Still to come: [1-5] seconds? of [45] seconds\.$"))
    line(session, is_down=True)
    expect(said).to_have_text(
        re.compile(r"The connection is down\..* Still to come: [1-5] seconds? of [45] seconds\.$")
    )
    expect(page.locator("#status")).to_contain_text(re.compile(r"Still to come: [1-5] seconds? of [45] seconds\."))
    session.detach()
    expect(said).to_have_text("All of your recording has arrived.", timeout=VERY_LONG_MS)
    assert answer() == whole


def test_send_waits_for_the_upload_and_then_sends(context: BrowserContext, attempt: Attempt) -> None:
    attempt_id = attempt.id
    page, session, whole = recorded(context, attempt, kind="video", ms=2500)
    keep(page)
    page.goto("/interview/")
    expect(page.locator("#coming li")).to_have_text(re.compile(r"^Question 1: [1-4] seconds? still being sent\.$"))
    line(session, is_down=True)
    send(page)
    button = page.get_by_role("button", name="Send my answers")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_be_focused()
    expect(page.locator("#send-wait")).to_contain_text("Your answers are sent when all of your recording has arrived.")
    expect(page.locator("#status")).to_contain_text("Your answers are sent when all of your recording has arrived.")
    expect(page.get_by_role("button", name="Send without waiting")).to_be_visible()
    assert problems_of(page) == []
    assert not is_all_here(attempt_id)
    line(session)
    expect(page.get_by_role("heading", level=1)).to_contain_text("sent", timeout=VERY_LONG_MS)
    assert "You have finished" in said_truly(page, attempt_id)
    assert answer() == whole


def test_rest_of_an_answer_sent_without_waiting_is_added(context: BrowserContext, attempt: Attempt) -> None:
    attempt_id = attempt.id
    page, _session, whole = recorded(context, attempt, kind="video", ms=2500)
    keep(page)
    page.goto("/interview/")
    expect(page.locator("#coming")).to_be_visible()
    send(page)
    page.get_by_role("button", name="Send without waiting").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sent")
    expect(page.locator("#coming")).to_contain_text("The rest is then added to your answer")
    assert "Part of your recording has not arrived yet." in said_truly(page, attempt_id)
    expect(page.locator(".lead")).to_have_text("Thank you. You have finished.", timeout=VERY_LONG_MS)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("#coming")).to_be_hidden()
    assert is_all_here(attempt_id)
    assert answer() == whole


def sent_in_part_and_left(context: BrowserContext, attempt: Attempt) -> tuple[Page, CDPSession, str]:
    """Send the answers without waiting for the rest of the upload, then leave the interview."""
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).token_hash = hash_token(TOKEN)
    page, session, whole = recorded(context, attempt, kind="video", ms=5000)
    keep(page)
    page.goto("/interview/")
    expect(page.locator("#coming")).to_be_visible()
    send(page)
    page.get_by_role("button", name="Send without waiting").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sent")
    page.get_by_role("button", name="Leave").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("You have left")
    return page, session, whole


def test_link_opens_the_way_back_for_parts_in_this_browser(context: BrowserContext, attempt: Attempt) -> None:
    attempt_id = attempt.id
    page, _session, whole = sent_in_part_and_left(context, attempt)
    assert not is_all_here(attempt_id)
    page.goto(f"/i/{TOKEN}")
    expect(page.locator("#rest")).to_contain_text("of it has not been sent yet.")
    assert problems_of(page) == []
    page.get_by_role("button", name="Send the rest of my recording").press("Enter")
    expect(page.locator(".lead")).to_have_text("Thank you. You have finished.", timeout=VERY_LONG_MS)
    assert is_all_here(attempt_id)
    assert answer() == whole
    page.get_by_role("button", name="Leave").press("Enter")
    page.goto(f"/i/{TOKEN}")
    expect(page.locator("main")).to_contain_text("There is nothing more to do")


def test_after_a_reviewer_opened_the_answer_the_rest_can_still_be_downloaded_whole(
    context: BrowserContext, attempt: Attempt
) -> None:
    attempt_id = attempt.id
    page, session, whole = sent_in_part_and_left(context, attempt)
    assert not is_all_here(attempt_id)
    with transaction() as change:
        take = change.scalars(select(Take)).one()
        take.complete_at = take.closed_at = now()
    page.goto(f"/i/{TOKEN}")
    expect(page.locator("#closed")).to_contain_text(re.compile(r"[1-5] seconds? of it may not have arrived\."))
    expect(page.locator("#closed")).to_contain_text("It can no longer be added to your answers.")
    expect(page.locator("#rest")).to_be_hidden()
    assert problems_of(page) == []
    session.detach()
    page.get_by_role("button", name="Show this recording").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sent")
    card = page.locator("#held article")
    expect(card).to_contain_text("A reviewer has opened your answer", timeout=VERY_LONG_MS)
    expect(card.get_by_role("button", name="Add it to your answer")).to_be_hidden()
    expect(page.locator("#upload")).to_be_hidden()  # the rest can no longer arrive
    assert problems_of(page) == []
    page.reload()
    expect(card).to_contain_text("the recording is kept in this browser until you decide", timeout=VERY_LONG_MS)
    with page.expect_download() as download:
        card.get_by_role("button", name="Download it to this device").press("Enter")
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == whole
    page.get_by_role("button", name="Leave").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("You have left")
    page.goto(f"/i/{TOKEN}")
    expect(page.locator("#closed")).to_be_visible()
