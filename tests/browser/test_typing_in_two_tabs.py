"""Two tabs with the same form, neither of which can save: the text of both is kept, offered, and deleted once it is saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import Role, StaffUser
from app.clock import now
from app.recording.models import Answer
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import press_again
from tests.browser.tabs import without_errors
from tests.factories import ANSWER, NOON, make_attempt, make_interview, make_user

FIRST, SECOND = "The first tab has these words.", "The second tab has other words."
WAITING = "[data-kept-offer]:not([hidden])"


@dataclass(frozen=True)
class Form:
    """A form, opened by the person whose text it keeps."""

    address: str
    box: str
    save: str = ""
    """Name of the button that saves. Empty for a form that saves by itself."""
    is_restored: bool = False
    """Whether the latest text is restored without being offered."""


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page in which a script error or a violation of the content security policy fails the test."""
    with without_errors(page):
        yield page


@pytest.fixture
def reviewer() -> StaffUser:
    return make_user(Role.REVIEWER)


Make = Callable[[LiveServer, Page, StaffUser], Form]


def enter(live_server: LiveServer, page: Page, user: StaffUser) -> None:
    live_server.sign(page.context, user=user.id, epoch=user.session_epoch, since=now().timestamp())


def written(live_server: LiveServer, page: Page, _reviewer: StaffUser) -> Form:
    attempt = make_attempt()
    live_server.sign(page.context, attempt=attempt.id)
    return Form(f"/interview/questions/{attempt.interview.questions[0].id}/written", "#text")


def request_for_help(live_server: LiveServer, page: Page, _reviewer: StaffUser) -> Form:
    live_server.sign(page.context, attempt=make_attempt().id)
    return Form("/interview/accommodations", "#words", "Save my choices and requests")


def own_captions(live_server: LiveServer, page: Page, _reviewer: StaffUser) -> Form:
    attempt = make_attempt()
    take = make_captioned_take(attempt, "We sailed out", recording=ANSWER)
    live_server.sign(page.context, attempt=attempt.id)
    return Form(f"/interview/takes/{take.id}/captions", "#text-0", "Save my captions")


def answer_of(reviewer: StaffUser) -> Answer:
    attempt = make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON)
    return make_captioned_answer("We sailed out", attempt=attempt, recording=ANSWER)


def score(live_server: LiveServer, page: Page, reviewer: StaffUser) -> Form:
    enter(live_server, page, reviewer)
    return Form(f"/review/answers/{answer_of(reviewer).id}", "#comment", is_restored=True)


def note(live_server: LiveServer, page: Page, reviewer: StaffUser) -> Form:
    enter(live_server, page, reviewer)
    return Form(f"/review/answers/{answer_of(reviewer).id}", "#note-text", "Add the note")


def captions(live_server: LiveServer, page: Page, reviewer: StaffUser) -> Form:
    enter(live_server, page, reviewer)
    return Form(f"/review/captions/{answer_of(reviewer).take_id}", "#text-1", "Save as a new version")


def question(live_server: LiveServer, page: Page, _reviewer: StaffUser) -> Form:
    enter(live_server, page, make_user(Role.COORDINATOR))
    return Form(f"/manage/interviews/{make_interview().id}/questions/new", "#prompt", "Save")


FORMS: list[Make] = [written, request_for_help, own_captions, score, note, captions, question]


@pytest.fixture(params=FORMS, ids=lambda make: make.__name__)
def form(request: pytest.FixtureRequest, live_server: LiveServer, page: Page, reviewer: StaffUser) -> Form:
    make: Make = request.param
    return make(live_server, page, reviewer)


def open_form(page: Page, form: Form) -> None:
    page.goto(form.address)
    expect(page.locator(form.box)).to_be_visible()


def type_in_two_tabs(page: Page, form: Form) -> Page:
    """Type in turns in two tabs that cannot save, and close both. Return a new tab."""
    open_form(page, form)
    other = page.context.new_page()
    open_form(other, form)
    page.context.set_offline(True)
    page.locator(form.box).fill(FIRST[:10])
    other.locator(form.box).fill(SECOND)
    page.locator(form.box).fill(FIRST)
    expect(other.locator(WAITING)).to_have_count(0)
    context = page.context
    for tab in (page, other):
        tab.close()  # not a navigation, at which the forms would be saved
    context.set_offline(False)
    return context.new_page()


