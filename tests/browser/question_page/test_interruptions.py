"""A recording is complete after the session has ended or the tab was closed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Take
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.question_page.steps import (
    UPLOADS,
    address,
    end_session,
    phase,
    sound_only,
)
from tests.factories import make_interview, make_invitation


@pytest.mark.parametrize("first_told", ["a part", "the stop"])
def test_recording_is_complete_after_the_session_ended_in_the_middle(
    page: Page, attempt: Attempt, context: BrowserContext, live_server: LiveServer, first_told: str
) -> None:
    page.goto(address(attempt))
    sound_only(page)
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    with page.expect_response(lambda response: response.request.method == "PATCH" and response.status == 204):
        page.wait_for_function("() => watch.recordings[0].length > 0")
    if first_told == "the stop":
        page.route(UPLOADS, lambda route: route.abort())
    end_session(page, context)
    page.wait_for_function("() => watch.recordings[0].length > 1")
    page.locator("#record").press("Enter")
    expect(page.locator("[data-upload-text]")).to_contain_text("You have been signed out.")
    page.unroute(UPLOADS)
    live_server.sign(context, attempt=attempt.id)  # as the invitation link would do in another tab
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
    expect(page.locator("#takes article")).to_contain_text("Being prepared so that you can play it")
    page.get_by_role("button", name="Keep this answer").press("Enter")  # with the form token of the new session
    expect(page.locator("main .notice--success")).to_contain_text("Recording 1 is your answer to question 1.")


def test_signing_in_again_by_the_link_resumes_the_same_take(page: Page, context: BrowserContext) -> None:
    link = f"/i/{make_invitation(make_interview(questions=1))[1]}"
    context.clear_cookies()
    page.goto(link)
    page.get_by_role("button", name="I agree").press("Enter")
    page.get_by_role("link", name="Question 1", exact=True).press("Enter")
    sound_only(page)
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    page.wait_for_function("() => watch.recordings[0].length > 0")
    end_session(page, context)
    page.close()  # the newest part of the recording is now only in the browser
    again = context.new_page()
    again.goto(link)
    again.get_by_role("button", name=re.compile("Start|Go on|Continue")).press("Enter")
    again.goto("/interview/")
    again.get_by_role("link", name="Question 1", exact=True).press("Enter")
    expect(again.locator("#offer-heading")).to_contain_text("seconds of your answer")
    again.get_by_role("button", name="Keep it as it is").press("Enter")
    expect(again.locator("#takes article")).to_contain_text("Being prepared so that you can play it")
    db.session.rollback()
    take = db.session.query(Take).one()
    assert take.complete_at is not None
    assert [upload.segment for upload in take.uploads] == [1]


def test_recording_of_a_closed_tab_is_continued_in_another(
    page: Page, attempt: Attempt, context: BrowserContext
) -> None:
    page.goto(address(attempt))
    sound_only(page)
    expect(page.locator("#record")).to_be_visible()
    page.locator("#record").press("Enter")
    phase(page, "recording")
    page.wait_for_function("() => watch.recordings[0].length > 0")
    page.close()
    again = context.new_page()
    again.goto(address(attempt))
    expect(again.locator("#offer-heading")).to_be_focused()
    expect(again.locator("#offer-heading")).to_contain_text("seconds of your answer")
    assert problems_of(again) == []
    again.locator("#record").press("Enter")
    phase(again, "recording")
    again.wait_for_timeout(800)
    again.locator("#record").press("Enter")
    phase(again, "review")
    expect(again.locator("#takes article")).to_contain_text("Being prepared so that you can play it")
    db.session.rollback()
    take = db.session.query(Take).one()
    assert [upload.segment for upload in take.uploads] == [1, 2]
    assert take.complete_at is not None
    assert take.is_whole
