"""From the invitation to the receipt by keyboard alone, with different screens, colours and permissions.

Every press of Tab checks that the focus is visible (WCAG 2.4.7, 2.4.11), and on every page the tests check that nothing
scrolls horizontally.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from app.captions.models import TrackKind
from app.captions.services import current_track
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Answer
from tests.answer_factories import make_captioned_take
from tests.browser.conftest import CLIPS, LiveServer
from tests.browser.recorder_page import CLIP, LONG_MS, WATCH, press_again
from tests.browser.tabs import without_errors
from tests.factories import make_interview, make_invitation

REFUSE = "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
SPACE_OUT = """addEventListener('DOMContentLoaded', () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
                     p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
})"""
MOVING = "document.getAnimations().map(one => one.animationName ?? one.transitionProperty)"
CLIPPED = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((one) => {
  const style = getComputedStyle(one);
  const isCut = (one.scrollWidth > one.clientWidth + 1 && style.overflowX !== 'visible')
             || (one.scrollHeight > one.clientHeight + 1 && style.overflowY !== 'visible');
  return isCut && one.clientWidth > 1 && one.textContent.trim() && !one.closest('.visually-hidden, video, audio, select, textarea');
}).map((one) => one.outerHTML.slice(0, 120))"""
FOCUS = """() => {
  const one = document.activeElement;
  if (one === document.body) return { name: 'body', isSeen: true, isShown: true };
  const native = one.matches('input, video, audio, progress');
  const isSeen = [...one.getClientRects()].some((box) => {
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
    const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const top = document.elementFromPoint(x, y);
    return top && (one.contains(top) || one.labels?.[0]?.contains(top) || (native && top.contains(one)));
  });
  const ringed = [];
  for (let box = one; box; box = box.parentElement) {
    const style = getComputedStyle(box); // a card or a choice may wear the ring of what is in it
    if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) ringed.push(box);
  }
  return { name: one.outerHTML.slice(0, 120), isSeen, isShown: ringed.length > 0 || one.matches('video, audio') };
}"""
SIGN = """() => {
  const sign = getComputedStyle(document.getElementById('clock'), '::before');
  const behind = getComputedStyle(document.querySelector('.recorder__clock')).backgroundColor;
  return [parseFloat(sign.borderTopWidth) > 0 && sign.borderTopStyle !== 'none', sign.borderTopColor !== behind];
}"""


@dataclass(frozen=True)
class Way:
    """The browser settings and permissions with which a test makes the journey."""

    options: dict[str, Any] = field(default_factory=dict)
    script: str = ""


WIDE, SMALL = {"width": 1280, "height": 800}, {"width": 320, "height": 256}
WAYS = {
    "wide": Way(),
    "small": Way({"viewport": SMALL, "color_scheme": "dark"}),
    "forced colours": Way({"forced_colors": "active"}),
    "reduced motion": Way({"reduced_motion": "reduce"}),
    "text spacing": Way({"viewport": {"width": 320, "height": 800}}, SPACE_OUT),
    "refused": Way({}, REFUSE),
    "without scripts": Way({"java_script_enabled": False}),
}


@pytest.fixture
def link(app: Flask) -> str:
    """An invitation to one question without thinking time."""
    return f"/i/{make_invitation(make_interview(questions=1))[1]}"


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Way:
    """The settings of this test."""
    return WAYS[request.param]


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer, way: Way) -> Iterator[Page]:
    """A browser with these settings. A script error or a violation of the content security policy fails the test."""
    options = {"viewport": WIDE, "permissions": ["camera", "microphone"], **way.options}
    with launch(CLIP).new_context(base_url=live_server.url, **options) as context:
        context.add_init_script(path=WATCH)
        if way.script:
            context.add_init_script(way.script)
        context.set_default_timeout(LONG_MS)
        with without_errors(context.new_page()) as opened:
            yield opened


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus. Every element focused before it must be in view and show its focus."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        assert found["isSeen"], f"out of sight: {found['name']}"
        assert found["isShown"], f"no sign of the focus: {found['name']}"
    raise AssertionError(f"Tab does not reach {target}")


def press(page: Page, role: Any, name: str | re.Pattern[str], key: str = "Enter") -> None:
    """Move to a control with Tab, and press a key on it."""
    tab_to(page, page.get_by_role(role, name=name, exact=isinstance(name, str)).first)
    page.keyboard.press(key)


