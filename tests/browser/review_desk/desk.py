"""Helpers for the reviewer's page of an answer: open it, wait for it, and read the position of the player."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from app.captions.shaping.shaper import Cue, Word, shape_cues
from app.recording.models import Answer

DEMO = Path(__file__).parents[3] / "demo"


SPOKEN = json.loads((DEMO / "demo.json").read_text())["questions"][0]["answer"]


WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}


def spoken_cues() -> list[Cue]:
    words = [Word(int(start * 1000), int(end * 1000), word, 0.9) for word, start, end in SPOKEN["words"]]
    return shape_cues(words, duration_ms=int(SPOKEN["duration_s"] * 1000))


def opened(page: Page, answer: Answer, query: str = "") -> Page:
    """Open the page of an answer and wait until its recording can be played and its captions are buttons."""
    page.goto(f"/review/answers/{answer.id}{query}")
    expect(page.locator("a.cue__button")).to_have_count(0)
    wait_until(page, "document.getElementById('recording').readyState >= 1")
    return page


def wait_until(page: Page, claim: str, seconds: float = 40) -> None:
    """Wait until a JavaScript expression is true. (Playwright's own function needs eval, which the policy forbids.)"""
    for _ in range(int(seconds * 20)):
        if page.evaluate(f"() => Boolean({claim})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(claim)


def time_of(page: Page) -> float:
    seconds: float = page.evaluate("document.getElementById('recording').currentTime")
    return seconds


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text
