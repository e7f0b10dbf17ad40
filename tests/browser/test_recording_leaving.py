"""Leaving the page during a recording: the page asks first, keeps the recording, and reports lost seconds correctly."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.browser.recorder_page import (
    LONG_MS,
    arrived,
    changes_while_capturing,
    heard,
    phase,
    record_for,
    start,
    wait_until,
)
from tests.browser.recorder_server import RecorderServer

# Counts the bytes that MediaRecorder delivers. The count is kept in localStorage, so that it survives a change of page.
COUNT = """(() => {
  const Real = window.MediaRecorder;
  window.MediaRecorder = class extends Real {
    constructor(...values) {
      super(...values);
      this.addEventListener('dataavailable', ({ data }) => {
        localStorage.setItem('given', String(Number(localStorage.getItem('given') ?? 0) + data.size));
      });
    }
  };
})()"""


@pytest.fixture
def page(recording_context: BrowserContext, recording_page: Page) -> Page:
    """A tab that records and counts the bytes that its recorder delivered."""
    recording_page.add_init_script(COUNT)
    return recording_page


def given(page: Page) -> int:
    return int(page.evaluate("localStorage.getItem('given')"))


def ask_to_leave(page: Page) -> None:
    page.get_by_role("link", name="All questions").press("Enter")
    expect(page.locator("#leaving")).to_be_visible()
    expect(page.get_by_role("button", name="Stay on this page")).to_be_focused()


def test_link_on_the_page_pauses_and_asks_and_staying_continues(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 2500)
    page.get_by_role("link", name="All questions").click()
    expect(page.locator("#leaving")).to_be_visible()
    own = ("scroll", "focusin", "focusout")  # the events of a person who moves to the link
    assert [one for one in changes_while_capturing(page) if one["what"] not in own] == []
    expect(page.locator("#leaving-text")).to_have_text(
        re.compile(r"^Your recording is paused, and [2-5] seconds are saved")
    )
    phase(page, "paused")
    expect(page.get_by_role("button", name="Stay on this page")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#leaving")).to_be_hidden()
    expect(page.locator("#pause")).to_be_focused()
    page.keyboard.press("Enter")
    phase(page, "recording")
    page.locator("#record").press("Enter")
    phase(page, "review")
    (upload,) = arrived(page, server)
    assert upload.size == given(page)


def test_leaving_by_a_link_keeps_every_byte(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 4500)
    page.locator("#pause").focus()
    ask_to_leave(page)
    page.get_by_role("button", name="Leave this page").press("Enter")
    page.wait_for_url("**/interview/")
    page.goto("/question")
    expect(page.locator("#offer-heading")).to_have_text(re.compile("We have [4-7] seconds of your answer"))
    expect(page.locator("#offer-text")).not_to_contain_text("could not be saved")
    wait_until(page, lambda: server.uploads[0].size == given(page))


@pytest.mark.parametrize("how", ["close", "reload", "crash"])
def test_closed_tab_keeps_delivered_data_and_reports_the_lost_seconds(
    recording_context: BrowserContext, page: Page, server: RecorderServer, how: str
) -> None:
    dialogs: list[str] = []

    def leave(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    page.goto("/question")
    start(page)
    record_for(page, 4700)
    page.on("dialog", leave)
    if how == "reload":
        page.reload()
    elif how == "close":
        page.close(run_before_unload=True)
    else:
        page.close()
    other = page if how == "reload" else recording_context.new_page()
    other.goto("/question")
    heading, text = other.locator("#offer-heading"), other.locator("#offer-text")
    expect(heading).to_contain_text("of your answer", timeout=LONG_MS)
    wait_until(other, lambda: server.uploads[0].is_finished)
    is_whole = server.uploads[0].size == given(other)
    if how == "crash":
        assert is_whole or "could not be saved." in text.inner_text()
    else:
        assert (is_whole, dialogs) == (True, ["beforeunload"])
        expect(text).not_to_contain_text("could not be saved")
    other.get_by_role("button", name="Keep it as it is").press("Enter")
    arrived(other, server)


def test_seconds_lost_in_a_crash_are_reported(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 5500)
    page.goto("/blank")
    page.evaluate(
        f"localStorage.setItem('fairtake-recorded-{server.takes[1]}', '19400')"
    )  # simulates that the end of the recording was lost
    page.goto("/tasks")
    heard(page, "could not be saved")
    expect(page.locator("[data-upload-text]")).to_contain_text("seconds could not be saved.")
    page.goto("/question")
    expect(page.locator("#offer-text")).to_contain_text("could not be saved.")


def test_page_without_a_recording_is_left_without_a_question(page: Page, server: RecorderServer) -> None:
    page.goto("/question")
    expect(page.locator("#record")).to_be_visible()
    page.get_by_role("link", name="All questions").press("Enter")
    expect(page.locator("#leaving")).to_be_hidden()
