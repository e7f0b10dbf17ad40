"""The caption editor with scripts, by keyboard: times, splitting, merging, search, undo, conflicts, expired sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Role, StaffUser
from app.audit import Actor
from app.captions import corrections
from app.captions.models import TrackKind
from app.captions.services import current_track
from app.captions.shaping.cues import Cue
from app.clock import now
from app.extensions import db
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.keyboard import reach
from tests.browser.trees import tree_problems
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_user

pytestmark = pytest.mark.timeout(300)
SCROLLS_SIDEWAYS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Scene:
    """A reviewer who has the editor open with three captions."""

    def __init__(self, server: LiveServer, page: Page) -> None:
        self.reviewer: StaffUser = make_user(Role.REVIEWER)
        interview = make_interview(reviewers=[self.reviewer])
        attempt = make_attempt(interview, submitted_at=NOON)
        answer = make_captioned_answer(
            "We sailed out", "and saw the see", "then we came home", attempt=attempt, recording=ANSWER
        )
        self.take_id = str(answer.take_id)
        self.address = f"/review/captions/{self.take_id}"
        self.page, self.server = page, server
        self.sign_in()
        self.open()

    def sign_in(self) -> None:
        who = {"user": self.reviewer.id, "epoch": self.reviewer.session_epoch, "since": now().timestamp()}
        self.server.sign(self.page.context, **who)

    def open(self) -> None:
        self.page.goto(self.address)
        expect(self.page.get_by_role("button", name="Undo")).to_be_visible()

    def field(self, name: str, number: int) -> Any:
        return self.page.get_by_label(f"{name} of caption {number}", exact=True)

    def texts(self) -> list[str]:
        return [area.input_value() for area in self.page.locator("#captions textarea").all()]

    def says(self, words: str) -> None:
        expect(self.page.locator("#status")).to_contain_text(words)

    def saved(self) -> list[str]:
        db.session.rollback()
        track = current_track(db.session(), self.take_id)
        assert track
        return [cue.text for cue in track.cues]


@pytest.fixture
def scene(live_server: LiveServer, page: Page) -> Scene:
    return Scene(live_server, page)


def press(page: Page, name: str, **kwargs: Any) -> None:
    """Press a button with the keyboard."""
    button = page.get_by_role("button", name=name, **kwargs)
    button.focus()
    page.keyboard.press("Enter")


def test_a_caption_is_corrected_and_saved_by_keyboard_alone(scene: Scene) -> None:
    page = scene.page
    scene.field("Words", 2).focus()
    page.keyboard.press("Control+End")
    for _ in "see":
        page.keyboard.press("Backspace")
    page.keyboard.type("sea")
    press(page, "Save as a new version")
    expect(page.get_by_role("heading", level=1)).to_have_text("Versions of the captions")
    assert scene.saved()[1] == "and saw the sea"


def test_times_move_by_a_tenth_and_by_a_second_and_to_the_player(scene: Scene) -> None:
    page, start = scene.page, scene.field("Start", 2)
    start.focus()
    page.keyboard.press("ArrowUp")
    expect(start).to_have_value("0:03.100")
    page.keyboard.press("PageUp")
    expect(start).to_have_value("0:04.100")
    scene.says("Start 0:04.100")
    press(page, "−1 s Start")
    expect(start).to_have_value("0:03.100")
    page.evaluate("() => { document.getElementById('recording').currentTime = 3.5 }")
    press(page, "Use the time of the player Start")
    expect(start).to_have_value("0:03.500")
    expect(page.get_by_role("group", name="Times of caption 2")).to_be_visible()


def test_a_split_at_the_caret_and_a_merge_keep_the_focus_in_the_words(scene: Scene) -> None:
    page = scene.page
    words = scene.field("Words", 2)
    words.focus()
    words.evaluate("field => field.setSelectionRange(7, 7)")
    press(page, "Split caption 2")
    assert scene.texts() == ["We sailed out", "and saw", "the see", "then we came home"]
    expect(scene.field("Words", 3)).to_be_focused()
    scene.says("Caption 2 was split.")
    press(page, "Merge with next caption 3")
    assert scene.texts() == ["We sailed out", "and saw", "the see\nthen we came home"]
    expect(scene.field("Words", 3)).to_be_focused()
    press(page, "Remove caption 1")
    assert scene.texts() == ["and saw", "the see\nthen we came home"]
    expect(scene.field("Words", 1)).to_be_focused()


def test_everything_can_be_undone_and_done_again(scene: Scene) -> None:
    page, before = scene.page, ["We sailed out", "and saw the see", "then we came home"]
    press(page, "Remove caption 2")
    press(page, "Add after caption 2")
    page.keyboard.type("and slept")
    after = ["We sailed out", "then we came home", "and slept"]
    assert scene.texts() == after
    for _ in range(4):  # each of the two typed words can be undone separately
        press(page, "Undo")
    assert scene.texts() == before
    press(page, "Undo")
    scene.says("There is nothing to undo.")
    for _ in range(4):
        press(page, "Redo")
    assert scene.texts() == after
    scene.field("Words", 1).focus()
    page.keyboard.press("Control+z")
    assert scene.texts() != after


def test_replace_all_announces_the_number_and_replace_announces_the_place(scene: Scene) -> None:
    page = scene.page
    page.get_by_label("Find", exact=True).fill("we")
    page.get_by_label("Replace with").fill("they")
    press(page, "Replace next")
    assert scene.texts()[0] == "they sailed out"
    scene.says("Replaced in caption 1.")
    press(page, "Replace all")
    assert scene.texts() == ["they sailed out", "and saw the see", "then they came home"]
    scene.says("One match was replaced.")
    expect(page.get_by_role("button", name="Replace all")).to_be_focused()
    assert scene.saved()[0] == "We sailed out"


def test_enter_in_a_field_saves_nothing(scene: Scene) -> None:
    scene.field("Start", 1).focus()
    scene.page.keyboard.press("Enter")
    assert scene.page.url.endswith(scene.address)
    assert scene.texts()[0] == "We sailed out"
    assert scene.saved()[0] == "We sailed out"


def test_advice_appears_and_disappears_while_typing(scene: Scene) -> None:
    words = scene.field("Words", 1)
    words.fill("This line is so long that nobody can read it in the time it has")
    advice = scene.page.locator("#advice-1")
    expect(advice).to_contain_text("A long line: 63 characters. Use at most 42.")
    words.fill("Short")
    expect(advice.locator("li")).to_have_count(0)


def test_unsaved_captions_survive_a_lost_session(scene: Scene) -> None:
    page = scene.page
    scene.field("Words", 2).fill("and saw the sea")
    page.context.clear_cookies()
    press(page, "Save as a new version")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Edit captions")
    scene.sign_in()
    scene.open()
    assert scene.texts()[1] == "and saw the see"
    press(page, "Restore the changes")
    assert scene.texts()[1] == "and saw the sea"
    press(page, "Save as a new version")
    expect(page.get_by_role("heading", level=1)).to_have_text("Versions of the captions")
    assert scene.saved()[1] == "and saw the sea"
    scene.open()
    expect(page.locator("#kept")).to_be_hidden()


def test_second_of_two_editors_resolves_the_conflict_by_keyboard(scene: Scene) -> None:
    page = scene.page
    other = make_user(Role.REVIEWER, name="Omar Other")
    with transaction() as session:
        corrections.save_correction(
            session, scene.take_id,
            [Cue(0, 2500, "We sailed away"), Cue(3000, 5500, "and saw the see"), Cue(6000, 8500, "then we came home")],
            base=1, kind=TrackKind.REVIEWER, actor=Actor("staff", other.id), now=now(), language="fr",
        )  # fmt: skip
    scene.field("Words", 1).fill("They sailed out")
    page.get_by_label("Language").fill("de")
    press(page, "Save as a new version")
    expect(page.get_by_role("heading", level=1)).to_have_text("Two versions of the captions")
    assert problems_of(page) == []
    reach(page, page.get_by_role("group", name="Language").get_by_role("radio", name="Yours"))
    page.keyboard.press("ArrowDown")
    reach(page, page.get_by_role("group", name="Both of you changed this").get_by_role("radio", name="Yours"))
    page.keyboard.press("Space")
    press(page, "Save both as a new version")
    expect(page.get_by_role("heading", level=1)).to_have_text("Versions of the captions")
    assert scene.saved()[0] == "They sailed out"
    track = current_track(db.session(), scene.take_id)
    assert track
    assert track.language == "fr"


@pytest.mark.trees
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("forced", ["none", "active"])
def test_no_checker_finds_anything_while_captions_are_edited(
    scene: Scene, launch: Callable[..., Browser], width: int, forced: Any
) -> None:
    page = scene.page
    page.emulate_media(forced_colors=forced)
    page.set_viewport_size({"width": width, "height": 800})
    press(page, "Add after caption 1")
    scene.field("Words", 3).fill("A line that is very much longer than any line of a caption should be")
    page.evaluate("() => scrollTo(0, 0)")
    problems = problems_of(page)
    press(page, "Save as a new version")  # because the added caption is empty
    expect(page.locator(".error-summary")).to_be_focused()
    problems += problems_of(page)
    if (forced, width) == ("none", 1280):
        problems += tree_problems(page, "captions.editor.wrong", is_loose=True)
    assert problems == []
    assert not page.evaluate(SCROLLS_SIDEWAYS)
