"""Pages of a candidate begin at their heading, by every way there, with and without scripts.

The focus is then on the heading, so a screen reader reads from there and Tab goes to the first control below it. A page
with a problem begins at the problem, and a link to a part of a page at that part. Pages of a candidate have different titles.
Pages with a recorder begin at the heading only if they confirm something: while the recorder appears, Orca on a busy machine
said one of its settings instead of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LiveServer
from tests.browser.every_page import World, address
from tests.browser.recorder_page import LONG_MS
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_take

PERSONS = ("nobody", "candidate", "declined", "finished")
STAFF = ("accounts.sign_in_page",)
WITH_RECORDER = ("recording.question_page", "recording.practice")
FOCUSED = "() => document.activeElement.outerHTML.slice(0, 200)"
AT_HEADING = "() => document.activeElement.matches('h1, [data-focus]')"


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Page]:
    with launch().new_context(base_url=live_server.url, java_script_enabled=request.param) as context:
        yield context.new_page()


def by_address(page: Page, path: str) -> None:
    page.goto(path)


def by_link(page: Page, path: str) -> None:
    page.goto("/healthz")
    page.set_content(f'<a id="there" href="{path}">There</a>')
    page.locator("#there").press("Enter")
    page.wait_for_url(f"**{path}")


def by_form(page: Page, path: str) -> None:
    """Arrive by a form and its redirect. Every page has the form for its language."""
    page.goto(path)
    with page.expect_navigation():
        page.locator(".languages button").first.press("Enter")


def by_reloading(page: Page, path: str) -> None:
    page.goto(path)
    page.reload()


def by_going_back(page: Page, path: str) -> None:
    page.goto(path)
    page.goto("/healthz")
    page.go_back()


WAYS = {"address": by_address, "link": by_link, "form": by_form, "reload": by_reloading, "back": by_going_back}


def where(page: Page) -> str:
    """Return the element with the focus if it is neither the heading nor what asks for attention.

    Without scripts, a page has no timer that could wait for it.
    """
    for _ in range(LONG_MS // 50):
        if page.evaluate(AT_HEADING):
            return ""
        page.wait_for_timeout(50)
    return str(page.evaluate(FOCUSED))


@pytest.mark.parametrize("way", WAYS)
def test_every_page_begins_at_its_heading(app: Flask, page: Page, live_server: LiveServer, way: str) -> None:
    world = World()
    pages, wrong, titles = world.pages(), {}, []
    for person in PERSONS:
        page.context.clear_cookies()
        if values := world.session_of(person):
            live_server.sign(page.context, **values)
        for endpoint, arguments in pages[person]:
            if endpoint not in STAFF:
                WAYS[way](page, address(app, endpoint, arguments))
                titles.append(page.title())
                if endpoint not in WITH_RECORDER:
                    wrong[endpoint] = where(page)
    assert {endpoint: found for endpoint, found in wrong.items() if found} == {}
    assert len(set(titles)) == len(titles)


def test_each_step_of_the_way_begins_at_its_heading(app: Flask, page: Page) -> None:
    page.goto(f"/i/{make_invitation(make_interview(questions=2))[1]}")
    begins(page, "Harbour guide")
    press(page, "button", "I agree, start the interview")
    begins(page, "Your questions")
    press(page, "link", "Go to question 1")
    expect(page.get_by_role("heading", level=1)).not_to_be_focused()
    press(page, "link", "Answer in writing")
    begins(page, "Answer in writing")
    page.get_by_role("textbox", name="Your answer").fill("I sail.")
    press(page, "button", "Keep this as my answer")
    begins(page, "Your questions|Question 2 of 2")
    page.go_back()
    begins(page, "Answer in writing|Your questions")
    page.goto("/interview/")
    press(page, "link", "Settings")
    begins(page, "Settings")
    press(page, "button", "Save my settings")
    begins(page, "Your questions")
    press(page, "button", "Send my answers")
    expect(page.locator("#send-title")).to_be_focused()
    press(page, "button", "Send anyway")
    begins(page, "Your answers have been sent")


def test_refused_form_begins_at_the_problem(app: Flask, page: Page, live_server: LiveServer) -> None:
    attempt = make_attempt(make_interview(questions=1))
    live_server.sign(page.context, attempt=attempt.id)
    page.goto(f"/interview/questions/{attempt.interview.questions[0].id}/written")
    press(page, "button", "Keep this as my answer")
    expect(page.locator(".error-summary")).to_be_focused()


def test_error_page_begins_at_its_heading(app: Flask, page: Page) -> None:
    for path in ("/i/none", "/interview/", "/nowhere"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_link_to_a_part_of_a_page_begins_there(app: Flask, page: Page, live_server: LiveServer) -> None:
    attempt = make_attempt(make_interview(questions=1))
    take = make_take(attempt, stopped_at=NOON, complete_at=NOON)
    live_server.sign(page.context, attempt=attempt.id)
    path = f"/interview/questions/{take.question_id}"
    for part in (f"take-{take.id}", "takes-title", "other-ways", "main"):
        page.goto("/interview/")
        page.goto(f"{path}#{part}")
        expect(page.locator(f"#{part}")).to_be_focused()


def test_heading_that_a_page_begins_at_has_no_ring(app: Flask, page: Page) -> None:
    page.goto(f"/i/{make_invitation()[1]}")
    begins(page, "Harbour guide")
    expect(page.get_by_role("heading", level=1)).to_have_css("outline-style", "none")


def press(page: Page, role: Any, name: str) -> None:
    page.get_by_role(role, name=name, exact=True).press("Enter")


def begins(page: Page, heading: str) -> None:
    """Wait for the page with this heading, and for the focus on it."""
    shown = page.get_by_role("heading", level=1)
    expect(shown).to_have_text(re.compile(f"^({heading})$"))
    expect(shown).to_be_focused()
