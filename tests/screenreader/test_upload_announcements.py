"""Orca says at most six announcements about an upload on a slow connection, and no value of the progress bar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.recorder_page import arrived, phase, record_for
from tests.browser.recorder_server import RecorderServer
from tests.screenreader.conftest import FAKE_DEVICES, chromium
from tests.screenreader.desktop import Reader
from tests.screenreader.person import Person

MAX_ANNOUNCEMENTS = 6
AFTERWARDS_MS = 5000
"""Orca is heard for this long after the upload has ended."""
ABOUT_UPLOADS = re.compile(r"upload|arrived|connection|percent|%|progress", re.IGNORECASE)


@pytest.fixture
def question(playwright: Playwright, desktop: Reader, server: RecorderServer, tmp_path: Path) -> Iterator[Page]:
    """The tab of a Chromium with a fake camera and microphone."""
    with chromium(playwright, desktop, tmp_path, server.url, FAKE_DEVICES) as context:
        server.sign_in(context)
        yield context.pages[0]


@pytest.mark.parametrize(
    ("kind", "ms"), [pytest.param("audio", 20_000, marks=pytest.mark.nightly), ("video", 25_000)]
)  # a video has more parts, and so more to announce
def test_an_upload_is_announced_six_times_at_most(
    question: Page, desktop: Reader, server: RecorderServer, kind: str, ms: int
) -> None:
    server.prefer(audio_only=kind == "audio")
    person = Person(question, desktop)
    person.open(f"{server.url}/question")
    person.hear("Question 1 of 3")
    person.press("Start recording")
    phase(question, "recording")
    question.context.set_offline(True)
    record_for(question, ms)
    before = len(desktop.given("speech"))
    desktop.press("Return")
    phase(question, "review")
    person.hear("The connection is down.")
    server.delay_s = 2
    question.context.set_offline(False)
    person.hear("All of your recording has arrived.")
    arrived(question, server)
    question.wait_for_timeout(AFTERWARDS_MS)
    said = [one.words for one in desktop.given("speech")[before:] if ABOUT_UPLOADS.search(one.words)]
    assert len(said) <= MAX_ANNOUNCEMENTS, said
    assert not [words for words in said if "percent" in words or "progress bar" in words]
