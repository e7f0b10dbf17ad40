"""Typed text is not lost: failed requests do not move the focus, and unsaved text stays in the browser of the person
who typed it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from app.accounts.models import Role, StaffUser
from app.clock import now
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer, WrittenDraft
from app.transaction import transaction
from tests.browser.conftest import LiveServer
from tests.browser.tabs import without_errors
from tests.factories import NOON, make_attempt, make_interview, make_take, make_user

SENTENCE = "I would ask the night shift first, and then I would write down what they said before I decide."
OFFER = "This browser has kept text that you typed and that was not saved."


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page in which a script error or a violation of the content security policy fails the test."""
    with without_errors(page):
        yield page


@pytest.fixture
def reviewer() -> StaffUser:
    return make_user(Role.REVIEWER, name="Rosa Marsh")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(reviewers=[reviewer])


@pytest.fixture
def attempt(interview: Interview) -> Attempt:
    return make_attempt(interview)


def enter_staff(live_server: LiveServer, page: Page, user: StaffUser) -> None:
    live_server.sign(page.context, user=user.id, epoch=0, since=now().timestamp())


def written_page(live_server: LiveServer, page: Page, attempt: Attempt) -> str:
    """Sign the candidate in. Return the address of the page for a written answer."""
    live_server.sign(page.context, attempt=attempt.id)
    return f"/interview/questions/{attempt.interview.questions[0].id}/written"


