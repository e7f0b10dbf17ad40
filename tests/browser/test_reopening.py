"""A score is handed in, reopened and handed in again by keyboard alone, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Role, StaffUser
from app.clock import now
from app.recording.models import Answer
from app.review import score_services
from app.review.models import RubricLevel
from app.review.score_services import ScoreInput
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.browser.checkers import problems_of
from tests.browser.conftest import LiveServer
from tests.browser.keyboard import press, reach
from tests.factories import NOON, make_attempt, make_interview, make_user


@pytest.fixture
def reviewer() -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada Reviewer")


@pytest.fixture
def answer(reviewer: StaffUser) -> Answer:
    """An answer that the reviewer and a colleague have scored."""
    colleague = make_user(Role.REVIEWER, name="Omar Other")
    attempt = make_attempt(make_interview(reviewers=[reviewer, colleague], questions=1), submitted_at=NOON)
    made = make_captioned_answer("We sailed out", attempt=attempt)
    with transaction() as session:
        for position, name in enumerate(("Weak", "Strong"), start=1):
            session.add(RubricLevel(question_id=made.question_id, position=position, name=name))
        session.flush()
        found = session.get_one(Answer, made.id)
        for person, words in ((reviewer, "Short."), (colleague, "A clear example.")):
            score_services.hand_in(session, session.merge(person), found, ScoreInput(1, words, 0), now=NOON)
    return made


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def tab(
    request: pytest.FixtureRequest, launch: Callable[..., Browser], live_server: LiveServer, reviewer: StaffUser
) -> Iterator[Page]:
    with launch().new_context(base_url=live_server.url, java_script_enabled=request.param) as context:
        live_server.sign(context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
        yield context.new_page()


def test_a_score_is_reopened_changed_and_handed_in_again(
    tab: Page, answer: Answer, request: pytest.FixtureRequest
) -> None:
    has_scripts = "no scripts" not in request.node.name
    tab.goto(f"/review/answers/{answer.id}")
    expect(tab.get_by_text("A clear example.")).to_be_visible()
    press(tab, tab.get_by_role("link", name="Reopen the score"))
    expect(tab.get_by_role("heading", level=1)).to_have_text("Reopen this score?")
    assert not has_scripts or problems_of(tab) == []
    press(tab, tab.get_by_role("button", name="Reopen the score"))
    expect(tab.locator("main").get_by_text("Your score is open again.")).to_be_visible()
    expect(tab.get_by_text("A clear example.")).to_have_count(0)
    reach(tab, tab.get_by_role("radio", name="Weak"))
    tab.keyboard.press("ArrowDown")
    expect(tab.get_by_role("radio", name="Strong")).to_be_checked()
    assert not has_scripts or problems_of(tab) == []
    press(tab, tab.get_by_role("button", name="Hand in the score"))
    expect(tab.get_by_role("heading", level=1)).to_have_text("Hand in this score?")
    press(tab, tab.get_by_role("button", name="Hand in the score"))
    expect(tab.get_by_text("Your score is handed in.")).to_be_visible()
    expect(tab.locator("#score")).to_contain_text("Changed after colleagues’ scores could be seen.")
    expect(tab.get_by_text("A clear example.")).to_be_visible()
    assert not has_scripts or problems_of(tab) == []