def arrive(page: Page, heading: str) -> None:
    """Wait for the page with this heading and its styles. Check that nothing scrolls horizontally or is cut off."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(heading))
    page.wait_for_load_state()
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CLIPPED) == []


def to_the_question(page: Page, link: str) -> None:
    """Open the invitation and continue page by page to the question."""
    page.goto(link)
    arrive(page, "Harbour guide")
    press(page, "button", re.compile("^I agree"))
    arrive(page, "Your questions")
    press(page, "link", "Go to question 1")
    arrive(page, "Question 1 of")


def to_the_receipt(page: Page) -> None:
    """Go from an answered question to the receipt."""
    arrive(page, "Check your answers")
    press(page, "button", "Send my answers")
    arrive(page, "sent|Thank you")
    expect(page.locator("main")).to_contain_text(re.compile("[B-Z2-9]{4}-[B-Z2-9]{4}"))


def record(page: Page) -> None:
    """Record a short sound, pausing once."""
    tab_to(page, page.get_by_role("radio", name="Picture and sound"))
    page.keyboard.press("ArrowDown")
    press(page, "button", "Start recording")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording", timeout=LONG_MS)
    expect(page.locator("#record")).to_be_focused()
    assert page.evaluate(FOCUS)["isSeen"]
    assert page.evaluate(SIGN) == [True, True]
    press(page, "button", "Pause")
    press_again(page)
    press(page, "button", "Resume recording")
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "recording", timeout=LONG_MS)
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#record")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#review-heading")).to_be_focused()
    assert page.evaluate(FOCUS)["isSeen"]


@pytest.mark.parametrize("way", sorted(set(WAYS) - {"refused", "without scripts"}), indirect=True)
def test_candidate_records_and_sends_an_answer_by_keyboard_alone(page: Page, link: str, way: Way) -> None:
    to_the_question(page, link)
    record(page)
    if way.options.get("reduced_motion"):
        assert page.evaluate(MOVING) == []
    assert page.evaluate(CLIPPED) == []
    press(page, "button", "Keep this answer")
    expect(page.locator("main .notice--success")).to_contain_text("is your answer")
    to_the_receipt(page)
    db.session.rollback()
    assert db.session.query(Attempt).one().submitted_at is not None


@pytest.mark.parametrize("way", ["refused"], indirect=True)
def test_candidate_without_camera_permission_uploads_a_file_instead(page: Page, link: str, way: Way) -> None:
    to_the_question(page, link)
    press(page, "button", "Start recording")
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#problem")).to_contain_text("This page may not use your camera or microphone")
    press(page, "link", "Answer another way instead")
    press(page, "link", re.compile("Send a file made elsewhere"))
    tab_to(page, page.locator("input[type=file]"))
    page.locator("input[type=file]").set_input_files(CLIPS / "long_answer.webm")
    press(page, "button", "Send this file")
    press(page, "button", "Keep recording 1 as my answer")
    expect(page.locator("main .notice--success")).to_contain_text("is your answer")
    db.session.rollback()
    assert db.session.query(Answer).count() == 1
    to_the_receipt(page)


@pytest.mark.parametrize("way", ["without scripts"], indirect=True)
def test_candidate_without_scripts_writes_uploads_a_file_and_sends_both(app: Flask, page: Page, way: Way) -> None:
    to_the_question(page, f"/i/{make_invitation(make_interview(questions=2))[1]}")
    press(page, "link", "Answer in writing")
    tab_to(page, page.get_by_role("textbox", name="Your answer"))
    page.keyboard.type("I would ask the night shift first.")
    press(page, "button", "Keep this as my answer")
    expect(page.locator("main .notice--success")).to_contain_text("What you wrote is your answer")
    arrive(page, "Your questions")
    press(page, "link", "Go to question 2")
    arrive(page, "Question 2 of 2")
    press(page, "link", re.compile("Send a file made elsewhere"))
    tab_to(page, page.locator("input[type=file]"))
    page.locator("input[type=file]").set_input_files(CLIPS / "long_answer.webm")
    press(page, "button", "Send this file")
    press(page, "button", "Keep recording 1 as my answer")
    expect(page.locator("main .notice--success")).to_contain_text("is your answer")
    to_the_receipt(page)
    db.session.rollback()
    assert {answer.text for answer in db.session.query(Answer)} == {"I would ask the night shift first.", None}


@pytest.mark.parametrize("way", ["wide"], indirect=True)
def test_typed_answer_is_saved_while_typing_and_survives_a_reload(app: Flask, page: Page, link: str, way: Way) -> None:
    to_the_question(page, link)
    press(page, "link", "Answer in writing")
    box = page.get_by_role("textbox", name="Your answer")
    tab_to(page, box)
    page.keyboard.type("I would ask the night shift first.")
    expect(page.locator("#saved[data-saved]")).to_contain_text("Saved. You can close this page and come back.")
    expect(box).to_be_focused()
    page.evaluate("localStorage.setItem(`fairtake.written.another.${written.dataset.question}`, 'Another person')")
    page.evaluate("localStorage.setItem(`fairtake.written.${written.dataset.question}`, 'Whose is this?')")
    page.reload()
    expect(box).to_have_value("I would ask the night shift first.")
    expect(page.locator("#unsaved")).to_be_hidden()
    mine = (
        "localStorage.setItem(`fairtake.written.${written.dataset.owner}.${written.dataset.question}`, 'It was lost.')"
    )
    page.evaluate(mine)
    page.reload()
    press(page, "button", "Restore the text")
    expect(box).to_have_value("It was lost.")
    expect(page.locator("#saved[data-saved]")).to_contain_text("Saved. You can close this page and come back.")
    press(page, "button", "Keep this as my answer")
    expect(page.locator("main .notice--success")).to_contain_text("What you wrote is your answer")


@pytest.mark.parametrize("way", ["wide"], indirect=True)
def test_candidate_corrects_their_own_captions(app: Flask, page: Page, link: str, way: Way) -> None:
    to_the_question(page, link)
    attempt = db.session.query(Attempt).one()
    take = make_captioned_take(attempt, "Visitors come at nigth")
    page.reload()
    press(page, "link", re.compile("Read and correct the captions"))
    arrive(page, "Correct your captions")
    tab_to(page, page.get_by_role("textbox", name=re.compile("Caption 1")))
    page.keyboard.press("Control+a")
    page.keyboard.type("Visitors come at night")
    press(page, "button", "Save my captions")
    expect(page.locator("main .notice--success")).to_contain_text("Saved.")
    db.session.rollback()
    track = current_track(db.session(), take.id)
    assert track is not None
    assert [cue.text for cue in track.cues] == ["Visitors come at night"]
    assert track.kind == TrackKind.CANDIDATE
