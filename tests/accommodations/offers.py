"""Accommodations that change a limit: their words and fields, and interviews with or without the limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup

from app.accommodations import services
from app.accommodations.rules import Given, Kind
from app.clock import now
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.transaction import transaction
from tests.page_check import CheckingClient

OWN = "/interview/accommodations"
NOTHING = {"recording_time": "", "thinking_time": "", "retakes": "", "deadline": ""}
POLICY = {"recording_percent": "", "thinking_percent": "", "retakes": "", "deadline_days": ""}
MORE_TIME, MORE_THINKING = Given(Kind.RECORDING_TIME, 300), Given(Kind.THINKING_TIME, 300)
RETAKE, LATER = Given(Kind.RETAKES, 5), Given(Kind.DEADLINE, 2)
WORDS = {
    MORE_TIME: "There is no limit on the recording time. So no change is needed.",
    MORE_THINKING: "There is no limit on the thinking time. So no change is needed.",
    RETAKE: "Each answer can be recorded again without limit. So no change is needed.",
    LATER: "There is no deadline. So no change is needed.",
}
ASKED = {MORE_TIME: "recording_time", MORE_THINKING: "thinking_time", RETAKE: "retakes", LATER: "deadline"}
AT_ONCE = {MORE_TIME: "recording_percent", MORE_THINKING: "thinking_percent", RETAKE: "retakes", LATER: "deadline_days"}
LIMITED: dict[Given, dict[str, Any]] = {
    MORE_TIME: {"recording_seconds": 60}, MORE_THINKING: {"thinking_seconds": 30}, RETAKE: {"retakes": 0},
    LATER: {"deadline_at": now() + timedelta(days=3)},
}  # fmt: skip


def change(interview: Interview, **limits: Any) -> None:
    """Set the interview's deadline, and limits of its second question. If a limit is None, remove it from all
    questions.
    """
    with transaction() as session:
        found = session.get_one(Interview, interview.id)
        found.deadline_at = limits.pop("deadline_at", found.deadline_at)
        questions = found.questions if None in limits.values() else found.questions[1:]
        for question in questions:
            for name, value in limits.items():
                setattr(question, name, value)


def limit(attempt: Attempt, wish: Given, *, is_limited: bool = True) -> None:
    """Set the limit that a wish would change, or remove it."""
    change(attempt.interview, **(LIMITED[wish] if is_limited else dict.fromkeys(LIMITED[wish])))


def given(attempt: Attempt) -> list[Given]:
    """Return the accommodations that a candidate has."""
    db.session.rollback()
    return services.given_to(db.session(), attempt.id)


def said(answer: Any) -> str:
    """Return the text of a response's page."""
    return " ".join(BeautifulSoup(answer.text, "html.parser").select_one("main").get_text(" ").split())  # type: ignore[union-attr]


def options(client: CheckingClient, address: str) -> set[str]:
    """Return the kinds that the page offers."""
    page = client.page(address)
    return {str(option["value"]).split(":")[0] for option in page.select("select option")}


def granting(attempt: Attempt) -> str:
    """Return the address where a coordinator grants accommodations."""
    return f"/manage/invitations/{attempt.invitation_id}/accommodations"


def policy_of(attempt: Attempt) -> str:
    """Return the address of the policy of an interview."""
    return f"/manage/interviews/{attempt.interview.id}/accommodations"


def value(wish: Given) -> str:
    """Return the value of the option for a wish."""
    return f"{wish.kind}:{wish.value}"
