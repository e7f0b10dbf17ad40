"""Answers that need captions by a person are marked wherever reviewers see lists, counts or exports of answers."""

from __future__ import annotations

import pytest

from app.accounts.models import Role
from app.extensions import db
from app.interviews.models import BlindMode, Interview
from app.recording.models import Answer
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.captions.withheld.withheld_answer import SAID, Reviewed, make_blind
from tests.factories import NOON, make_attempt, make_interview, make_user
from tests.review.desk_pages import counted_queries
from tests.review.scores.forms import rows, score, told

pytestmark = pytest.mark.every_database
SIGN = "Needs captions by a person"


@pytest.fixture
def understood(reviewed: Reviewed) -> Answer:
    """Return an answer of another candidate that needs no captions."""
    return make_captioned_answer("I led a team", attempt=make_attempt(reviewed.interview, submitted_at=NOON))


def side_by_side(reviewed: Reviewed) -> str:
    return f"/review/interviews/{reviewed.interview.id}/questions/{reviewed.answer.question_id}"


def check(reviewed: Reviewed) -> None:
    """Confirm that the words are right, as a person who has listened."""
    sent = reviewed.client.submit(f"/review/captions/{reviewed.take_id}/check", {"base": "1"})
    assert sent.status_code == 303


@pytest.mark.parametrize("blind", BlindMode)
def test_side_by_side_marks_the_answer_and_no_other(reviewed: Reviewed, understood: Answer, blind: BlindMode) -> None:
    make_blind(reviewed, blind)
    lines = reviewed.client.page(side_by_side(reviewed)).select("#beside tbody tr")
    marked = {str(line.select("a")[0]["href"]): SIGN in line.get_text() for line in lines}
    assert marked == {f"/review/answers/{reviewed.answer.id}": True, f"/review/answers/{understood.id}": False}


def test_the_sign_disappears_side_by_side_when_a_person_has_checked_the_captions(reviewed: Reviewed) -> None:
    check(reviewed)
    assert SIGN not in told(reviewed.client, side_by_side(reviewed))


def test_side_by_side_costs_the_same_for_one_and_for_many(reviewed: Reviewed) -> None:
    numbers, address = [], side_by_side(reviewed)
    for more in (0, 5):
        for _ in range(more):
            make_captioned_answer(
                *SAID, attempt=make_attempt(reviewed.interview, submitted_at=NOON), verdict="not understood"
            )
        db.session.rollback()
        with counted_queries() as statements:
            assert told(reviewed.client, address).count(SIGN) == more + 1
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_the_panel_counts_answers_that_need_captions(reviewed: Reviewed, understood: Answer) -> None:
    panel = f"/review/interviews/{reviewed.interview.id}/panel"
    assert "1 answer needs captions by a person." in told(reviewed.client, panel)
    check(reviewed)
    assert "captions by a person" not in told(reviewed.client, panel)


def test_the_export_marks_scores_of_answers_that_need_captions(reviewed: Reviewed, understood: Answer) -> None:
    for answer in (reviewed.answer, understood):
        score(reviewed.client, answer, comment="A draft", do="save")
    marks = {row["Answer id"]: row[SIGN] for row in rows(reviewed.client, reviewed.interview)}
    assert marks == {reviewed.answer.id: "yes", understood.id: "no"}


@pytest.mark.parametrize("typed", ["team", "nothing"])
def test_a_search_says_how_many_answers_it_cannot_find(reviewed: Reviewed, understood: Answer, typed: str) -> None:
    sentence = "1 answer needs captions by a person. Until then, searches cannot find what was said in it."
    for place in (f"/review/interviews/{reviewed.interview.id}/search", "/review/search"):
        assert sentence in told(reviewed.client, f"{place}?q={typed}")
        assert sentence not in told(reviewed.client, place)
    check(reviewed)
    assert "captions by a person" not in told(reviewed.client, f"/review/search?q={typed}")


def test_answers_of_interviews_that_somebody_else_reviews_are_not_counted(reviewed: Reviewed) -> None:
    other = make_interview(reviewers=[make_user(Role.REVIEWER)])
    make_captioned_answer(*SAID, attempt=make_attempt(other, submitted_at=NOON), verdict="not understood")
    assert "1 answer needs captions" in told(reviewed.client, "/review/search?q=team")
    with transaction() as session:
        session.get_one(Interview, reviewed.interview.id).reviewers.clear()
    assert "needs captions" not in told(reviewed.client, "/review/search?q=team")
