"""Steps of a candidate on the question page of the real server."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from app.captions.models import QuestionMedia
from app.interviews.models import Attempt, Question
from app.storage import get_storage
from app.transaction import transaction
from tests.browser.recorder_page import LONG_MS, press_again
from tests.factories import NOON

UPLOADS = "**/uploads/**"


def give_sound_to(question: Question) -> None:
    """Give the question a sound recording with captions."""
    sound, key = Path(__file__).parents[2] / "clips" / "long_answer.webm", f"prompts/{question.id}/x/prompt.webm"
    get_storage().put_file(key, sound)
    captions = "WEBVTT\n\n00:00:00.000 --> 00:00:20.000\nTell us about a night\n"
    with transaction() as session:
        session.add(
            QuestionMedia(
                question_id=question.id, key=key, content_type="audio/webm", size=sound.stat().st_size,
                duration_ms=60_000, has_video=False, has_audio=True, captions=captions, made_at=NOON,
            )
        )  # fmt: skip


def wait_for(page: Page, claim: str) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own function needs eval, which the policy forbids.)"""
    for _ in range(LONG_MS // 50):
        if page.evaluate(f"() => Boolean({claim})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(claim)


def address(attempt: Attempt) -> str:
    """Return the address of the attempt's question."""
    return f"/interview/questions/{attempt.interview.questions[0].id}"


def phase(page: Page, name: str) -> None:
    """Wait until the recorder is in the phase `name`."""
    expect(page.locator("#recorder")).to_have_attribute("data-phase", name, timeout=LONG_MS)


def record(page: Page, ms: int = 1500) -> None:
    """Start a recording, wait until `ms` milliseconds are recorded, and stop."""
    press_again(page)
    page.get_by_role("button", name=re.compile("Start recording|Record again")).press("Enter")
    phase(page, "recording")
    page.wait_for_function("ms => performance.now() - watch.windows.at(-1)[0] >= ms", arg=ms)
    page.locator("#record").press("Enter")
    phase(page, "review")


def sound_only(page: Page) -> None:
    """Choose to record sound only."""
    page.get_by_role("radio", name="Sound only").press("Space")


def end_session(page: Page, context: BrowserContext) -> None:
    """Delete the session cookie, and again whenever a late response has set it."""
    while context.cookies():
        context.clear_cookies()
        page.wait_for_timeout(400)
