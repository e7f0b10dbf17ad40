"""The reviewer's desk in Chromium: watching, reading along, finding and arriving at a moment, by keyboard and without a script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from app.accounts.models import Role, StaffUser
from app.captions.models import TrackKind
from app.captions.services import add_track
from app.captions.shaping.shaper import Cue, Word, shape_cues
from app.clock import now
from app.interviews.models import Attempt, BlindMode, Interview
from app.media.facts import MediaBudget
from app.media.remuxing import remux
from app.recording.models import Answer, StageState
from app.review.rubric import Level
from app.review.rubric_services import change_scoring
from app.review.search.services import index_track
from app.transaction import transaction
from tests.answer_factories import add_media, make_answer, make_captioned_answer, set_stages
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.factories import NOON, make_attempt, make_interview, make_user

DEMO = Path(__file__).parents[2] / "demo"
SPOKEN = json.loads((DEMO / "demo.json").read_text())["questions"][0]["answer"]
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording as the worker keeps it, with a duration and an index."""
    folder = tmp_path_factory.mktemp("recording")
    return remux([DEMO / SPOKEN["file"]], folder, MediaBudget()).path


def spoken_cues() -> list[Cue]:
    words = [Word(int(start * 1000), int(end * 1000), word, 0.9) for word, start, end in SPOKEN["words"]]
    return shape_cues(words, duration_ms=int(SPOKEN["duration_s"] * 1000))


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada Reviewer")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(reviewers=[reviewer], title="Project coordinator")


@pytest.fixture
def attempt(interview: Interview) -> Attempt:
    return make_attempt(interview, submitted_at=NOON)


@pytest.fixture
def answer(attempt: Attempt, recording: Path) -> Answer:
    notice = "Made by the demonstration model."
    return make_captioned_answer(*spoken_cues(), attempt=attempt, recording=recording, notice=notice)


