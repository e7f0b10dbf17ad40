"""A phone in one hand: what can be touched on a candidate's page is at least 44 pixels high (WCAG 2.5.5), and nothing scrolls
sideways.

A link within a sentence is as high as its line.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.conftest import LiveServer
from tests.browser.every_page import SCROLLS_SIDEWAYS, World, address

pytestmark = pytest.mark.timeout(300)
PERSONS = ("nobody", "candidate", "declined", "finished")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TOO_SMALL = """() => {
  const controls = 'a[href], button, summary, input:not([type=hidden]), select, textarea';
  const isInSentence = (one) => one.localName === 'a' && getComputedStyle(one).display === 'inline'
    && (one.parentElement.textContent.trim() !== one.textContent.trim() || one.closest('.task-list__title'));
  return [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.matches('.skip-link') && !isInSentence(one))
    .map((one) => [one, (one.closest('.choice') ?? one).getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 24)
    .map(([one, box]) => `${one.localName} ${(one.innerText || one.id).trim()}: ${Math.round(box.width)} x ${Math.round(box.height)}`);
}"""
"""A question in the list of questions is touched anywhere on its card."""


def test_what_can_be_touched_is_large_enough(
    app: Flask, launch: Callable[..., Browser], live_server: LiveServer
) -> None:
    world = World()
    pages, wrong = world.pages(), {}
    with launch().new_context(base_url=live_server.url, **PHONE) as context:
        page = context.new_page()
        for person in PERSONS:
            context.clear_cookies()
            if values := world.session_of(person):
                live_server.sign(context, **values)
            for endpoint, arguments in pages[person]:
                page.goto(address(app, endpoint, arguments))
                page.wait_for_load_state("networkidle")
                wrong[endpoint] = page.evaluate(TOO_SMALL)
                assert not page.evaluate(SCROLLS_SIDEWAYS), endpoint
    assert {endpoint: found for endpoint, found in wrong.items() if found} == {}
