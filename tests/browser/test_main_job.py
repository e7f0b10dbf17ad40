"""The main job from end to end: a candidate speaks, and a reviewer reads, watches and searches the answer.

Chromium, the server, Redis, the worker and the speech model are real. The microphone plays a clip from the repository.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.captions.models import CueRow
from app.captions.speech.sound import read_samples
from app.config import Config
from app.extensions import db
from app.media.sandbox import prepare_media
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.storage import get_storage
from tests.browser.conftest import CLIPS, LiveServer
from tests.factories import PASSWORD, make_interview, make_invitation, make_user
from tests.personal_data import watched_redis
from tests.worker_process import running_worker

CLIP = "answer_one.wav"
SENTENCE = json.loads((CLIPS / "clips.json").read_text())[CLIP]["text"]
RECORD_MS = 11_000  # the clip loops every four seconds and may start anywhere, so this contains one whole sentence
RATE = 16_000
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Iterator[Config]:
    with watched_redis(tmp_path / "redis") as address:
        yield replace(config, redis_url=address)


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER)


@pytest.fixture
def link(reviewer: StaffUser) -> str:
    _, token = make_invitation(make_interview(questions=1, reviewers=[reviewer], title="Harbour guide"))
    return f"/i/{token}"


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_an_answer_is_recorded_and_read_watched_and_found(
    launch: Callable[..., Browser], live_server: LiveServer, config: Config, reviewer: StaffUser, link: str, kind: str
) -> None:
    with running_worker(config):
        with launch(CLIP).new_context(base_url=live_server.url) as context:
            page = context.new_page()
            begin(page, link)
            record(page, kind)
            keep_and_send(page)
        with launch().new_context(base_url=live_server.url) as context:
            page = context.new_page()
            review(page, reviewer, kind)
            wait_until_indexed(page)
            search(page)
    media = db.session.scalars(select(Media)).one()
    assert media.has_video == (kind == "video")
    assert media.duration_ms == pytest.approx(RECORD_MS, abs=2500)
    check_times()


def begin(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="I agree").press("Enter")
    page.get_by_role("link", name="Question 1", exact=True).press("Enter")


def record(page: Page, kind: str) -> None:
    """Record, stop and play back, all by keyboard."""
    page.get_by_role("radio", name="Sound only" if kind == "audio" else "Picture and sound").press("Space")
    page.get_by_role("button", name="Start recording").press("Enter")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording")
    page.wait_for_timeout(RECORD_MS)
    page.get_by_role("button", name="Stop recording").press("Enter")
    expect(page.locator("#status")).to_contain_text("Recording stopped.")
    playback = page.locator("#playback").locator("video, audio")
    playback.evaluate("media => { media.muted = true; return media.play() }")
    wait_until(page, "document.querySelector('#playback video, #playback audio').currentTime > 0.5")


def wait_until(page: Page, claim: str, seconds: float = 60) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own function needs eval, which the policy forbids.)"""
    deadline = time.monotonic() + seconds
    while not page.evaluate(f"() => {claim}"):
        assert time.monotonic() < deadline, claim
        page.wait_for_timeout(50)


def keep_and_send(page: Page) -> None:
    page.get_by_role("button", name="Keep this answer").press("Enter")
    page.get_by_role("button", name="Send my answers").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("sent|Thank you", re.IGNORECASE))


def review(page: Page, reviewer: StaffUser, kind: str) -> None:
    """Sign in with the form, wait for the captions, watch, jump to a cue, and search for a word."""
    page.goto("/review/")
    page.get_by_label("Email address").fill(reviewer.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").press("Enter")
    page.get_by_role("link", name="Harbour guide").press("Enter")
    page.locator("a[href*='/review/answers/']").first.press("Enter")
    cue = page.locator(".transcript button.cue__button", has_text="team").last
    expect(cue).to_be_visible(timeout=90_000)
    assert SENTENCE.lower().rstrip(".") in heard()
    cue.press("Enter")
    player = page.locator("main video, main audio").first
    start = int(str(cue.get_attribute("data-start"))) / 1000
    wait_until(page, f"Math.abs(document.getElementById('recording').currentTime - {start}) < 0.5")
    assert player.evaluate("media => media.textTracks.length") == 1
    assert page.evaluate("document.querySelector('main track').readyState") in (0, 1, 2)
    expect(page.locator(".transcript [aria-current='true']")).to_have_count(1)


def wait_until_indexed(page: Page, seconds: float = 60) -> None:
    """Wait until the answer is indexed."""
    deadline = time.monotonic() + seconds
    query = select(StageRun.state).where(StageRun.stage == str(Stage.INDEX))
    while db.session.scalar(query) != StageState.DONE:
        db.session.rollback()
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def search(page: Page) -> None:
    """Search the interview for a spoken word, and follow the result to its moment."""
    page.goto("/review/")
    page.get_by_role("link", name="Harbour guide").press("Enter")
    page.get_by_role("searchbox").first.fill("peoples")  # a word with the same stem as a spoken one
    page.get_by_role("searchbox").first.press("Enter")
    hit = page.locator("a.hit").first
    expect(hit).to_be_visible()
    hit.press("Enter")
    page.wait_for_url(re.compile(r"/review/answers/.*[?&]t=\d+"))


def heard() -> str:
    """Return the text of the captions in lower case, without punctuation."""
    db.session.rollback()
    text = " ".join(db.session.scalars(select(CueRow.text).order_by(CueRow.position)))
    return re.sub(r"[^a-z' ]+", " ", text.lower().replace("\n", " ")).replace("  ", " ")


def check_times() -> None:
    """Check that each start of the sentence, after a second of silence, has a caption within half a second."""
    starts = onsets(samples_of(db.session.scalars(select(Take)).one()))
    words = [word for words in db.session.scalars(select(CueRow.words).order_by(CueRow.position)) for word in words]
    spoken = [start / 1000 for text, start, *_ in words if text.strip(" ,.").lower() == "i"]
    assert starts
    for start in starts[:-1]:
        assert min(abs(start - time) for time in spoken) < 0.5, (starts, spoken)


def samples_of(take: Take) -> np.ndarray:
    """Return the sound of the stored recording, decoded again."""
    assert take.media
    source = get_storage().local_path(take.media.key)
    assert source
    folder = source.parent / "check"
    folder.mkdir()
    audio = prepare_media([source], folder).audio_path
    assert audio
    return read_samples(audio)


def onsets(samples: np.ndarray, window: float = 0.05, quiet: float = 1.2) -> list[float]:
    """Return the times in seconds at which sound begins after at least `quiet` seconds of silence."""
    size = int(window * RATE)
    level = np.abs(samples[: len(samples) // size * size].reshape(-1, size)).max(axis=1)
    loud = level > 0.1 * level.max()
    found, silent = [], 0
    for place, is_loud in enumerate(loud):
        if is_loud and silent * window >= quiet:
            found.append(place * window)
        silent = 0 if is_loud else silent + 1
    return found
