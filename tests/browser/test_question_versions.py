"""The versions of a question's video in a real browser: chosen with the keyboard, and played together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app.captions.models import QuestionMedia
from app.captions.question_versions import MediaRole
from app.interviews.models import Attempt, Question
from app.storage import get_storage
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import LONG_MS, wait_until
from tests.browser.test_question_in_sight import DESKTOP, PHONE, PROMPT, is_in_sight
from tests.factories import NOON, make_attempt, make_interview
from tests.media_factory import record

RECORDED_MS = 2000
"""A recording that is stopped at once may have no data."""
PLAYING = "() => [...document.querySelectorAll('.question-media video')].map((one) => !one.paused)"
TIMES = "() => [...document.querySelectorAll('.question-media video')].map((one) => one.currentTime)"
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"


def give_videos(question: Question, folder: Path) -> None:
    """Give a question a main video of 4 s and a sign-language version of 5 s."""
    captions = "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nTell us about a night\n"
    lengths = {MediaRole.MAIN: ("vp8.webm", 4), MediaRole.SIGN: ("silent.webm", 5)}
    for role, (kind, seconds) in lengths.items():
        path, key = record(folder / f"{role}.webm", kind, seconds), f"prompts/{question.id}/{role}/prompt.webm"
        get_storage().put_file(key, path)
        media = QuestionMedia(
            question_id=question.id, role=role, key=key, content_type="video/webm", size=path.stat().st_size,
            duration_ms=seconds * 1000, has_video=True, has_audio=role == MediaRole.MAIN,
            captions=captions if role == MediaRole.MAIN else None, made_at=NOON,
        )  # fmt: skip
        with transaction() as session:
            session.add(media)


@pytest.fixture
def attempt(app: Flask, tmp_path: Path) -> Attempt:
    """A candidate of an interview whose question has a video and a sign-language version."""
    attempt = make_attempt(make_interview(questions=1))
    with transaction() as session:
        session.merge(attempt.interview.questions[0]).prompt = PROMPT
    give_videos(attempt.interview.questions[0], tmp_path)
    return attempt


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[Page]:
    """The question page of the candidate."""
    with launch("answer_one.wav").new_context(
        base_url=live_server.url, permissions=["camera", "microphone"], reduced_motion="reduce"
    ) as context:
        live_server.sign(context, attempt=attempt.id)
        context.set_default_timeout(LONG_MS)
        page = context.new_page()
        page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
        yield page


@pytest.mark.parametrize("width", [1280, 320])
def test_a_version_is_chosen_with_the_keyboard_and_the_focus_stays_on_it(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.locator("#record")).to_be_visible()
    for name, players in {"Sign language": 1, "Video with sign language": 2, "Video": 1}.items():
        page.get_by_role("button", name=name, exact=True).press("Enter")
        page.wait_for_url("**#version-*")
        chosen = page.get_by_role("button", name=name, exact=True)
        expect(chosen).to_have_attribute("aria-pressed", "true")
        expect(chosen).to_be_focused()
        expect(page.locator(".question-media video")).to_have_count(players)
        assert page.evaluate(OVERFLOW) <= 0
        if players == 2:
            assert problems_of(page) == []


@pytest.mark.parametrize("window", [DESKTOP, PHONE])
def test_question_and_start_are_in_sight_together_with_any_version(page: Page, window: tuple[int, int]) -> None:
    page.set_viewport_size({"width": window[0], "height": window[1]})
    for name in ["Video", "Sign language", "Video with sign language"]:
        page.reload()
        choice = page.get_by_role("button", name=name, exact=True)
        if not choice.is_visible():
            page.locator(".media-fold > summary").press("Enter")
        choice.press("Enter")
        page.wait_for_url("**#version-*")
        expect(choice).to_be_focused()  # the part is not folded away under the focus
        page.goto(page.url.split("#")[0])
        expect(page.locator("#record")).to_be_visible()
        assert page.evaluate("scrollY") == 0
        together = [
            page.locator(".prompt"),
            page.locator(".media-fold > summary"),
            page.get_by_role("button", name="Start recording"),
        ]
        wait_until(page, lambda parts=together: all(is_in_sight(page, part) for part in parts))
        assert page.evaluate(OVERFLOW) <= 0
    page.locator("#record").press("Enter")
    page.wait_for_function("() => document.querySelector('[data-phase=recording]')")
    for seen in [".prompt", "#record", "#clock", "#preview"]:
        assert is_in_sight(page, page.locator(seen)), seen
    page.wait_for_timeout(RECORDED_MS)
    page.locator("#record").press("Enter")
    expect(page.locator("#review-heading")).to_be_visible(timeout=LONG_MS)
    assert is_in_sight(page, page.get_by_role("button", name="Keep this answer"))


def test_both_versions_play_seek_and_pause_together(page: Page) -> None:
    page.get_by_role("button", name="Video with sign language").press("Enter")
    expect(page.locator("video[data-follows]")).to_have_js_property("controls", False)
    main = page.locator("#question-player")
    assert main.evaluate("one => one.controls")
    main.evaluate("one => { one.muted = true; one.play(); }")
    page.wait_for_function(f"() => ({PLAYING})().every(Boolean)")
    main.evaluate("one => { one.pause(); one.currentTime = 2; }")
    page.wait_for_function(
        f"() => !({PLAYING})().some(Boolean) && ({TIMES})().every((time) => Math.abs(time - 2) < 0.4)"
    )
    main.evaluate("one => one.play()")
    page.wait_for_function("() => document.getElementById('question-player').ended")
    page.wait_for_function("() => document.querySelector('video[data-follows]').ended")


def test_no_version_plays_while_a_recording_is_made(page: Page) -> None:
    page.get_by_role("button", name="Video with sign language").press("Enter")
    expect(page.locator("video[data-follows]")).to_have_js_property("controls", False)
    page.locator("#question-player").evaluate("one => { one.muted = true; one.play(); }")
    page.wait_for_function(f"() => ({PLAYING})().every(Boolean)")
    page.get_by_role("button", name="Start recording").press("Enter")
    page.wait_for_function("() => document.querySelector('[data-phase=recording]')")
    assert not any(page.evaluate(PLAYING))
    page.wait_for_timeout(RECORDED_MS)
    page.locator("#record").press("Enter")
    expect(page.locator("#review-heading")).to_be_visible(timeout=LONG_MS)
