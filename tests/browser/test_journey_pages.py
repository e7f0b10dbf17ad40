"""The pages of candidates, coordinators and auditors in a real Chromium: axe, keyboard, small screens, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.accounts.models import Role
from app.clock import now
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.transaction import transaction
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.keyboard import press
from tests.browser.tabs import without_errors
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_take, make_user

WIDTHS = [1280, 320]
SCHEMES = {1280: "light", 320: "dark"}
BESIDE = {
    "Check camera and microphone": "Check camera and microphone",
    "Practise": "Practise",
    "Settings": "Settings",
    "Read or withdraw your agreement": "Do you agree to be recorded?",
}
"""Links to the pages outside the usual way, and the headings of these pages."""
FAR = NOON.replace(year=2126)


@pytest.fixture
def interview(app: Flask) -> Interview:
    reviewer = make_user(Role.REVIEWER, name="Rosa Marsh")
    return make_interview(deadline_at=FAR, time_zone="Europe/London", introduction="Welcome.", reviewers=[reviewer])


@pytest.fixture(params=WIDTHS)
def context(
    request: pytest.FixtureRequest, launch: Callable[..., Browser], live_server: LiveServer
) -> Iterator[BrowserContext]:
    """A browser in the time zone of Berlin, wide and light or narrow and dark."""
    with launch().new_context(
        base_url=live_server.url,
        viewport={"width": request.param, "height": 800},
        color_scheme=SCHEMES[request.param],  # type: ignore[arg-type]
        timezone_id="Europe/Berlin",
    ) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which a script error or a violation of the content security policy fails the test."""
    with without_errors(context.new_page()) as opened:
        yield opened


def check(page: Page, *addresses: str) -> None:
    """Open each address. No checker finds problems, and nothing scrolls horizontally."""
    for address in addresses:
        page.goto(address)
        check_state(page)


def check_state(page: Page) -> None:
    assert problems_of(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def answered(attempt: Attempt) -> None:
    take = make_take(attempt, stopped_at=NOON, complete_at=NOON)
    with transaction() as session:
        session.add(Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON))


def test_no_checker_finds_anything_on_the_candidates_pages(
    page: Page, live_server: LiveServer, interview: Interview
) -> None:
    check(page, f"/i/{make_invitation(interview)[1]}", "/i/none", "/interview/help", "/interview/left", "/sign-in")
    attempt = make_attempt(interview)
    answered(attempt)
    make_take(attempt, interview.questions[1], stopped_at=NOON, complete_at=NOON)
    live_server.sign(page.context, attempt=attempt.id)
    check(page, "/interview/preferences", "/interview/consent", "/interview/")
    page.get_by_role("button", name="Send my answers").press("Enter")
    expect(page.locator("#send-title")).to_be_focused()
    expect(page.locator("#sending")).to_contain_text("1 question has no answer. Send anyway?")
    check_state(page)
    live_server.sign(page.context, attempt=make_attempt(interview, consent_version=None).id)
    check(page, "/interview/consent")
    live_server.sign(page.context, attempt=make_attempt(interview, consent_version=None, declined_at=NOON).id)
    check(page, "/interview/declined")
    sent = make_attempt(interview, submitted_at=NOON, receipt="BCDF-GHJK-MNPQ")
    answered(sent)
    live_server.sign(page.context, attempt=sent.id)
    check(page, "/interview/receipt")


def test_no_checker_finds_anything_on_the_pages_of_staff(
    page: Page, live_server: LiveServer, interview: Interview
) -> None:
    user = make_user(Role.COORDINATOR, Role.COMPLIANCE)
    make_take(make_attempt(interview), interview.questions[0])
    invitation, _token = make_invitation(interview)
    live_server.sign(page.context, user=user.id, epoch=0, since=now().timestamp())
    one, used, free = f"/manage/interviews/{interview.id}", *(each.id for each in interview.questions[:2])
    check(page, "/manage/", one, f"{one}/questions/{used}", f"{one}/questions/{free}/remove", f"{one}/invitations/")
    check(page, f"{one}/invitations/{invitation.id}/cancel", "/compliance/")
    for address in ("/manage/interviews/new", f"{one}/questions/new", f"{one}/invitations/new"):
        check(page, address)
        page.locator("main form button[type=submit]").click()
        expect(page.locator(".error-summary")).to_be_focused()
        expect(page).to_have_title(re.compile("^Error: "))
        check_state(page)


def test_a_link_is_made_shown_and_copied(page: Page, live_server: LiveServer, interview: Interview) -> None:
    user = make_user(Role.COORDINATOR)
    live_server.sign(page.context, user=user.id, epoch=0, since=now().timestamp())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/manage/interviews/{interview.id}/invitations/new")
    page.get_by_label("Name of the candidate").fill("Zoe Bright")
    page.get_by_label("Email address").fill("zoe@example.org")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Invitation link").input_value()
    check_state(page)
    copy = page.get_by_role("button", name="Copy the link")
    copy.press("Enter")
    expect(page.locator("#status")).to_have_text("The link is copied.")
    expect(copy).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_time_is_also_shown_in_the_readers_time_zone(page: Page, interview: Interview) -> None:
    page.goto(f"/i/{make_invitation(interview)[1]}")
    finish = page.locator("dd", has=page.locator("time"))
    expect(finish).to_contain_text("2 November 2126 at 12:00 (London time)")
    expect(finish).to_contain_text(re.compile("In your time zone, that is Saturday.* 2 November 2126.* 13:00"))


@pytest.mark.parametrize("context", [1280], indirect=True)
def test_time_is_shown_once_if_both_time_zones_agree(page: Page) -> None:
    interview = make_interview(deadline_at=FAR, time_zone="Europe/Paris")
    page.goto(f"/i/{make_invitation(interview)[1]}")
    expect(page.locator("time")).to_contain_text("13:00 (Paris time)")
    expect(page.locator(".local-time")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_questions_can_be_reached_by_keyboard_alone(
    launch: Callable[..., Browser], live_server: LiveServer, interview: Interview, scripts: bool
) -> None:
    address = f"/i/{make_invitation(interview)[1]}"
    with launch().new_context(base_url=live_server.url, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(address)
        press(page, page.get_by_role("button", name="I agree, start the interview", exact=True))
        expect(page).to_have_url(f"{live_server.url}/interview/")
        for name, heading in BESIDE.items():
            press(page, page.get_by_role("link", name=name, exact=True))
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            press(page, page.get_by_role("link", name="Back to your questions", exact=True))
            expect(page).to_have_url(f"{live_server.url}/interview/")
        press(page, page.get_by_role("link", name="Settings", exact=True))
        press(page, page.get_by_role("button", name="Save my settings", exact=True))
        expect(page.locator("main .notice--success")).to_contain_text("Your settings are saved.")
        press(page, page.get_by_role("button", name="Leave the interview", exact=True))
        expect(page.get_by_role("heading", level=1)).to_have_text("You have left the interview")
        page.goto(address)
        press(page, page.get_by_role("button", name="Continue the interview", exact=True))
        expect(page.get_by_role("heading", level=1)).to_have_text("Your questions")
