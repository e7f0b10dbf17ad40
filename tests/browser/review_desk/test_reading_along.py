"""The transcript in Chromium: captions are buttons, the spoken caption is marked, and the list scrolls during playback."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from app.captions.clock import clock_time
from app.interviews.models import Attempt
from app.recording.models import Answer
from tests.answer_factories import make_captioned_answer
from tests.browser.review_desk.desk import focused, opened, spoken_cues, time_of, wait_until


class TestReadingAlong:
    def test_a_cue_is_a_button_that_seeks_and_keeps_the_focus(self, page: Page, answer: Answer) -> None:
        cue = spoken_cues()[2]
        button = opened(page, answer).get_by_role("button", name=re.compile("^0:09 ?Some of the visitors"))
        button.focus()
        page.keyboard.press("Enter")
        wait_until(page, f"Math.abs(document.getElementById('recording').currentTime - {cue.start_ms / 1000}) < 0.05")
        expect(button).to_have_attribute("aria-current", "true")
        expect(button).to_be_focused()
        expect(page.locator("#status")).to_contain_text("At 0:09. The recording is paused.")

    def test_at_the_moment_of_a_caption_the_one_that_ends_there_is_gone(self, page: Page, answer: Answer) -> None:
        before, cue = spoken_cues()[2:4]
        assert before.end_ms == cue.start_ms
        shown = "[...document.getElementById('recording').textTracks[0].activeCues].map(cue => cue.text).join(' AND ')"
        opened(page, answer, f"?t={cue.start_ms}")
        wait_until(page, f"{shown} === {json.dumps(cue.text)}")
        page.get_by_role("button", name=re.compile(f"^{clock_time(before.start_ms)}")).press("Enter")
        wait_until(page, f"{shown} === {json.dumps(before.text)}")
        page.get_by_role("button", name=re.compile(f"^{clock_time(cue.start_ms)}")).press("Enter")
        wait_until(page, f"{shown} === {json.dumps(cue.text)}")

    def test_focus_stays_on_a_cue_when_the_script_arrives_late(self, page: Page, answer: Answer) -> None:
        held: list[Route] = []
        page.route("**/built/answer.js", lambda route: held.append(route))
        page.goto(f"/review/answers/{answer.id}", wait_until="commit")
        cue = page.locator(".cue__button").last
        cue.focus()
        assert cue.evaluate("cue => cue.localName") == "a"
        wait_until(page, "document.activeElement.localName === 'a'")
        while not held:
            page.wait_for_timeout(20)
        held[0].continue_()
        expect(page.locator("button.cue__button").last).to_be_focused()

    def test_the_cue_that_is_being_said_is_marked_while_it_plays(self, page: Page, answer: Answer) -> None:
        second = spoken_cues()[1]
        opened(page, answer, f"?t={second.start_ms - 700}")
        expect(page.locator("[aria-current=true].cue__button")).to_contain_text("Good morning")
        page.get_by_role("button", name="Play", exact=True).press("Enter")
        expect(page.locator("[aria-current=true].cue__button")).to_contain_text("Last summer")
        expect(page.locator("[aria-current=true].cue__button")).to_have_count(1)
        page.get_by_role("button", name="Pause", exact=True).press("Enter")
        assert time_of(page) == pytest.approx(second.start_ms / 1000, abs=1.5)

    def test_the_mark_is_more_than_colour(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        current, other = page.locator("[aria-current=true].cue__button"), page.locator(".cue__button").last
        bars = [cue.evaluate("cue => getComputedStyle(cue).borderInlineStartColor") for cue in (current, other)]
        assert bars[0] != bars[1] == "rgba(0, 0, 0, 0)"

    def test_reading_along_scrolls_the_transcript_and_never_the_focus_or_the_page(
        self, page: Page, attempt: Attempt, recording: Path
    ) -> None:
        cues = [f"This is cue number {number} of a long answer." for number in range(60)]
        answer = make_captioned_answer(*cues, attempt=attempt, recording=recording)
        opened(page, answer)
        list_top = "document.querySelector('ol.transcript').scrollTop"
        page.get_by_role("button", name="Forward 10 s").focus()
        before = page.evaluate("scrollY")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator("[aria-current=true].cue__button")).to_contain_text("number 6 ")
        wait_until(page, f"{list_top} > 0")
        assert focused(page) == "Forward 10 s"
        assert page.evaluate("scrollY") == before

    def test_scrolling_waits_while_the_focus_is_in_the_transcript(
        self, page: Page, attempt: Attempt, recording: Path
    ) -> None:
        cues = [f"This is cue number {number} of a long answer." for number in range(60)]
        opened(page, make_captioned_answer(*cues, attempt=attempt, recording=recording))
        page.locator(".cue__button").first.focus()
        page.evaluate("document.getElementById('recording').currentTime = 20")
        expect(page.locator("[aria-current=true].cue__button")).to_contain_text("number 6 ")
        assert page.evaluate("document.querySelector('ol.transcript').scrollTop") == 0

    def test_scrolling_can_be_turned_off_and_stays_off(self, page: Page, attempt: Attempt, recording: Path) -> None:
        cues = [f"This is cue number {number} of a long answer." for number in range(60)]
        answer = make_captioned_answer(*cues, attempt=attempt, recording=recording)
        toggle = opened(page, answer).get_by_role("button", name="Scroll with the recording")
        expect(toggle).to_have_attribute("aria-pressed", "true")
        toggle.press("Enter")
        expect(toggle).to_have_attribute("aria-pressed", "false")
        opened(page, answer, "?t=20000")
        expect(page.locator("[aria-current=true].cue__button")).to_contain_text("number 6 ")
        expect(toggle).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("document.querySelector('ol.transcript').scrollTop") == 0
