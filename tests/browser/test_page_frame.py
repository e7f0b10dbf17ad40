"""The behaviour of htmx that all pages share, in Chromium under the content security policy: focus and announcements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.tabs import without_errors

INSERT = """html => {
  const box = document.createElement("div");
  box.innerHTML = html;
  document.querySelector("main").append(box);
  htmx.process(box);
}"""
SUMMARY = '<div id="answer"><div class="error-summary" tabindex="-1" data-focus><h2>There is a problem</h2></div></div>'
FORM = '<form id="answer" hx-post="/sample" hx-swap="outerHTML"><button id="send">Send</button></form>'

RELEASE_MS = 8000
"""Time limit until a download button works again: less than the ten seconds of other forms.
"""

Answer = Callable[..., list[Request]]


@pytest.fixture
def page(app: Flask, page: Page) -> Iterator[Page]:
    """The sign-in page with htmx. A script error or a violation of the content security policy fails the test."""
    app.jinja_env.globals["uses_htmx"] = True
    with without_errors(page):
        page.goto("/sign-in")
        yield page


@pytest.fixture
def answer(page: Page) -> Answer:
    """Return a function that sets the response of /sample and returns the list of requests for it.

    Without `by_proxy`, the response has the header by which a page recognises this application.
    """

    def set_answer(body: str = "", status: int = 200, *, by_proxy: bool = False, **headers: str) -> list[Request]:
        seen: list[Request] = []
        if not by_proxy:
            headers["Vary"] = "HX-Request"

        def fulfil(route: Route) -> None:
            seen.append(route.request)
            route.fulfill(status=status, body=body, content_type="text/html", headers=headers)

        page.unroute_all()
        page.route("**/sample", fulfil)
        return seen

    return set_answer


def insert(page: Page, html: str) -> None:
    """Insert markup into the page and let htmx process it."""
    page.evaluate(INSERT, html)


def focused(page: Page) -> str:
    """Return the id of the element with the focus, or its tag name."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def press(page: Page, name: str) -> None:
    """Press a button with the keyboard."""
    page.locator(f"#{name}").focus()
    page.keyboard.press("Enter")


def test_refused_form_replaces_itself_gets_the_focus_and_changes_the_title(page: Page, answer: Answer) -> None:
    answer(SUMMARY, status=422)
    insert(page, FORM)
    press(page, "send")
    expect(page.locator("#answer .error-summary")).to_be_focused()
    assert page.title() == "Error: Sign in – Harbour Trust"
    answer("<p id=answer>Sent</p>")
    insert(page, FORM.replace('"answer"', '"other" hx-target="#answer"'))
    press(page, "send")
    expect(page.locator("#answer")).to_have_text("Sent")
    expect(page).to_have_title("Sign in – Harbour Trust")


def test_htmx_post_has_the_form_token(page: Page, answer: Answer) -> None:
    requests = answer("<p>Sent</p>")
    insert(page, FORM)
    press(page, "send")
    expect(page.get_by_text("Sent")).to_be_visible()
    assert requests[0].headers["x-csrftoken"] == page.locator("meta[name=csrf-token]").get_attribute("content")


def test_error_is_shown_at_the_top_with_the_focus_and_the_form_does_not_change(page: Page, answer: Answer) -> None:
    answer("<p>Somebody else was quicker. Your text is kept.</p>", status=409)
    insert(page, FORM)
    press(page, "send")
    expect(page.locator("#alert")).to_be_focused()
    expect(page.locator("#alert")).to_contain_text("Your text is kept.")
    expect(page.locator("#send")).to_be_visible()


def test_error_page_of_a_proxy_is_replaced_by_our_message(page: Page, answer: Answer) -> None:
    answer("<html><body><h1>Bad gateway</h1></body></html>", status=502, by_proxy=True)
    insert(page, FORM)
    press(page, "send")
    expect(page.locator("#alert")).to_be_focused()
    expect(page.locator("#alert")).to_contain_text("could not be reached")
    expect(page.get_by_text("Bad gateway")).to_have_count(0)


def test_lost_connection_is_announced_until_the_next_try(page: Page, answer: Answer) -> None:
    insert(page, FORM)
    page.route("**/sample", lambda route: route.abort())
    press(page, "send")
    expect(page.locator("#alert")).to_be_focused()
    expect(page.locator("#alert")).to_contain_text("Nothing that was saved is lost")
    answer("<p>Sent</p>")
    press(page, "send")
    expect(page.get_by_text("Sent")).to_be_visible()
    expect(page.locator("#alert")).to_be_empty()


