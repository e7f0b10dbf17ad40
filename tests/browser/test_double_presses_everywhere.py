"""Every control of every candidate's page, error pages too, is pressed twice: a second press within 600 ms does nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.conftest import LiveServer
from tests.browser.every_page import World, address

GAPS_MS = (120, 300, 600)
REST_SECONDS = 2.0
STAFF = ("accounts.sign_in_page",)
"""Pages that are not candidates' pages."""

FIND = """() => {
  for (const one of document.querySelectorAll('details')) one.open = true;
  const controls = 'a[href], button, summary, input[type=checkbox], input[type=radio]';
  window.controls = [...document.querySelectorAll(controls)].filter((one) => one.checkVisibility({visibilityProperty: true})
    && one.getClientRects()[0]?.width > 4 && !one.closest('[data-action], .skip-link'));
  window.counted = 0;
  // Count the presses that the guard lets through, and keep them from doing anything.
  document.addEventListener('click', (event) => {
    if (!event.isTrusted || !event.target.closest(controls)) return; // a press on a label goes on to its field
    window.counted += 1;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  return window.controls.map((one) => `${one.localName} ${one.id} ${(one.innerText ?? one.value).trim()}`);
}"""
"""Counts the presses that the guard lets through. The guard was added first, to the same element."""
PLACE = """(number) => {
  const control = window.controls[number];
  control.scrollIntoView({block: 'center', behavior: 'instant'});
  window.counted = 0;
  const box = control.getClientRects()[0];
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  const label = hit?.closest('label');
  const isOnLabel = Boolean(label && [...(control.labels ?? [])].includes(label));
  return {x, y, isHit: control.contains(hit) || isOnLabel || hit === control.parentElement};
}"""
FOCUS = """(number) => {
  window.controls[number].focus();
  window.counted = 0;
  return document.activeElement === window.controls[number];
}"""


class TremblingHand:
    """Presses twice, at exact event times that never decrease."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.at = time.time()

    def click(self, x: float, y: float, gap_ms: int) -> None:
        """Click twice at one place."""
        for at in self._two(gap_ms):
            event = {"x": x, "y": y, "button": "left", "clickCount": 1, "timestamp": at}
            for kind in ("mousePressed", "mouseReleased"):
                self.session.send("Input.dispatchMouseEvent", {**event, "type": kind})

    def key(self, key: str, gap_ms: int) -> None:
        """Press a key twice."""
        names = {"Enter": ("Enter", "\r", 13), " ": ("Space", " ", 32)}
        code, text, number = names[key]
        for at in self._two(gap_ms):
            event = {"key": key, "code": code, "windowsVirtualKeyCode": number, "timestamp": at}
            self.session.send("Input.dispatchKeyEvent", {**event, "type": "keyDown", "text": text})
            self.session.send("Input.dispatchKeyEvent", {**event, "type": "keyUp"})

    def _two(self, gap_ms: int) -> tuple[float, float]:
        self.at = max(self.at, time.time()) + REST_SECONDS
        return self.at, self.at + gap_ms / 1000


def pressed_more_than_once(page: Page) -> list[str]:
    """Press every control of the page twice in every way. Return the controls for which two presses or no press
    counted.
    """
    page.wait_for_load_state()
    names, hand, wrong = page.evaluate(FIND), TremblingHand(page), []
    assert names, "a page without controls"
    assert page.evaluate("'onePress' in document.body.dataset"), "a page without the guard"
    for number, name in enumerate(names):
        for gap_ms in GAPS_MS:
            place: dict[str, Any] = page.evaluate(PLACE, number)
            hand.click(place["x"], place["y"], gap_ms)
            if (counted := page.evaluate("counted")) != 1 or not place["isHit"]:
                wrong.append(f"{name}: {counted} of 2 clicks in {gap_ms} ms")
        key = " " if name.startswith("input") else "Enter"
        for gap_ms in GAPS_MS:
            assert page.evaluate(FOCUS, number), name
            hand.key(key, gap_ms)
            counted, is_chosen = page.evaluate("(number) => [counted, controls[number].checked === true]", number)
            if counted != 1 and not (counted == 0 and is_chosen):  # Space does nothing on a chosen radio button
                wrong.append(f"{name}: {counted} of 2 keys in {gap_ms} ms")
    page.evaluate("sessionStorage.clear()")  # the time of the last press; time begins again on the next page
    return wrong


@pytest.fixture
def world(app: Flask) -> World:
    """Candidates in every state of an interview."""
    return World()


@pytest.fixture
def visit(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an address as this person."""
    contexts = []

    def open_as(path: str, session: dict[str, Any]) -> Page:
        context = launch().new_context(base_url=live_server.url, reduced_motion="reduce")
        contexts.append(context)
        if session:
            live_server.sign(context, **session)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.mark.parametrize("person", ["nobody", "candidate", "declined", "finished"])
def test_second_press_on_any_control_does_nothing(
    app: Flask, world: World, visit: Callable[..., Page], person: str
) -> None:
    wrong = {}
    for endpoint, values in world.pages()[person]:
        if endpoint not in STAFF:
            page = visit(address(app, endpoint, values), world.session_of(person))
            wrong[endpoint] = pressed_more_than_once(page)
            page.close()
    assert {endpoint: found for endpoint, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    ("path", "is_signed_in"),
    [("/interview/questions/nothing", True), ("/interview/", False), ("/i/nothing", False), ("/nothing", False)],
)
def test_second_press_on_an_error_page_does_nothing(
    world: World, visit: Callable[..., Page], path: str, is_signed_in: bool
) -> None:
    page = visit(path, world.session_of("candidate") if is_signed_in else {})
    assert pressed_more_than_once(page) == []