@pytest.fixture
def context(launch: Callable[..., Browser], live_server: LiveServer, reviewer: StaffUser) -> Iterator[BrowserContext]:
    """A browser in which the reviewer is signed in."""
    with launch().new_context(base_url=live_server.url, viewport=WIDE, reduced_motion="reduce") as context:
        live_server.sign(context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which an error of a script, or a breach of the policy, fails the test."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    assert wrong == []


def opened(page: Page, answer: Answer, query: str = "") -> Page:
    """Open an answer and wait until its recording can be played and its script has made the cues buttons."""
    page.goto(f"/review/answers/{answer.id}{query}")
    expect(page.locator("a.cue__button")).to_have_count(0)
    wait_until(page, "document.getElementById('recording').readyState >= 1")
    return page


def wait_until(page: Page, claim: str, seconds: float = 40) -> None:
    """Wait until a JavaScript expression holds. (Playwright's own way needs eval, which the policy forbids.)"""
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
        page.get_by_role("button", name=re.compile("^0:09")).press("Enter")
        wait_until(page, f"{shown} === {json.dumps(before.text)}")
        page.get_by_role("button", name=re.compile("^0:14")).press("Enter")
        wait_until(page, f"{shown} === {json.dumps(cue.text)}")

    def test_whoever_is_on_a_cue_before_the_script_arrives_stays_on_it(self, page: Page, answer: Answer) -> None:
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

    def test_a_recording_that_cannot_be_loaded_says_so(self, page: Page, attempt: Attempt) -> None:
        answer = make_captioned_answer("Nobody can hear this.", attempt=attempt)
        page.goto(f"/review/answers/{answer.id}")
        expect(page.get_by_role("heading", name="The recording could not be loaded")).to_be_visible()

    def test_sound_alone_has_its_captions_too(self, page: Page, attempt: Attempt) -> None:
        clip = Path(__file__).parents[1] / "clips" / "long_answer.webm"
        answer = make_captioned_answer("Something is said.", attempt=attempt, recording=clip)
        opened(page, answer)
        expect(page.get_by_role("button", name="Captions", exact=True)).to_have_attribute("aria-pressed", "true")


class TestMoreControls:
    def test_cues_are_stepped_through_by_keyboard(self, page: Page, answer: Answer) -> None:
        starts = [cue.start_ms / 1000 for cue in spoken_cues()]
        opened(page, answer, f"?t={spoken_cues()[1].start_ms + 200}")
        page.get_by_role("button", name="Next cue").press("Enter")
        assert time_of(page) == pytest.approx(starts[2], abs=0.05)
        page.get_by_role("button", name="Previous cue").press("Enter")
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
        for label, choice in (("Size", "2"), ("Colour", "yellow"), ("Background", "navy"), ("Place", "top")):
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


class TestKeys:
    def test_do_nothing_until_they_are_switched_on(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(5, abs=0.05)
        page.locator("#player-settings summary").press("Enter")
        page.get_by_label("Use single keys for the player").press("Space")
        page.locator("h1").focus()
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(15, abs=0.2)

    def test_rest_while_somebody_types(self, page: Page, answer: Answer) -> None:
        self.switched_on(page, answer)
        box = page.get_by_role("searchbox")
        box.focus()
        page.keyboard.type("jolly")
        expect(box).to_have_value("jolly")
        assert time_of(page) == pytest.approx(5, abs=0.05)

    def test_can_be_changed_and_stay_changed(self, page: Page, answer: Answer) -> None:
        self.switched_on(page, answer)
        page.get_by_label("Forward 10 s", exact=True).and_(page.locator("input")).fill("x")
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.locator("h1").focus()
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(5, abs=0.05)
        page.keyboard.press("x")
        assert time_of(page) == pytest.approx(15, abs=0.2)

    def test_one_key_for_two_things_is_said_and_does_neither(self, page: Page, answer: Answer) -> None:
        self.switched_on(page, answer)
        page.locator("#key-back").fill("l")
        expect(page.locator("#keys-problem")).to_contain_text("Back 10 s and Forward 10 s")
        expect(page.locator("#key-back")).to_have_attribute("aria-invalid", "true")
        page.locator("h1").focus()
        page.keyboard.press("l")
        assert time_of(page) == pytest.approx(5, abs=0.05)

    def switched_on(self, page: Page, answer: Answer) -> None:
        opened(page, answer, "?t=5000")
        wait_until(page, "document.getElementById('recording').currentTime > 4.9")
        page.locator("#player-settings summary").press("Enter")
        page.get_by_label("Use single keys for the player").press("Space")


class TestSlowLine:
    def fetched(self, page: Page) -> list[str]:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/media/" in request.url else None)
        return asked

    def test_text_alone_fetches_nothing_of_the_recording_and_is_remembered(self, page: Page, answer: Answer) -> None:
        asked = self.fetched(page)
        page.goto(f"/review/answers/{answer.id}?watch=text")
        expect(page.get_by_role("link", name="Text alone")).to_have_attribute("aria-current", "true")
        page.goto(f"/review/answers/{answer.id}")
        expect(page.locator("ol.transcript")).to_be_visible()
        expect(page.locator("video")).to_have_count(0)
        assert asked == []

    def test_sound_alone_waits_until_it_is_asked_for(self, page: Page, answer: Answer) -> None:
        asked = self.fetched(page)
        page.goto(f"/review/answers/{answer.id}?watch=sound")
        expect(page.locator("a.cue__button")).to_have_count(0)
        assert asked == []
        page.get_by_role("button", name="Play", exact=True).press("Enter")
        wait_until(page, "document.getElementById('recording').currentTime > 0")
        assert asked

    def test_the_first_frame_takes_two_requests_and_a_seek_one_more(self, page: Page, answer: Answer) -> None:
        asked = self.fetched(page)
        opened(page, answer)
        wait_until(page, "document.getElementById('recording').readyState >= 2")
        assert len(asked) <= 2
        for seconds in (25, 2, 14, 29, 0.5):
            before = len(asked)
            page.evaluate(f"document.getElementById('recording').currentTime = {seconds}")
            wait_until(page, "!document.getElementById('recording').seeking")
            assert len(asked) - before <= 1, seconds


class TestScoring:
    @pytest.fixture(autouse=True)
    def _rubric(self, interview: Interview, reviewer: StaffUser) -> None:
        levels = [Level(1, "Weak", "Says little"), Level(2, "Strong", "Gives an example")]
        with transaction() as session:
            found = session.get_one(Interview, interview.id)
            question = found.questions[0].id
            actor = session.merge(reviewer)
            change_scoring(session, found, BlindMode.OFF, {question: levels}, actor=actor, now=NOON)

    def saved(self, page: Page) -> None:
        expect(page.locator("[data-score-state]")).to_have_text("Saved.")

    def test_a_score_saves_itself_and_is_handed_in_by_keyboard(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.get_by_label("Weak").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("A clear example.")
        self.saved(page)
        opened(page, answer)
        expect(page.get_by_label("Strong")).to_be_checked()
        expect(page.get_by_label("Comment")).to_have_value("A clear example.")
        page.get_by_role("button", name="Hand in the score").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Hand in this score?")
        page.get_by_role("button", name="Hand in the score").press("Enter")
        expect(page.get_by_text("Your score is in.")).to_be_visible()
        assert problems_of(page) == []

    def test_two_tabs_lose_nothing(self, page: Page, context: BrowserContext, answer: Answer) -> None:
        opened(page, answer)
        other = context.new_page()
        opened(other, answer)
        page.get_by_label("Comment").fill("From the first tab")
        self.saved(page)
        other.get_by_label("Comment").fill("From the second tab")
        expect(other.locator("[data-score-state]")).to_contain_text("From the first tab")
        expect(other.get_by_label("Comment")).to_have_value("From the second tab")
        assert problems_of(other) == []
        other.get_by_role("button", name="Save what I typed here instead").press("Enter")
        self.saved(other)
        opened(page, answer)
        expect(page.get_by_label("Comment")).to_have_value("From the second tab")

    def test_what_could_not_be_saved_is_there_again_and_goes_up(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.route("**/score", lambda route: route.abort())
        page.get_by_label("Comment").fill("Typed on a train")
        expect(page.locator("[data-score-state]")).to_contain_text("Not saved yet")
        page.unroute("**/score")
        page.route("**/score", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
        work = {"version": "0", "typed": json.dumps([None, "What a colleague typed here"])}
        page.evaluate(
            "typed => localStorage.setItem(`fairtake.score.colleague.${document.forms['score-form'].action}`, typed)",
            json.dumps({"work": work}),
        )
        opened(page, answer)
        expect(page.get_by_label("Comment")).to_have_value("Typed on a train")
        page.unroute("**/score")
        expect(page.locator("[data-score-state]")).to_have_text("Saved.", timeout=15_000)

    def test_a_note_is_written_where_the_recording_is(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.evaluate("document.getElementById('recording').currentTime = 9")
        page.get_by_role("button", name="Set to where the recording is").press("Enter")
        expect(page.get_by_label("Note", exact=True)).to_be_focused()
        page.keyboard.type("A good example")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        note = page.locator(".note__time")
        expect(note).to_have_text("0:09")
        wait_until(page, "document.getElementById('recording')?.readyState >= 1")
        page.evaluate("document.getElementById('recording').currentTime = 0")
        note.press("Enter")
        assert time_of(page) == pytest.approx(9, abs=0.05)
        expect(page.locator("#status")).to_contain_text("At 0:09. The recording is paused.")


class TestWaiting:
    def test_captions_arrive_without_disturbing_who_watches(
        self, page: Page, attempt: Attempt, recording: Path
    ) -> None:
        answer = make_answer(attempt)
        assert answer.take_id
        set_stages(answer.take_id, StageState.DONE, StageState.RUNNING)
        add_media(answer.take_id, recording)
        opened(page, answer)
        page.evaluate(
            "document.getElementById('recording').currentTime = 12; document.getElementById('recording').seen = 1"
        )
        page.get_by_role("button", name="Back 10 s").focus()
        with transaction() as session:
            track = add_track(session, answer.take_id, TrackKind.AUTOMATIC, spoken_cues(), language="en", now=NOON)
            index_track(session, track.id)
        expect(page.locator(".cue__button").first).to_be_visible(timeout=20_000)
        expect(page.locator("#status")).to_have_text("Captions are ready.")
        assert focused(page) == "Back 10 s"
        assert page.evaluate("document.getElementById('recording').seen") == 1
        assert time_of(page) == pytest.approx(12, abs=0.1)
        expect(page.get_by_role("button", name="Captions", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[aria-current=true].cue__button")).to_have_count(1)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(4000)
        assert not [address for address in asked if "/review/" in address]

    def test_a_recording_arrives_with_its_player(self, page: Page, attempt: Attempt, recording: Path) -> None:
        answer = make_answer(attempt)
        assert answer.take_id
        set_stages(answer.take_id, StageState.RUNNING)
        page.goto(f"/review/answers/{answer.id}")
        expect(page.get_by_role("heading", name="The recording is being prepared")).to_be_visible()
        add_media(answer.take_id, recording)
        set_stages(answer.take_id, StageState.DONE, StageState.RUNNING)
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=20_000)


class TestFinding:
    def test_a_word_is_found_and_leads_to_its_moment(self, page: Page, answer: Answer, interview: Interview) -> None:
        page.goto(f"/review/interviews/{interview.id}")
        page.get_by_role("searchbox", name="Find what was said").fill("volunteer")
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_have_text("1 place in 1 answer")
        page.locator("a.hit").press("Enter")
        page.wait_for_url(re.compile(rf"/review/answers/{answer.id}\?t=\d+&q=volunteer$"))
        wait_until(
            page, f"document.getElementById('recording').currentTime >= {spoken_cues()[1].start_ms / 1000 - 0.05}"
        )
        expect(page.locator("[aria-current=true].cue__button mark")).to_have_text("volunteers")

    def test_results_come_in_place_and_are_announced_once(
        self, page: Page, answer: Answer, interview: Interview
    ) -> None:
        page.goto(f"/review/interviews/{interview.id}/search")
        page.evaluate(
            """window.said = [];
            new MutationObserver(() => said.push(document.getElementById("status").textContent))
              .observe(document.getElementById("status"), { childList: true, characterData: true, subtree: true });"""
        )
        box = page.get_by_role("searchbox")
        box.fill('"the people"')
        box.press("Enter")
        expect(page.locator(".results__count")).to_have_text("1 place in 1 answer")
        expect(box).to_be_focused()
        assert re.search(r"\?q=%22the(\+|%20)people%22(&|$)", page.url)
        page.wait_for_timeout(500)
        assert [text for text in page.evaluate("said") if text] == ["1 place in 1 answer"]
        box.fill("-people")
        box.press("Enter")
        expect(page.locator("#status")).to_have_text("That only says what to leave out. Type a word to find as well.")

    def test_finding_in_an_answer_marks_it_and_leaves_the_player_alone(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.evaluate("document.getElementById('recording').currentTime = 12")
        page.get_by_role("searchbox", name="Find in this answer").fill("event")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_have_text("event")
        assert time_of(page) == pytest.approx(12, abs=0.1)
        page.locator(".cue__button").last.press("Enter")
        wait_until(
            page, f"document.getElementById('recording').currentTime > {spoken_cues()[-1].start_ms / 1000 - 0.05}"
        )

    def test_back_shows_the_page_that_was_there(self, page: Page, answer: Answer, interview: Interview) -> None:
        page.goto(f"/review/interviews/{interview.id}/search?q=people")
        page.get_by_role("searchbox").fill("event")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_have_text("event")
        page.go_back()
        expect(page.locator("mark").first).to_have_text("people")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


class TestWithoutScript:
    @pytest.fixture
    def page(self, launch: Callable[..., Browser], live_server: LiveServer, reviewer: StaffUser) -> Iterator[Page]:
        options = {"base_url": live_server.url, "viewport": WIDE, "java_script_enabled": False}
        with launch().new_context(**options) as context:
            live_server.sign(context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
            yield context.new_page()

    def test_search_leads_to_a_moment(self, page: Page, answer: Answer, interview: Interview) -> None:
        page.goto(f"/review/interviews/{interview.id}")
        page.get_by_role("searchbox").fill("volunteers")
        page.get_by_role("button", name="Search").click()
        page.locator("a.hit").click()
        begins = spoken_cues()[1].start_ms / 1000
        expect(page.locator("video")).to_have_attribute("src", re.compile(rf"#t={begins:g}"))
        page.get_by_role("link", name=re.compile("^0:09")).click()
        expect(page.locator("video")).to_have_attribute("src", re.compile(r"#t=9"))
        expect(page.locator(".player__controls")).to_be_hidden()
        expect(page.locator("video")).to_have_attribute("controls", "")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1280", "320"])
class TestAccessible:
    @pytest.fixture(autouse=True)
    def _size(self, page: Page, viewport: dict[str, int]) -> None:
        page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})

    def check(self, page: Page) -> None:
        assert problems_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_lists(self, page: Page, answer: Answer, interview: Interview, attempt: Attempt) -> None:
        make_answer(attempt, interview.questions[1], text="In writing.")
        waiting = make_answer(make_attempt(interview, submitted_at=NOON))
        set_stages(str(waiting.take_id), StageState.DONE, StageState.WAITING_FOR_MODEL)
        for address in ("/review/", f"/review/interviews/{interview.id}"):
            page.goto(address)
            self.check(page)

    def test_empty_lists(self, page: Page, reviewer: StaffUser) -> None:
        page.goto("/review/")
        self.check(page)
        empty = make_interview(reviewers=[reviewer])
        page.goto(f"/review/interviews/{empty.id}")
        self.check(page)

    def test_a_player_with_its_settings_open(self, page: Page, answer: Answer) -> None:
        opened(page, answer)
        page.locator("#player-settings summary").press("Enter")
        self.check(page)
        page.locator("#key-back").fill("l")
        self.check(page)

    @pytest.mark.parametrize("watch", ["sound", "text"])
    def test_a_slow_line(self, page: Page, answer: Answer, watch: str) -> None:
        page.goto(f"/review/answers/{answer.id}?watch={watch}")
        self.check(page)

    def test_blind_review(self, page: Page, answer: Answer, interview: Interview) -> None:
        with transaction() as session:
            session.get_one(Interview, interview.id).blind = "text"
        for address in (f"/review/answers/{answer.id}", f"/review/interviews/{interview.id}"):
            page.goto(address)
            self.check(page)

    def test_an_answer_in_every_colour_scheme(self, page: Page, answer: Answer) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            opened(page, answer, "?t=5000&q=volunteers")
            expect(page.locator("[aria-current=true].cue__button")).to_have_count(1)
            self.check(page)
        page.emulate_media(forced_colors="active")
        self.check(page)

    @pytest.mark.parametrize(
        "stages",
        [
            (),
            (StageState.RUNNING,),
            (StageState.FAILED,),
            (StageState.DONE, StageState.RUNNING),
            (StageState.DONE, StageState.WAITING_FOR_MODEL),
            (StageState.DONE, StageState.FAILED),
        ],
        ids=["arriving", "preparing", "broken", "captions", "model", "no captions"],
    )
    def test_what_is_waited_for(
        self, page: Page, attempt: Attempt, recording: Path, stages: tuple[StageState, ...]
    ) -> None:
        answer = make_answer(attempt)
        assert answer.take_id
        if stages:
            set_stages(answer.take_id, *stages)
        if stages[:1] == (StageState.DONE,):
            add_media(answer.take_id, recording)
        page.goto(f"/review/answers/{answer.id}")
        self.check(page)

    def test_writing_and_search(self, page: Page, answer: Answer, interview: Interview, attempt: Attempt) -> None:
        written = make_answer(attempt, interview.questions[1], text="I would ask the people.\n\nThen I would listen.")
        page.goto(f"/review/answers/{written.id}?q=people")
        self.check(page)
        for typed in ("people", "nothingofthesort", "-people", ""):
            page.goto(f"/review/interviews/{interview.id}/search?q={typed}")
            self.check(page)


def test_nothing_covers_what_has_the_focus_on_a_very_small_screen(page: Page, answer: Answer) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    opened(page, answer, "?t=5000")
    for name in ("Play", "Captions"):
        button = page.get_by_role("button", name=name, exact=True)
        button.focus()
        box = button.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 256