def fail(route: Route) -> None:
    """Make POST requests fail and let other requests through."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def type_through_failures(page: Page) -> None:
    """Type a sentence so slowly that automatic saving fails several times during the typing."""
    words = SENTENCE.split(" ")
    for place, word in enumerate(words):
        page.keyboard.type(word + " " * (place < len(words) - 1))
        if place % 6 == 3:
            page.wait_for_timeout(1800)


def kept_values(page: Page) -> str:
    return str(page.evaluate("Object.values(localStorage).join()"))


@pytest.mark.parametrize("status", [0, 401, 500, 503])
def test_every_key_reaches_the_box_while_saving_fails(
    live_server: LiveServer, page: Page, attempt: Attempt, status: int
) -> None:
    page.goto(written_page(live_server, page, attempt))

    def refuse(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif status:
            route.fulfill(status=status, body="<p>No.</p>", content_type="text/html", headers={"Vary": "HX-Request"})
        else:
            route.abort()

    page.route("**/written", refuse)
    box = page.get_by_role("textbox", name="Your answer")
    box.focus()
    type_through_failures(page)
    expect(box).to_be_focused()
    expect(box).to_have_value(SENTENCE)
    expect(page.locator("#alert")).to_be_empty()
    expect(page.locator("#saved")).to_contain_text("Not saved yet: you have been" if status == 401 else "kept in this")
    assert "before I decide." in kept_values(page)


def test_saving_continues_when_the_connection_is_back(live_server: LiveServer, page: Page, attempt: Attempt) -> None:
    page.goto(written_page(live_server, page, attempt))
    page.route("**/written", fail)
    page.get_by_role("textbox", name="Your answer").focus()
    page.keyboard.type("Typed on a train")
    expect(page.locator("#saved")).to_contain_text("Your text is kept in this browser")
    page.unroute_all()
    expect(page.locator("#saved[data-saved]")).to_contain_text("Saved.")
    assert "Typed on a train" not in kept_values(page)
    db.session.rollback()
    assert db.session.query(WrittenDraft).one().text == "Typed on a train"


def test_saving_continues_after_signing_in_in_another_tab(
    live_server: LiveServer, page: Page, attempt: Attempt
) -> None:
    page.goto(written_page(live_server, page, attempt))
    page.context.clear_cookies()
    page.get_by_role("textbox", name="Your answer").focus()
    page.keyboard.type("Typed while signed out")
    expect(page.locator("#saved")).to_contain_text("you have been signed out")
    live_server.sign(page.context, attempt=attempt.id)
    expect(page.locator("#saved[data-saved]")).to_contain_text("Saved.")


def test_refusal_is_shown_in_the_words_of_the_server(live_server: LiveServer, page: Page, attempt: Attempt) -> None:
    page.goto(written_page(live_server, page, attempt))
    with transaction() as session:
        session.get_one(Attempt, attempt.id).submitted_at = NOON
    box = page.get_by_role("textbox", name="Your answer")
    box.focus()
    page.keyboard.type("Too late")
    expect(page.locator("#saved")).to_contain_text("Your answers have already been sent.")
    expect(box).to_be_focused()


def test_unsent_request_is_offered_to_its_writer_only(
    live_server: LiveServer, page: Page, attempt: Attempt, interview: Interview
) -> None:
    live_server.sign(page.context, attempt=attempt.id)
    page.goto("/interview/accommodations")
    page.locator("#words").fill("A break of a day")
    page.route("**/accommodations", fail)
    page.get_by_role("button", name="Save my choices and requests").press("Enter")
    page.wait_for_timeout(500)
    page.unroute_all()

    live_server.sign(page.context, attempt=make_attempt(interview).id)
    page.goto("/interview/accommodations")
    expect(page.locator("#words")).to_have_value("")
    expect(page.get_by_text(OFFER)).to_be_hidden()

    live_server.sign(page.context, attempt=attempt.id)
    page.goto("/interview/accommodations")
    expect(page.get_by_text(OFFER)).to_be_visible()
    expect(page.locator("#status")).to_have_text(OFFER)
    page.get_by_role("button", name="Restore the text").press("Enter")
    expect(page.locator("#words")).to_have_value("A break of a day")
    expect(page.locator("#words")).to_be_focused()
    page.get_by_role("button", name="Save my choices and requests").press("Enter")
    expect(page.get_by_text("Waiting for a decision", exact=True)).to_be_visible()
    expect(page.get_by_text(OFFER)).to_be_hidden()
    page.wait_for_function("!Object.values(localStorage).join().includes('A break')")


def test_text_of_a_refused_form_is_deleted_once_the_form_is_saved(
    live_server: LiveServer, page: Page, interview: Interview
) -> None:
    enter_staff(live_server, page, make_user(Role.COORDINATOR))
    page.goto(f"/manage/interviews/{interview.id}/questions/new")
    page.locator("#prompt").fill("What would you change?")
    page.locator("#retakes").fill("many")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator("#retakes").fill("2")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("What would you change?")).to_be_visible()
    page.goto(f"/manage/interviews/{interview.id}/questions/new")
    expect(page.locator("#prompt")).to_have_value("")
    expect(page.get_by_text(OFFER)).to_be_hidden()


@pytest.fixture
def answer(attempt: Attempt) -> Answer:
    take = make_take(attempt, stopped_at=NOON, complete_at=NOON)
    made = Answer(attempt_id=attempt.id, question_id=take.question_id, take_id=take.id, chosen_at=NOON)
    with transaction() as session:
        session.add(made)
        session.get_one(Attempt, attempt.id).submitted_at = NOON
    return made


def test_unsent_note_is_offered(live_server: LiveServer, page: Page, answer: Answer, reviewer: StaffUser) -> None:
    enter_staff(live_server, page, reviewer)
    page.goto(f"/review/answers/{answer.id}")
    page.get_by_label("Note", exact=True).fill("Ask about the night shift")
    page.context.clear_cookies()
    page.get_by_role("button", name="Add the note").press("Enter")
    expect(page.locator("main")).to_contain_text("What you typed is kept in this browser")
    enter_staff(live_server, page, reviewer)
    page.get_by_role("link", name="Sign in").press("Enter")
    expect(page.get_by_text(OFFER)).to_be_visible()
    page.get_by_role("button", name="Restore the text").press("Enter")
    page.get_by_role("button", name="Add the note").press("Enter")
    expect(page.locator(".notes__list")).to_contain_text("Ask about the night shift")
    expect(page.get_by_text(OFFER)).to_be_hidden()


def test_a_score_survives_a_failed_form_and_a_lost_session(
    live_server: LiveServer, page: Page, answer: Answer, reviewer: StaffUser
) -> None:
    enter_staff(live_server, page, reviewer)
    page.goto(f"/review/answers/{answer.id}")
    page.context.clear_cookies()
    comment = page.get_by_label("Comment")
    comment.focus()
    page.keyboard.type("A clear example")
    expect(page.locator("[data-score-state]")).to_contain_text("you have been signed out")
    expect(comment).to_be_focused()
    page.get_by_role("button", name="Save the draft").press("Enter")
    expect(page.locator("main")).to_contain_text("What you typed is kept in this browser")
    enter_staff(live_server, page, make_user(Role.REVIEWER))
    page.goto(f"/review/answers/{answer.id}")
    enter_staff(live_server, page, reviewer)
    page.goto(f"/review/answers/{answer.id}")
    expect(page.get_by_label("Comment")).to_have_value("A clear example")
    expect(page.locator("[data-score-state]")).to_have_text("Saved.")


def test_page_asks_to_stay_open_if_storage_is_blocked(live_server: LiveServer, page: Page, attempt: Attempt) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }")
    page.goto(written_page(live_server, page, attempt))
    page.route("**/written", fail)
    box = page.get_by_role("textbox", name="Your answer")
    box.focus()
    page.keyboard.type("Only here")
    expect(page.locator("#saved")).to_contain_text("Leave this page open")
    expect(box).to_have_value("Only here")


def offer_old_text(live_server: LiveServer, page: Page, attempt: Attempt) -> None:
    """Leave a request unsent, and open its form again, which offers the text."""
    live_server.sign(page.context, attempt=attempt.id)
    page.goto("/interview/accommodations")
    page.locator("#words").fill("A break of a day")
    page.goto("/interview/accommodations")
    expect(page.get_by_text(OFFER)).to_be_visible()


def test_typing_beside_an_offer_does_not_replace_what_is_offered(
    live_server: LiveServer, page: Page, attempt: Attempt
) -> None:
    offer_old_text(live_server, page, attempt)
    page.locator("#words").press_sequentially("x")
    page.reload()
    expect(page.get_by_text(OFFER)).to_be_visible()
    page.get_by_role("button", name="Restore the text").press("Enter")
    expect(page.locator("#words")).to_have_value("x")
    page.goto("/interview/accommodations")
    page.get_by_role("button", name="Discard the text").press("Enter")
    page.reload()
    page.get_by_role("button", name="Restore the text").press("Enter")
    expect(page.locator("#words")).to_have_value("A break of a day")


def test_restoring_keeps_what_it_replaces(live_server: LiveServer, page: Page, attempt: Attempt) -> None:
    offer_old_text(live_server, page, attempt)
    page.locator("#words").press_sequentially("An hour of rest")
    page.get_by_role("button", name="Restore the text").press("Enter")
    expect(page.locator("#words")).to_have_value("A break of a day")
    assert "An hour of rest" in kept_values(page)
    page.get_by_role("button", name="Save my choices and requests").press("Enter")
    expect(page.get_by_text("Waiting for a decision", exact=True)).to_be_visible()
    page.goto("/interview/accommodations")
    page.get_by_role("button", name="Restore the text").press("Enter")
    expect(page.locator("#words")).to_have_value("An hour of rest")


def test_written_text_that_is_offered_survives_newer_text_that_is_saved(
    live_server: LiveServer, page: Page, attempt: Attempt
) -> None:
    page.goto(written_page(live_server, page, attempt))
    page.context.clear_cookies()
    page.get_by_role("textbox", name="Your answer").fill("Typed on a train")
    page.goto("about:blank")
    page.goto(written_page(live_server, page, attempt))
    expect(page.locator("#unsaved")).to_be_visible()
    box = page.get_by_role("textbox", name="Your answer")
    box.focus()
    page.keyboard.type("Something newer")
    expect(page.locator("#saved[data-saved]")).to_contain_text("Saved.")
    page.reload()
    expect(box).to_have_value("Something newer")
    expect(page.locator("#unsaved")).to_be_visible()
    page.get_by_role("button", name="Restore the text").press("Enter")
    expect(box).to_have_value("Typed on a train")


def test_page_never_says_that_text_is_kept_if_this_browser_refused_to_keep_it(
    live_server: LiveServer, page: Page, attempt: Attempt
) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }")
    live_server.sign(page.context, attempt=attempt.id)
    page.goto("/interview/accommodations")
    page.locator("#words").fill("A break of a day")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save my choices and requests").press("Enter")
    expect(page.locator("main")).to_contain_text("A break of a day")
    expect(page.locator("main")).not_to_contain_text("kept in this browser")
