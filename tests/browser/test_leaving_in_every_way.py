"""Leaving the page in every way and in every phase of a recording: it asks where something could be lost, every byte
that the recorder delivered is stored, and the page says afterwards how many seconds there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.browser.recorder_page import LONG_MS, arrived, phase, press_again, record_for, start, wait_until
from tests.browser.recorder_server import RecorderServer
from tests.browser.test_recording_leaving import COUNT, given

WAYS_OUT = """() => [...document.querySelectorAll("a[href], button, input[type=submit]")].filter((one) => {
  if (!one.checkVisibility({ visibilityProperty: true }) || one.closest("dialog") || one.hasAttribute("download")) return false;
  if (one.matches("a")) return !one.getAttribute("href").startsWith("#") && ["", "_self"].includes(one.target);
  return one.type === "submit" && one.form?.method !== "dialog";
})"""


@pytest.fixture
def page(recording_context: BrowserContext, recording_page: Page) -> Page:
    """A tab that records and counts the bytes that its recorder delivered. It has a page before this one."""
    recording_page.add_init_script(COUNT)
    recording_page.goto("/tasks")
    recording_page.goto("/question")
    expect(recording_page.locator("#record")).to_be_visible()
    return recording_page


def pause(page: Page) -> None:
    page.locator("#pause").press("Enter")
    phase(page, "paused")


def stay(page: Page) -> None:
    expect(page.locator("#leaving")).to_be_visible()
    press_again(page)
    page.get_by_role("button", name="Stay on this page").press("Enter")
    expect(page.locator("#leaving")).to_be_hidden()


@pytest.mark.parametrize("is_paused", [False, True], ids=["recording", "paused"])
def test_every_link_and_form_of_the_page_asks_before_it_leaves(page: Page, is_paused: bool) -> None:
    start(page)
    record_for(page, 1500)
    if is_paused:
        pause(page)
    count = page.evaluate(f"({WAYS_OUT})().length")
    assert count >= 5  # the questions, help, the language, two other ways to answer
    address = page.url
    for place in range(count):
        page.evaluate(f"place => ({WAYS_OUT})()[place].click()", place)
        stay(page)
        assert page.url == address
        phase(page, "paused")
    press_again(page)
    page.locator("#pause").press("Enter")
    phase(page, "recording")


def go_back(page: Page, context: BrowserContext) -> Page:
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url("**/interview/")
    return page


def reload(page: Page, context: BrowserContext) -> Page:
    page.reload()
    return page


def close(page: Page, context: BrowserContext) -> Page:
    page.close(run_before_unload=True)
    return context.new_page()


def type_an_address(page: Page, context: BrowserContext) -> Page:
    page.goto("/blank")
    return page


WAYS: list[Callable[[Page, BrowserContext], Page]] = [go_back, reload, close, type_an_address]


@pytest.mark.parametrize("is_paused", [False, True], ids=["recording", "paused"])
@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
def test_leaving_stores_every_byte_and_the_seconds_are_offered(
    recording_context: BrowserContext,
    page: Page,
    server: RecorderServer,
    leave: Callable[[Page, BrowserContext], Page],
    is_paused: bool,
) -> None:
    dialogs: list[str] = []

    def accept(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    start(page)
    record_for(page, 3500)
    if is_paused:
        pause(page)
    other = leave(page, recording_context)
    other.goto("/question")
    expect(other.locator("#offer-heading")).to_have_text(re.compile(r"We have ([3-9]|\d\d) seconds of your answer"))
    expect(other.locator("#offer-text")).not_to_contain_text("could not be saved")
    wait_until(other, lambda: server.uploads[0].is_finished and server.uploads[0].size == given(other))
    assert dialogs == ["beforeunload"]
    other.get_by_role("button", name="Keep it as it is").press("Enter")
    arrived(other, server)


def test_a_person_who_stays_after_the_question_of_the_browser_loses_nothing(page: Page, server: RecorderServer) -> None:
    page.once("dialog", lambda dialog: dialog.dismiss())
    start(page)
    record_for(page, 2000)
    page.evaluate("setTimeout(() => history.back())")
    phase(page, "paused")
    press_again(page)
    page.locator("#pause").press("Enter")
    phase(page, "recording")
    page.locator("#record").press("Enter")
    phase(page, "review")
    (upload,) = arrived(page, server)
    assert upload.size == given(page)


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
def test_leaving_during_the_countdown_asks_nothing_and_says_nothing_was_lost(
    recording_context: BrowserContext,
    page: Page,
    server: RecorderServer,
    leave: Callable[[Page, BrowserContext], Page],
) -> None:
    server.prefer(countdown_seconds=10)
    server.change_question(retakes=0)
    page.reload()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.type))
    page.locator("#record").press("Enter")
    phase(page, "countdown")
    other = leave(page, recording_context)
    other.goto("/question")
    expect(other.get_by_role("button", name="Start recording")).to_be_visible()
    expect(other.locator("main")).not_to_contain_text("could not be saved")
    expect(other.locator("#offer-heading")).to_be_hidden()
    assert dialogs == []
    server.prefer(countdown_seconds=1)
    other.reload()
    expect(other.locator("#record")).to_be_visible()
    other.locator("#record").press("Enter")  # an empty take is no attempt
    expect(other.locator("#recorder")).to_have_attribute("data-phase", "recording", timeout=LONG_MS)
