"""The reviewer's player in Chromium: all its controls work by keyboard, as do captions, volume and full screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.interviews.models import Attempt
from app.recording.models import Answer
from tests.answer_factories import make_captioned_answer
from tests.browser.review_desk.desk import DEMO, SPOKEN, opened, spoken_cues, time_of, wait_until


class TestPlayer:
    def test_nothing_plays_by_itself(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        page.wait_for_timeout(700)
        assert page.evaluate("document.getElementById('recording').paused")

    def test_every_control_works_by_keyboard(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.get_by_role("button", name="Forward 10 s").press("Enter")
        assert time_of(page) == pytest.approx(15, abs=0.2)
        expect(page.locator("#status")).to_have_text("At 0:15. The recording is paused.")
        page.get_by_role("button", name="Back 10 s").press("Space")
        assert time_of(page) == pytest.approx(5, abs=0.2)
        page.get_by_role("button", name="Back 10 s").press("Enter")
        assert time_of(page) == 0
        page.get_by_label("Speed").select_option("1.5")
        assert page.evaluate("document.getElementById('recording').playbackRate") == 1.5
        assert page.evaluate("document.getElementById('recording').preservesPitch")
        expect(page.locator(".player__time")).to_have_text("0:00 / 0:27")

    def test_the_length_is_told_before_the_browser_knows_it(self, page: Page, attempt: Attempt) -> None:
        unfinished = make_captioned_answer("Hello there.", attempt=attempt, recording=DEMO / SPOKEN["file"])
        opened(page, unfinished)
        wait_until(page, "document.getElementById('recording').readyState > 0")
        assert page.evaluate("String(document.getElementById('recording').duration)") == "Infinity"
        expect(page.locator(".player__time")).to_have_text("0:00 / 0:03")

    def test_captions_are_shown_and_can_be_switched(self, page: Page, answer: Answer) -> None:
        captions = opened(page, answer, "?t=5000").get_by_role("button", name="Captions", exact=True)
        expect(captions).to_have_attribute("aria-pressed", "true")
        shown = "document.getElementById('recording').textTracks[0].activeCues?.[0]?.text"
        wait_until(page, f"{shown}?.startsWith('Last summer')")
        captions.press("Enter")
        expect(captions).to_have_attribute("aria-pressed", "false")
        assert page.evaluate("document.getElementById('recording').textTracks[0].mode") == "hidden"

    def test_recording_that_cannot_be_loaded_is_reported(self, page: Page, attempt: Attempt) -> None:
        answer = make_captioned_answer("Nobody can hear this.", attempt=attempt)
        page.goto(f"/review/answers/{answer.id}")
        expect(page.get_by_role("heading", name="The recording could not be loaded")).to_be_visible()

    def test_sound_alone_has_its_captions_too(self, page: Page, attempt: Attempt) -> None:
        clip = Path(__file__).parents[2] / "clips" / "long_answer.webm"
        answer = make_captioned_answer("Something is said.", attempt=attempt, recording=clip)
        opened(page, answer)
        expect(page.get_by_role("button", name="Captions", exact=True)).to_have_attribute("aria-pressed", "true")


class TestMoreControls:
    def test_cues_are_stepped_through_by_keyboard(self, page: Page, answer: Answer) -> None:
        starts = [cue.start_ms / 1000 for cue in spoken_cues()]
        opened(page, answer, f"?t={spoken_cues()[1].start_ms + 200}")
        page.get_by_role("button", name="Next caption").press("Enter")
        assert time_of(page) == pytest.approx(starts[2], abs=0.05)
        page.get_by_role("button", name="Previous caption").press("Enter")
        assert time_of(page) == pytest.approx(starts[1], abs=0.05)
        expect(page.locator("#status")).to_contain_text("The recording is paused.")

    def test_volume_is_a_slider_that_is_remembered(self, page: Page, answer: Answer) -> None:
        volume = opened(page, answer).get_by_role("slider", name="Volume")
        volume.press("Home")
        volume.press("ArrowRight")
        assert page.evaluate("document.getElementById('recording').volume") == pytest.approx(0.05)
        opened(page, answer)
        expect(page.get_by_role("slider", name="Volume")).to_have_value("5")

    def test_full_screen_brings_controls_and_captions_along_and_escape_leaves_it(
        self, page: Page, answer: Answer
    ) -> None:
        opened(page, answer, "?t=5000").get_by_role("button", name="Full screen").press("Enter")
        leave = page.get_by_role("button", name="Leave full screen")
        expect(leave).to_be_focused()
        assert page.evaluate("document.fullscreenElement.id") == "player"
        assert page.evaluate("document.getElementById('recording').textTracks[0].mode") == "showing"
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        leave.press("Enter")
        expect(page.get_by_role("button", name="Full screen", exact=True)).to_be_visible()
        assert page.evaluate("document.fullscreenElement") is None

    def test_captions_look_as_the_viewer_wants_on_the_next_page_too(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        page.locator("#player-settings summary").press("Enter")
        for label, choice in (("Size", "2"), ("Colour", "yellow"), ("Background", "navy"), ("Position", "top")):
            page.get_by_label(label, exact=True).select_option(choice)
        opened(page, answer, "?t=5000")
        rule = page.evaluate("document.adoptedStyleSheets[0].cssRules[0].cssText")
        assert re.search(r"::cue .*200%.*(255, 255, 0|ff0).*(0, 27, 77|001b4d)", rule), rule
        line = "document.getElementById('recording').textTracks[0].cues?.[0]?.line"
        wait_until(page, f"{line} === 0")

    def test_captions_never_vanish_in_their_background(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.locator("#player-settings summary").press("Enter")
        page.get_by_label("Colour", exact=True).select_option("black")
        page.get_by_label("Background", exact=True).select_option("black")
        rule = page.evaluate("document.adoptedStyleSheets[0].cssRules[0].cssText")
        assert "color: rgb(255, 255, 255)" in rule