def kept(page: Page) -> str:
    return str(page.evaluate("Object.values(localStorage).join()"))


def press(page: Page, name: str) -> None:
    page.locator(WAITING).get_by_role("button", name=name).press("Enter")


def restore(page: Page) -> None:
    press(page, "Restore")


def test_text_of_both_tabs_is_offered_and_one_does_not_replace_the_other(page: Page, form: Form) -> None:
    page = type_in_two_tabs(page, form)
    open_form(page, form)
    box = page.locator(form.box)
    seen = [box.input_value()] if form.is_restored else []
    restore(page)
    seen.append(box.input_value())
    if not form.is_restored:
        expect(page.locator(WAITING)).to_contain_text("Text 2 of 2")
        press_again(page)
        restore(page)
        seen.append(box.input_value())
    assert seen == [FIRST, SECOND]
    expect(page.locator(WAITING)).to_have_count(0)
    if form.is_restored:
        expect(page.locator("[data-score-state]")).to_have_text("Saved.")
    page.reload()
    assert FIRST in kept(page)


def test_saving_one_text_deletes_it_and_leaves_the_other(page: Page, form: Form) -> None:
    page = type_in_two_tabs(page, form)
    open_form(page, form)
    if not form.is_restored:
        restore(page)
    expect(page.locator(form.box)).to_have_value(FIRST)
    if form.save:
        page.get_by_role("button", name=form.save, exact=True).press("Enter")
    page.wait_for_function("words => !Object.values(localStorage).join().includes(words)", arg=FIRST)
    assert SECOND in kept(page)
    open_form(page, form)
    expect(page.locator(WAITING)).to_be_visible()
    restore(page)
    expect(page.locator(form.box)).to_have_value(SECOND)


def test_discarding_one_text_leaves_the_other(page: Page, form: Form) -> None:
    page = type_in_two_tabs(page, form)
    open_form(page, form)
    press(page, "Discard")
    gone, left = (SECOND, FIRST) if form.is_restored else (FIRST, SECOND)
    page.wait_for_function("words => !Object.values(localStorage).join().includes(words)", arg=gone)
    if not form.is_restored:
        expect(page.locator(WAITING)).to_contain_text("Text 2 of 2")
        assert left in kept(page)


def test_offered_text_can_be_read_before_it_is_restored(live_server: LiveServer, page: Page) -> None:
    form = written(live_server, page, make_user(Role.REVIEWER))
    page = type_in_two_tabs(page, form)
    open_form(page, form)
    offer = page.locator(WAITING)
    offer.get_by_text("Show the text").press("Enter")
    expect(offer.locator("[data-kept-text]")).to_have_text(FIRST)
    expect(offer).to_contain_text("Text 1 of 2")
    expect(page.locator("#status")).to_contain_text("Text 1 of 2")
    press(page, "Discard")
    expect(offer.locator("[data-kept-text]")).to_have_text(SECOND)
    expect(offer.get_by_role("button", name="Discard")).to_be_focused()


def test_text_typed_after_the_form_was_sent_is_kept(live_server: LiveServer, page: Page) -> None:
    form = request_for_help(live_server, page, make_user(Role.REVIEWER))
    open_form(page, form)
    page.locator(form.box).fill("A break")
    page.evaluate(
        """document.querySelector("#words").form.addEventListener("submit", (event) => {
             setTimeout(() => {
               document.querySelector("#words").value = "A break, and a larger font";
               document.querySelector("#words").dispatchEvent(new Event("input", {bubbles: true}));
             });
           })"""
    )
    page.get_by_role("button", name=form.save).press("Enter")
    expect(page.get_by_text("Waiting for a decision", exact=True)).to_be_visible()
    open_form(page, form)
    restore(page)
    expect(page.locator(form.box)).to_have_value("A break, and a larger font")


def test_text_of_a_form_that_came_back_with_an_error_stays_kept_until_it_is_saved(
    live_server: LiveServer, page: Page
) -> None:
    form = question(live_server, page, make_user(Role.REVIEWER))
    open_form(page, form)
    page.locator(form.box).fill("What would you change?")
    page.locator("#retakes").fill("many")
    page.get_by_role("button", name=form.save, exact=True).press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    assert "What would you change?" in kept(page)
    open_form(page, form)
    restore(page)
    expect(page.locator(form.box)).to_have_value("What would you change?")
