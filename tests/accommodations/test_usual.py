"""The usual accommodations take one press, and the page says what was saved and what is in force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import Tag
from flask import Flask

from app.accommodations import services
from app.accommodations.models import AccommodationPolicy, RequestState
from app.accommodations.offers import Offers
from app.accommodations.rules import Given, Kind, Policy
from app.accommodations.usual import usual_of
from app.clock import now
from app.extensions import db
from app.interviews.models import Attempt
from app.transaction import transaction
from tests.accommodations.offers import OWN, change, given, said
from tests.factories import make_attempt, make_interview
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database
USUAL = f"{OWN}/usual"
TWICE = "recording time:200,thinking time:200"


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate of an interview in which everything has a limit."""
    interview = make_interview(questions=2, deadline_at=now() + timedelta(days=3))
    change(interview, recording_seconds=60, thinking_seconds=30, retakes=1)
    return make_attempt(interview)


def buttons(client: CheckingClient) -> dict[str, str]:
    """Return the values of the buttons that take one press, by their text."""
    return {one.get_text(strip=True): str(one["value"]) for one in client.page(OWN).select("button[name=usual]")}


def chosen(page: Tag) -> list[str]:
    """Return the labels of the radio buttons that are checked."""
    labels = {str(label["for"]): label.get_text() for label in page.select("label")}
    return [labels[str(one["id"])] for one in page.select("input[type=radio][checked]")]


def test_one_press_gives_twice_the_time_and_the_page_says_so(candidate: CheckingClient, attempt: Attempt) -> None:
    assert buttons(candidate)["2 times the recording time and the thinking time"] == TWICE
    assert candidate.submit(USUAL, {"usual": TWICE}).location == OWN
    page = candidate.page(OWN)
    assert "Saved. You now have: 2 times the recording time; 2 times the thinking time." in page.get_text()
    assert page.select_one("[data-say]")
    assert page.select_one("h1[autofocus]")
    assert TWICE not in [str(one["value"]) for one in page.select("button[name=usual]")]
    assert {"2 times the recording time (in force)", "2 times the thinking time (in force)"} < set(chosen(page))
    assert given(attempt) == [Given(Kind.RECORDING_TIME, 200), Given(Kind.THINKING_TIME, 200)]


def test_pressing_twice_gives_it_once(candidate: CheckingClient, attempt: Attempt) -> None:
    for _press in range(2):
        assert candidate.submit(USUAL, {"usual": "retakes:2"}).status_code == 303
    assert given(attempt) == [Given(Kind.RETAKES, 2)]


def test_request_by_one_press_waits_and_is_not_offered_again(candidate: CheckingClient, attempt: Attempt) -> None:
    value = buttons(candidate)["Ask for: No limit on the recording time or the thinking time"]
    candidate.submit(USUAL, {"usual": value})
    page = candidate.page(OWN)
    assert "You asked for: No limit on the recording time; No limit on the thinking time." in page.get_text()
    assert value not in buttons(candidate).values()
    asked = services.requests_of(db.session(), attempt.id)
    assert [one.state for one in asked] == [str(RequestState.OPEN)] * 2


def test_policy_decides_what_a_press_gives_at_once(candidate: CheckingClient, attempt: Attempt) -> None:
    with transaction() as session:
        session.add(AccommodationPolicy(interview_id=attempt.interview.id, recording_percent=150, thinking_percent=None,
                                        retakes=1, deadline_days=0, more_time_presses=0))  # fmt: skip
    assert list(buttons(candidate)) == [
        "1.5 times the recording time", "2 times the thinking time", "Ask for: No limit on the recording time or the thinking time",
        "1 more retake for each question", "Ask for: 7 more days until the deadline",
        "Ask for: Speaking with a person instead of recording",
    ]  # fmt: skip


def test_what_has_no_limit_is_not_offered(candidate: CheckingClient, attempt: Attempt) -> None:
    change(attempt.interview, recording_seconds=None, thinking_seconds=None, retakes=None, deadline_at=None)
    assert list(buttons(candidate)) == ["Ask for: Speaking with a person instead of recording"]


def test_nothing_smaller_than_what_is_in_force_or_requested_is_offered() -> None:
    had = [Given(Kind.RECORDING_TIME, 300), Given(Kind.THINKING_TIME), Given(Kind.RETAKES, 5)]
    offers = Offers(frozenset(Kind) - {Kind.DEADLINE}, had)
    left = usual_of(offers, Policy(), [Given(Kind.HUMAN)])
    assert [one.wishes for one in left] == [(Given(Kind.RECORDING_TIME),)]


@pytest.mark.parametrize("typed", ["", "recording time:7", "later deadline:,retakes:2", "x:1", "," * 50])
def test_invalid_press_is_refused(candidate: CheckingClient, attempt: Attempt, typed: str) -> None:
    answer = candidate.submit(USUAL, {"usual": typed})
    assert answer.status_code == 422
    assert "Choose from the list." in said(answer)
    assert given(attempt) == []


def test_press_after_the_limit_was_removed_is_refused_with_the_reason(
    candidate: CheckingClient, attempt: Attempt
) -> None:
    change(attempt.interview, retakes=None)
    answer = candidate.submit(USUAL, {"usual": "retakes:2"})
    assert answer.status_code == 422
    assert "Each answer can be recorded again without limit." in said(answer)


def test_every_change_of_the_page_is_confirmed(candidate: CheckingClient, attempt: Attempt) -> None:
    candidate.submit(USUAL, {"usual": "retakes:2"})
    candidate.submit(USUAL, {"usual": "human alternative:"})
    forms = [
        str(form["action"])
        for form in candidate.page(OWN).select("form[action*='withdraw'], form[action*='give-back']")
    ]
    messages = []
    for address in forms:
        candidate.submit(address)
        messages.append(candidate.page(OWN).select_one("[data-say]")["data-say"])  # type: ignore[index]
    assert messages == ["Removed.", "Your request was withdrawn."]
    candidate.submit(OWN, {"recording_time": "", "thinking_time": "", "retakes": "", "deadline": ""})
    assert candidate.page(OWN).select_one("[data-say='Saved.']")