def test_failed_poll_is_announced_without_moving_the_focus(page: Page, answer: Answer) -> None:
    page.locator("#email").focus()
    answer("<p>Away</p>", status=503)
    insert(page, '<div hx-get="/sample" hx-trigger="every 200ms">Being prepared</div>')
    expect(page.locator("#status")).to_contain_text("could not be reached")
    assert focused(page) == "email"
    expect(page.locator("#alert")).to_be_empty()
    expect(page.get_by_text("Being prepared")).to_be_visible()


def test_fragment_can_take_the_focus_and_be_announced(page: Page, answer: Answer) -> None:
    answer(
        '<section id="answer"><h2 id="found" tabindex="-1" data-focus data-say="2 moments found">Found</h2></section>'
    )
    insert(page, FORM)
    press(page, "send")
    expect(page.locator("#found")).to_be_focused()
    expect(page.locator("#status")).to_have_text("2 moments found")


def test_fragment_does_not_move_the_focus_by_default(page: Page, answer: Answer) -> None:
    page.locator("#email").focus()
    requests = answer('<p id="news">News</p>')
    insert(page, '<div hx-get="/sample" hx-trigger="load">Wait</div>')
    expect(page.locator("#news")).to_be_visible()
    assert len(requests) == 1
    assert focused(page) == "email"


def test_a_second_press_is_ignored_and_the_button_keeps_the_focus(page: Page) -> None:
    waiting: list[Route] = []
    page.route("**/sample", lambda route: waiting.append(route))
    insert(page, FORM)
    press(page, "send")
    expect(page.locator("#send")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    page.locator("#send").click(force=True)
    page.wait_for_timeout(200)
    assert len(waiting) == 1
    assert focused(page) == "send"
    assert page.locator("#send").get_attribute("disabled") is None
    waiting[0].fulfill(status=204)
    expect(page.locator("#send")).not_to_have_attribute("aria-disabled", "true")


def test_form_is_sent_once_for_repeated_presses_of_its_button(page: Page) -> None:
    insert(page, '<form method="post" action="/sample"><button id="send">Send</button></form>')
    page.evaluate(
        """() => { window.sent = 0; window.addEventListener("submit", (event) => {
                     window.sent += event.defaultPrevented ? 0 : 1; event.preventDefault(); }) }"""
    )
    for _ in range(3):
        press(page, "send")
    assert page.evaluate("window.sent") == 1
    assert focused(page) == "send"


def test_download_can_be_repeated_at_once_and_double_press_gives_one(page: Page) -> None:
    asked: list[Route] = []

    def give(route: Route) -> None:
        asked.append(route)
        headers = {"Content-Disposition": "attachment; filename=scores.csv"}
        route.fulfill(body="name\n", content_type="text/csv", headers=headers)

    page.route("**/sample", give)
    insert(page, '<form method="post" action="/sample" data-download><button id="send">Download</button></form>')
    for number in (1, 2):
        with page.expect_download() as download:
            press(page, "send")
            page.keyboard.press("Enter")
        assert download.value.suggested_filename == "scores.csv"
        expect(page.locator("#send")).not_to_have_attribute("aria-disabled", "true", timeout=RELEASE_MS)
        assert len(asked) == number
    assert focused(page) == "send"


def test_error_summary_has_the_focus_when_the_page_is_loaded(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#error-summary")).to_be_focused()
    assert page.title() == "Error: Sign in – Harbour Trust"
    page.get_by_role("link", name="Enter your password.").click()
    assert focused(page) == "password"


@pytest.mark.parametrize("forced", ["none", "active"])
def test_every_element_with_keyboard_focus_shows_it(page: Page, forced: Literal["none", "active"]) -> None:
    page.emulate_media(forced_colors=forced)
    page.reload()
    shown = []
    for _ in range(12):
        page.keyboard.press("Tab")
        name, width = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
                       return [e.id || e.textContent.trim(), s.outlineStyle === "none" ? 0 : parseFloat(s.outlineWidth)] }"""
        )
        if focused(page) == "BODY":
            break
        shown.append((name, width))
    assert len(shown) >= 4
    assert [name for name, width in shown if width < 3] == []


@pytest.mark.parametrize("address", ["/sign-in", "/interview/help", "/no-such-page"])
def test_at_320_pixels_with_wide_text_nothing_scrolls_sideways(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(address)
    page.evaluate(
        """() => { for (const e of document.querySelectorAll("*")) {
                     e.style.lineHeight = "1.5"; e.style.letterSpacing = ".12em"; e.style.wordSpacing = ".16em" } }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
