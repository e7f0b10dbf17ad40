"""The question page in a real browser: what can be seen without scrolling, and what is largest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from app.interviews.models import Attempt
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import LONG_MS, WATCH, phase, press_again, record_for
from tests.factories import ANSWER, make_attempt, make_interview

DESKTOP, PHONE, ZOOMED = (1280, 800), (390, 844), (320, 256)
WINDOWS = pytest.mark.parametrize("window", [DESKTOP, PHONE])
PROMPT = (
    "Tell us about a time when you had to explain something difficult to a member of the public. "
    "What did you do, and how did it end?"
)
LARGEST_OTHER_TEXT = """() => Math.max(...[...document.querySelectorAll('main *')].filter((one) => one.checkVisibility()
  && !one.closest('.prompt, .visually-hidden, noscript, dialog')
  && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""
LARGEST_BUTTON = """() => [...document.querySelectorAll('main .button')].filter((one) => one.checkVisibility())
  .sort((one, other) => parseFloat(getComputedStyle(other).fontSize) - parseFloat(getComputedStyle(one).fontSize)
    || other.offsetHeight - one.offsetHeight)[0].innerText.trim()"""


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate who has consented. The first question has three lines, a limit and a time to think."""
    interview = make_interview()
    with transaction() as session:
        session.merge(interview.questions[0]).prompt = PROMPT
    return make_attempt(interview)


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[Page]:
    """A tab of the candidate, with a camera and a microphone."""
    with launch("answer_one.wav").new_context(
        base_url=live_server.url, permissions=["camera", "microphone"], reduced_motion="reduce"
    ) as context:
        live_server.sign(context, attempt=attempt.id)
        context.add_init_script(path=WATCH)
        context.set_default_timeout(LONG_MS)
        yield context.new_page()


def visit(page: Page, attempt: Attempt, window: tuple[int, int]) -> None:
    """Open the attempt's first question in a window of this size."""
    page.set_viewport_size({"width": window[0], "height": window[1]})
    page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
    expect(page.locator("#record")).to_be_visible()


def record(page: Page) -> None:
    """Start a recording and wait until a second of it is recorded."""
    page.locator("#record").press("Enter")
    phase(page, "recording")
    record_for(page, 1000)


def is_in_sight(page: Page, element: Locator) -> bool:
    """Return whether all of an element is in the window."""
    box, window = element.bounding_box(), page.viewport_size
    assert box
    assert window
    return box["y"] >= 0 and box["x"] >= 0 and box["y"] + box["height"] <= window["height"] + 0.5


def scrolls_sideways(page: Page) -> bool:
    """Return whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def font_size(element: Locator) -> float:
    """Return the font size of an element in CSS pixels."""
    return float(element.evaluate("one => parseFloat(getComputedStyle(one).fontSize)"))


@WINDOWS
def test_question_and_start_are_in_sight_together(page: Page, attempt: Attempt, window: tuple[int, int]) -> None:
    visit(page, attempt, window)
    expect(page.locator("#thinking")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(3)
    assert page.evaluate("scrollY") == 0
    assert is_in_sight(page, page.locator(".prompt"))
    assert is_in_sight(page, page.get_by_role("button", name="Start recording"))
    assert not scrolls_sideways(page)


@WINDOWS
def test_question_is_the_largest_text_of_its_page(page: Page, attempt: Attempt, window: tuple[int, int]) -> None:
    visit(page, attempt, window)
    assert font_size(page.locator(".prompt p")) > page.evaluate(LARGEST_OTHER_TEXT)
    assert font_size(page.locator("h1")) <= font_size(page.locator("body"))
    record(page)
    assert font_size(page.locator(".prompt p")) > page.evaluate(LARGEST_OTHER_TEXT)


@WINDOWS
def test_question_stays_in_sight_during_recording_and_never_covers_the_focus(
    page: Page, attempt: Attempt, window: tuple[int, int]
) -> None:
    visit(page, attempt, window)
    record(page)
    assert is_in_sight(page, page.locator(".prompt"))
    assert is_in_sight(page, page.locator("#record"))
    assert is_in_sight(page, page.locator("#clock"))
    assert is_in_sight(page, page.locator("#preview"))
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(200)
    assert is_in_sight(page, page.locator(".prompt"))
    for key in ["Shift+Tab", *["Tab"] * 12, *["Shift+Tab"] * 12]:
        page.keyboard.press(key)
        below = page.evaluate(
            "() => { const one = document.activeElement; return !one.closest('main') || one.matches('main, h1') ||"
            " one.getBoundingClientRect().top >= document.querySelector('.prompt').getBoundingClientRect().bottom }"
        )
        assert below, page.evaluate("document.activeElement.outerHTML")


def test_question_covers_nothing_in_a_small_window(page: Page, attempt: Attempt) -> None:
    visit(page, attempt, ZOOMED)
    assert not scrolls_sideways(page)
    record(page)
    assert page.locator(".prompt").evaluate("one => getComputedStyle(one).position") == "static"
    assert not scrolls_sideways(page)
    page.locator("#record").press("Enter")
    phase(page, "review")
    assert not scrolls_sideways(page)


@WINDOWS
def test_preview_has_the_shape_of_the_picture(page: Page, attempt: Attempt, window: tuple[int, int]) -> None:
    visit(page, attempt, window)
    record(page)
    shown, own = page.locator("#preview").evaluate(
        "one => [one.clientWidth / one.clientHeight, one.videoWidth / one.videoHeight]"
    )
    assert shown == pytest.approx(own, rel=0.02)


def test_masthead_of_a_phone_is_one_row(page: Page, attempt: Attempt) -> None:
    visit(page, attempt, PHONE)
    tops, bottoms = zip(
        *page.locator(".masthead__inner > *").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])"
        ),
        strict=True,
    )
    assert max(tops) < min(bottoms)


@WINDOWS
def test_recording_is_shown_once_after_stop_and_keep_is_its_largest_button(
    page: Page, attempt: Attempt, window: tuple[int, int]
) -> None:
    visit(page, attempt, window)
    record(page)
    page.locator("#record").press("Enter")
    phase(page, "review")
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    expect(page.locator("#takes article")).to_have_count(1)
    expect(page.locator("#takes")).to_be_hidden()
    expect(page.get_by_role("button", name="Keep")).to_have_count(1)
    assert page.evaluate(LARGEST_BUTTON) == "Keep this answer"
    assert is_in_sight(page, page.get_by_role("button", name="Keep this answer"))
    press_again(page)
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    record_for(page, 1000)
    page.locator("#record").press("Enter")
    phase(page, "review")
    expect(page.locator("#takes article")).to_have_count(2)
    expect(page.get_by_role("article", name="Recording 1")).to_be_visible()
    expect(page.get_by_role("article", name="Recording 2")).to_be_hidden()


@WINDOWS
@pytest.mark.parametrize("text", [None, "I drew a map for her."])
def test_next_step_is_the_largest_button_of_an_answered_question(
    page: Page, attempt: Attempt, window: tuple[int, int], text: str | None
) -> None:
    make_answer(attempt, text=text) if text else make_answer(attempt)
    visit(page, attempt, window)
    assert page.evaluate(LARGEST_BUTTON) == "Continue to the next step"
    assert is_in_sight(page, page.get_by_role("link", name="Continue to the next step"))
    expect(page.get_by_role("button", name="Start recording")).to_be_hidden()
    page.get_by_role("button", name="Record again").press("Enter")
    phase(page, "recording")
    record_for(page, 1000)


def test_player_shows_its_first_picture_before_it_is_played(page: Page, attempt: Attempt) -> None:
    make_captioned_answer("We sailed out", attempt=attempt, recording=ANSWER)
    visit(page, attempt, DESKTOP)
    page.wait_for_function("() => document.querySelector('#takes video')?.readyState >= 2")
    player = page.locator("#takes video")
    assert player.evaluate("one => [one.paused, one.videoWidth > 0]") == [True, True]
