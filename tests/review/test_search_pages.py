"""The pages that search all interviews assigned to a reviewer, and their filters."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import Role, StaffUser
from app.interviews.models import Interview
from app.recording.models import Answer
from app.review.models import Score
from app.transaction import transaction
from tests.answer_factories import make_answer, make_captioned_answer
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER)


@pytest.fixture
def desk(client: CheckingClient, reviewer: StaffUser) -> CheckingClient:
    sign_in(client, reviewer)
    return client


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(reviewers=[reviewer], title="Harbour guide")


@pytest.fixture
def answers(interview: Interview, reviewer: StaffUser) -> dict[str, Answer]:
    """Three answers of two candidates, all with the word "harbour". The first one has a score and checked captions."""
    one, other = (make_attempt(interview, submitted_at=NOON) for _ in range(2))
    made = {
        "checked": make_captioned_answer("The harbour.", attempt=one, checked_at=NOON),
        "second": make_captioned_answer("The harbour.", attempt=one, question=interview.questions[1], language="cy"),
        "written": make_answer(other, text="The harbour."),
    }
    score = Score(answer_id=made["checked"].id, reviewer_id=reviewer.id, level=2, updated_at=NOON, handed_in_at=NOON)
    with transaction() as session:
        session.add(score)
    return made


def found(desk: CheckingClient, address: str) -> set[str]:
    return {hit["href"].split("/")[3].split("?")[0] for hit in desk.page(address).select("a.hit")}


def test_all_assigned_interviews_are_searched_and_no_other(
    desk: CheckingClient, reviewer: StaffUser, answers: dict[str, Answer]
) -> None:
    second = make_interview(reviewers=[reviewer], title="Night porter")
    there = make_captioned_answer("Another harbour.", attempt=make_attempt(second, submitted_at=NOON))
    make_captioned_answer("Their harbour.", attempt=make_attempt(make_interview(), submitted_at=NOON))
    assert found(desk, "/review/search?q=harbour") == {there.id, *(answer.id for answer in answers.values())}
    assert "Night porter:" in desk.page("/review/search?q=harbour").get_text()


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("score=2", {"checked"}),
        ("score=1", set()),
        ("score=none", {"second", "written"}),
        ("captions=checked", {"checked"}),
        ("captions=unchecked", {"second"}),
        ("captions=written", {"written"}),
        ("language=cy", {"second"}),
        ("language=en", {"checked", "written"}),
        ("score=x&captions=x&language=", {"checked", "second", "written"}),
        ("question=%00nothing", set()),
    ],
)
def test_filter_selects_answers(
    desk: CheckingClient, interview: Interview, answers: dict[str, Answer], chosen: str, expected: set[str]
) -> None:
    hits = found(desk, f"/review/interviews/{interview.id}/search?q=harbour&{chosen}")
    assert hits == {answers[name].id for name in expected}


def test_language_filter_offers_the_languages_of_the_answers(
    desk: CheckingClient, interview: Interview, answers: dict[str, Answer]
) -> None:
    assert answers
    options = desk.page(f"/review/interviews/{interview.id}/search?q=harbour").select("#language option")
    assert [(each["value"], each.get_text()) for each in options] == [
        ("", "Any language"), ("cy", "Welsh"), ("en", "English")
    ]  # fmt: skip


def test_filter_selects_one_question_or_candidate(
    desk: CheckingClient, interview: Interview, answers: dict[str, Answer]
) -> None:
    address = f"/review/interviews/{interview.id}/search?q=harbour"
    second = answers["second"]
    assert found(desk, f"{address}&question={second.question_id}") == {second.id}
    assert found(desk, f"{address}&candidate={answers['written'].attempt_id}") == {answers["written"].id}


def test_score_filter_ignores_colleagues_scores(
    desk: CheckingClient, interview: Interview, answers: dict[str, Answer]
) -> None:
    colleague = make_user(Role.REVIEWER)
    with transaction() as session:
        score = {"reviewer_id": colleague.id, "level": 3, "updated_at": NOON, "handed_in_at": NOON}
        session.add(Score(answer_id=answers["second"].id, **score))
    assert found(desk, f"/review/interviews/{interview.id}/search?q=harbour&score=3") == set()
