"""A player without a picture shows its captions in a box of its own, because browsers show captions only over a
picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.accounts.models import Role, StaffUser
from app.clock import now
from app.interviews.models import Attempt
from app.interviews.services import save_preferences
from app.recording.models import Answer, Media, TakeKind
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import give_sound_to, make_captioned_answer, make_captioned_take
from tests.browser.checkers import problems_of
from tests.browser.conftest import CLIPS, LiveServer
from tests.browser.keyboard import press
from tests.browser.tabs import without_errors
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_user

SOUND = CLIPS / "long_answer.webm"
"""A recording of sound without a picture."""
LINES = ("I led a team", "of four people", "and we rebuilt <b>the harbour</b> & the pier")
SEEK = "(media, seconds) => { media.preload = 'auto'; media.load(); media.currentTime = seconds }"


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER)


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    return make_attempt()


@pytest.fixture
def sent(reviewer: StaffUser) -> Attempt:
    return make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)


@pytest.fixture
def context(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[BrowserContext]:
    with launch().new_context(base_url=live_server.url, reduced_motion="reduce") as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which a script error or a violation of the content security policy fails the test."""
    with without_errors(context.new_page()) as tab:
        yield tab


@pytest.fixture
def desk(page: Page, live_server: LiveServer, reviewer: StaffUser) -> Page:
    """A page with a signed-in reviewer."""
    live_server.sign(page.context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
    return page


@pytest.fixture
def own(page: Page, live_server: LiveServer, attempt: Attempt) -> Page:
    """A page with a signed-in candidate."""
    live_server.sign(page.context, attempt=attempt.id)
    return page


@pytest.fixture
def spoken(sent: Attempt) -> Answer:
    """A sent answer that has only sound."""
    return make_captioned_answer(*LINES, attempt=sent, recording=SOUND)


def open_at(page: Page, address: str, seconds: float, player: str = "#recording") -> Locator:
    """Open a page, seek in its player, and return the caption box."""
    page.goto(address)
    page.locator(player).evaluate(SEEK, seconds)
    return page.locator(".caption-box")


def narrow(page: Page) -> float:
    """Return by how many pixels the page is wider than its window."""
    wider: float = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


class TestReviewersPlayer:
    def test_sound_alone_shows_each_caption_at_its_time(self, desk: Page, spoken: Answer) -> None:
        box = open_at(desk, f"/review/answers/{spoken.id}", 1)
        expect(box).to_have_text("I led a team")
        expect(box).to_have_attribute("lang", "en")
        desk.locator("#recording").evaluate(SEEK, 4)
        expect(box).to_have_text("of four people")
        desk.locator("#recording").evaluate(SEEK, 2.8)  # between two captions
        expect(box).to_be_visible()
        expect(box).to_have_text("")

    def test_text_of_a_caption_is_never_markup(self, desk: Page, spoken: Answer) -> None:
        box = open_at(desk, f"/review/answers/{spoken.id}", 7)
        expect(box).to_have_text("and we rebuilt <b>the harbour</b> & the pier")
        expect(box.locator("b")).to_have_count(0)

    def test_captions_are_switched_by_keyboard_and_nothing_is_announced(self, desk: Page, spoken: Answer) -> None:
        box = open_at(desk, f"/review/answers/{spoken.id}", 1)
        expect(box).to_have_text("I led a team")
        captions = desk.get_by_role("button", name="Captions", exact=True)
        press(desk, captions)
        expect(box).to_be_hidden()
        desk.keyboard.press("Enter")
        expect(box).to_have_text("I led a team")
        assert desk.evaluate("document.querySelector('.caption-box').closest('[aria-live], [role=status]')") is None
        expect(desk.locator("#status")).to_have_text("")

    def test_a_video_of_which_only_the_sound_is_loaded_has_the_box_and_its_picture_has_none(
        self, desk: Page, sent: Attempt
    ) -> None:
        answer = make_captioned_answer(*LINES, attempt=sent, recording=ANSWER)
        get_storage().put("takes/sound.webm", SOUND.read_bytes())
        with transaction() as session:
            media = session.query(Media).filter_by(take_id=answer.take_id).one()
            media.sound_key = "takes/sound.webm"
        box = open_at(desk, f"/review/answers/{answer.id}?watch=picture", 1)
        desk.wait_for_function("() => document.getElementById('recording').videoWidth > 0")
        expect(box).to_be_hidden()
        expect(box).to_have_text("")
        assert desk.evaluate("document.querySelector('.is-captioned-below')") is None
        box = open_at(desk, f"/review/answers/{answer.id}?watch=sound", 1)
        expect(box).to_have_text("I led a team")

    def test_full_screen_shows_the_box_above_the_controls(self, desk: Page, spoken: Answer) -> None:
        box = open_at(desk, f"/review/answers/{spoken.id}", 1)
        press(desk, desk.get_by_role("button", name="Full screen"))
        expect(desk.get_by_role("button", name="Leave full screen")).to_be_focused()
        expect(box).to_have_text("I led a team")
        expect(box).to_be_in_viewport(ratio=1)
        expect(desk.get_by_role("button", name="Play", exact=True)).to_be_in_viewport(ratio=1)

    def test_box_looks_as_the_viewer_chose(self, desk: Page, spoken: Answer) -> None:
        box = open_at(desk, f"/review/answers/{spoken.id}", 1)
        expect(box).to_have_text("I led a team")
        size = "box => parseFloat(getComputedStyle(box).fontSize)"
        standard = box.evaluate(size)
        press(desk, desk.locator("#player-settings summary"))
        for label, choice in (("Size", "2"), ("Colour", "yellow"), ("Background", "navy"), ("Position", "top")):
            desk.get_by_label(label, exact=True).select_option(choice)
        box = open_at(desk, f"/review/answers/{spoken.id}", 1)
        assert box.evaluate(size) == 2 * standard
        style = "span => [getComputedStyle(span).color, getComputedStyle(span).backgroundColor]"
        assert box.locator("span").evaluate(style) == ["rgb(255, 255, 0)", "rgb(0, 27, 77)"]
        places = [one.bounding_box() for one in (box, desk.locator("#recording"))]
        assert places[0]
        assert places[1]
        assert places[0]["y"] < places[1]["y"]

    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_box_fits_narrow_windows_and_twice_the_text(self, desk: Page, sent: Attempt, width: int) -> None:
        long = "Donaudampfschifffahrtsgesellschaftskapitän and everybody else in the harbour of Hamburg"
        answer = make_captioned_answer(long, attempt=sent, recording=SOUND)
        desk.set_viewport_size({"width": width, "height": 800})
        box = open_at(desk, f"/review/answers/{answer.id}", 1)
        expect(box).to_have_text(long)
        assert narrow(desk) <= 0
        desk.add_init_script(
            "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%' })"
        )
        box = open_at(desk, f"/review/answers/{answer.id}", 1)
        expect(box).to_have_text(long)
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight")

    def test_right_to_left_captions_run_from_the_right(self, desk: Page, sent: Attempt) -> None:
        answer = make_captioned_answer(
            "كنت أقود فريقا من أربعة (4) أشخاص.", attempt=sent, recording=SOUND, language="ar"
        )
        box = open_at(desk, f"/review/answers/{answer.id}", 1)
        expect(box).to_have_attribute("lang", "ar")
        assert box.locator("p").evaluate("line => getComputedStyle(line).direction") == "rtl"

    def test_no_checker_finds_anything_in_any_colours(self, desk: Page, spoken: Answer) -> None:
        expect(open_at(desk, f"/review/answers/{spoken.id}", 1)).to_have_text("I led a team")
        assert problems_of(desk) == []
        desk.emulate_media(forced_colors="active")
        edge = "box => getComputedStyle(box).borderTopStyle"
        assert desk.locator(".caption-box").evaluate(edge) == "solid"


class TestCandidatesReplay:
    def test_sound_only_answer_is_captioned_and_switched_by_keyboard(self, own: Page, attempt: Attempt) -> None:
        take = make_captioned_take(attempt, *LINES, recording=SOUND, kind=str(TakeKind.AUDIO))
        box = open_at(own, f"/interview/questions/{take.question_id}", 1, f"#player-{take.id}")
        expect(box).to_have_text("I led a team")
        button = own.get_by_role("button", name="Captions Recording 1")
        press(own, button)
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(box).to_be_hidden()
        assert problems_of(own) == []

    def test_candidate_without_captions_in_their_choices_can_switch_them_on(self, own: Page, attempt: Attempt) -> None:
        with transaction() as session:
            save_preferences(session, session.get_one(Attempt, attempt.id), {"captions": False})
        take = make_captioned_take(attempt, *LINES, recording=SOUND, kind=str(TakeKind.AUDIO))
        box = open_at(own, f"/interview/questions/{take.question_id}", 1, f"#player-{take.id}")
        expect(box).to_be_hidden()
        press(own, own.get_by_role("button", name="Captions Recording 1"))
        expect(box).to_have_text("I led a team")

    def test_looks_are_chosen_on_the_page_and_kept_for_the_next(self, own: Page, attempt: Attempt) -> None:
        take = make_captioned_take(attempt, *LINES, recording=SOUND, kind=str(TakeKind.AUDIO))
        address = f"/interview/questions/{take.question_id}"
        open_at(own, address, 1, f"#player-{take.id}")
        press(own, own.get_by_text("How captions look").first)
        own.get_by_label("Colour", exact=True).select_option("yellow")
        box = open_at(own, address, 1, f"#player-{take.id}")
        expect(box).to_have_text("I led a team")
        assert box.locator("span").evaluate("span => getComputedStyle(span).color") == "rgb(255, 255, 0)"

    def test_page_of_own_captions_plays_them(self, own: Page, attempt: Attempt) -> None:
        take = make_captioned_take(attempt, *LINES, recording=SOUND, kind=str(TakeKind.AUDIO))
        box = open_at(own, f"/interview/takes/{take.id}/captions", 1, "audio")
        expect(box).to_have_text("I led a team")
        assert problems_of(own) == []

    def test_sound_of_a_question_is_captioned(self, own: Page, attempt: Attempt) -> None:
        question = attempt.interview.questions[0]
        give_sound_to(question)
        box = open_at(own, f"/interview/questions/{question.id}", 1, "#question-player")
        expect(box).to_have_text("Tell us about a night")
        press(own, own.get_by_role("button", name="Captions The question as sound"))
        expect(box).to_be_hidden()
        assert problems_of(own) == []
