"""A save in the background that fails, in whatever way: the focus stays, no key is lost, and the text is kept in the
browser until the server has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.accounts.models import Role
from app.clock import now
from app.extensions import db
from app.recording.models import WrittenDraft
from app.review.models import Score
from tests.answer_factories import make_captioned_answer
from tests.browser.conftest import LiveServer
from tests.browser.tabs import without_errors
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_user

SENTENCE = "I would ask the night shift first, before I decide."
APP = Path(__file__).parents[2] / "app"
RECORDER = {"connection.js", "server.js", "tus.js"}
"""Scripts that send recordings. They have tests of their own."""
LOGIN = "<!doctype html><title>Sign in</title><h1>Sign in to the network</h1><input id=user autofocus>"
ERROR = "<!doctype html><title>Error</title><h1>An error of the proxy</h1>"
OURS = {"Vary": "HX-Request"}


def answered(status: int, body: str = ERROR, **headers: str) -> Callable[[Route], None]:
    """Return a handler that answers in the place of the server."""
    return lambda route: route.fulfill(status=status, body=body, content_type="text/html", headers=headers)


def cut(reason: str) -> Callable[[Route], None]:
    return lambda route: route.abort(reason)


FAILURES: dict[str, Callable[[Route], None]] = {
    "too large, says a proxy": answered(413),
    "too many, says a proxy": answered(429),
    "too many, in JSON of a proxy": lambda route: route.fulfill(status=429, json={"error": "slow down"}),
    "error of a proxy": answered(502),
    "error of ours": answered(500, "<p>Something went wrong.</p>", **OURS),
    "error of ours in JSON": lambda route: route.fulfill(status=500, json={"message": "wrong", "kept": ""}),
    "time-out": cut("timedout"),
    "time-out of a proxy": answered(504),
    "reset": cut("connectionreset"),
    "page to sign in": answered(200, LOGIN),
    "way to a page to sign in": answered(302, "", Location="/sign-in"),
    "empty success": answered(200, ""),
}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page in which a script error or a violation of the content security policy fails the test."""
    with without_errors(page):
        yield page


def written(live_server: LiveServer, page: Page) -> str:
    attempt = make_attempt()
    live_server.sign(page.context, attempt=attempt.id)
    page.goto(f"/interview/questions/{attempt.interview.questions[0].id}/written")
    return "#text"


def score(live_server: LiveServer, page: Page) -> str:
    reviewer = make_user(Role.REVIEWER)
    live_server.sign(page.context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
    attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
    page.goto(f"/review/answers/{make_captioned_answer('We sailed out', attempt=attempt, recording=ANSWER).id}")
    return "#comment"


STORED: dict[Callable[[LiveServer, Page], str], Any] = {written: WrittenDraft.text, score: Score.comment}
"""For each form, the column in which the server stores its text."""


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("form", STORED, ids=["written", "score"])
def test_failing_save_takes_neither_the_focus_nor_a_key_nor_the_text(
    live_server: LiveServer, page: Page, form: Callable[[LiveServer, Page], str], failure: str
) -> None:
    box = page.locator(form(live_server, page))
    failed: list[str] = []

    def refuse(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        FAILURES[failure](route)
        return failed.append(route.request.url)

    page.route(re.compile("/(written|score)$"), refuse)
    box.focus()
    page.keyboard.type(SENTENCE[:20])
    while not failed:
        page.wait_for_timeout(50)
    page.keyboard.type(SENTENCE[20:])
    while len(failed) < 2:
        page.wait_for_timeout(50)
    expect(box).to_be_focused()
    expect(box).to_have_value(SENTENCE)
    expect(page.locator("#alert")).to_be_empty()
    expect(page.locator("main").get_by_text("kept in this browser")).to_be_visible()
    assert SENTENCE in page.evaluate("Object.values(localStorage).join()")
    page.unroute_all()
    page.wait_for_function("words => !Object.values(localStorage).join().includes(words)", arg=SENTENCE)
    db.session.rollback()
    assert [text for (text,) in db.session.query(STORED[form])] == [SENTENCE]
    expect(box).to_be_focused()


def test_every_form_that_saves_in_the_background_is_tried_above() -> None:
    posted = [path.name for path in (APP / "templates").rglob("*.html") if "data-hx-post" in path.read_text()]
    fetched = {path.name for path in (APP / "static" / "js").rglob("*.js") if '"POST"' in path.read_text()}
    assert sorted(posted) == ["buttons.html", "written.html"]  # the first names it in a comment
    assert fetched - RECORDER == {"score.js"}
