"""A request for an accommodation and the decision on it, by keyboard alone, in two browsers. Every page state is
checked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Role
from app.clock import now
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.keyboard import choose, press, reach
from tests.factories import make_attempt, make_interview, make_user

WAITING = "1 request is waiting for a decision. Your deadline is paused. Your accommodations are in force."


def test_a_candidate_asks_and_a_coordinator_grants_and_the_candidate_withdraws_by_keyboard_alone(
    launch: Callable[..., Browser], live_server: LiveServer, page: Page
) -> None:
    attempt = make_attempt(make_interview(deadline_at=now() + timedelta(days=3)))
    question = f"/interview/questions/{attempt.interview.questions[0].id}"
    live_server.sign(page.context, attempt=attempt.id)
    page.goto(question)
    press(page, page.get_by_role("link", name="Get help or an accommodation"))
    press(page, page.get_by_role("link", name="Choose or ask for accommodations"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your accommodations")
    assert problems_of(page) == []

    press(page, page.get_by_role("button", name="2 times the recording time"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("#status")).to_contain_text("Saved. You now have: 2 times the recording time")
    reach(page, page.locator("#words"))
    page.keyboard.type("A break of a day between two questions")
    press(page, page.get_by_role("button", name="Save my choices and requests"))
    line = page.locator(".masthead__note")
    expect(line).to_have_text(WAITING)
    expect(page.get_by_role("button", name="Remove: 2 times the recording time")).to_be_visible()
    expect(page.get_by_text("Waiting for a decision", exact=True)).to_be_visible()
    assert problems_of(page) == []
    for place in ("/interview", "/interview/help", question):
        page.goto(place)
        expect(line).to_have_text(WAITING)
    expect(page.locator("main")).to_contain_text("4 minutes")

    with launch().new_context(base_url=live_server.url) as context:
        grant_by_keyboard(live_server, context.new_page())

    page.goto(question)
    expect(line).to_have_text("Your accommodations are in force.")
    press(page, line.get_by_role("link"))
    expect(page.get_by_text("Granted", exact=True)).to_be_visible()
    assert problems_of(page) == []

    press(page, page.get_by_text("More choices"))
    choose(page, "Recording time", "No limit on the recording time (on request)")
    press(page, page.get_by_role("button", name="Save my choices and requests"))
    press(page, page.get_by_role("button", name="Withdraw the request: No limit on the recording time"))
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
    expect(line).to_have_text("Your accommodations are in force.")
    assert problems_of(page) == []


def grant_by_keyboard(live_server: LiveServer, staff: Page) -> None:
    """Sign in as a coordinator, open the oldest request, and grant it."""
    user = make_user(Role.COORDINATOR)
    live_server.sign(staff.context, user=user.id, epoch=user.session_epoch, since=now().timestamp())
    staff.goto("/manage/requests")
    assert problems_of(staff) == []
    press(staff, staff.locator("main a[href*='/manage/requests/']").first)
    expect(staff.get_by_text("A break of a day between two questions")).to_be_visible()
    assert problems_of(staff) == []
    decision = staff.get_by_role("radio").first
    reach(staff, decision)
    staff.keyboard.press("Space")
    expect(decision).to_be_checked()
    press(staff, staff.get_by_role("button", name="Save the decision"))
    expect(staff.get_by_role("heading", level=1)).not_to_contain_text("Request from")
    assert problems_of(staff) == []
