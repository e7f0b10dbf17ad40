"""A score that was changed after colleagues' scores could be seen is marked, and agreement uses the first level."""

from __future__ import annotations

import pytest

from app.accounts.models import StaffUser
from app.audit import AuditAction
from app.interviews.models import Interview
from app.recording.models import Answer
from tests.review.scores.forms import (
    AGAIN,
    CHANGED,
    Desk,
    base,
    events,
    hand_in,
    reopen,
    rows,
    score_of,
    told,
)

pytestmark = pytest.mark.every_database


@pytest.mark.parametrize(
    ("level", "comment", "is_changed"), [(2, "Clear.", False), (3, "Clear.", True), (2, "Clear!", True)]
)
def test_change_after_seeing_colleagues_scores_is_shown_with_the_score(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer,
    level: int, comment: str, is_changed: bool,
) -> None:  # fmt: skip
    mine, theirs = desk_of(rada), desk_of(omar)
    hand_in(theirs, answer, level=3)
    hand_in(mine, answer)
    reopen(mine, answer)
    hand_in(mine, answer, level=level, comment=comment)
    words = f"{AGAIN} {CHANGED}" if is_changed else AGAIN
    places = (base(answer), f"/review/interviews/{interview.id}/questions/{answer.question_id}")
    for desk in (mine, theirs):
        for place in places:
            shown = told(desk, place)
            assert words in shown
            assert (CHANGED in shown) is is_changed
        (row,) = (row for row in rows(desk, interview) if row["Reviewer"] == "Rada")
        assert row["Changed after colleagues’ scores could be seen"] == ("yes" if is_changed else "no")
    panel = told(theirs, f"/review/interviews/{interview.id}/panel")
    assert "1 score was reopened." in panel
    assert ("1 was changed after colleagues’ scores could be seen." in panel) is is_changed
    assert events(AuditAction.SCORE_REOPENED)[0].details["colleagues"] == 1
    assert events(AuditAction.SCORE_HANDED_IN_AGAIN)[0].details["changed_after_seeing"] is is_changed


def test_agreement_uses_levels_from_before_colleagues_scores_were_visible(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
) -> None:
    mine, theirs = desk_of(rada), desk_of(omar)
    hand_in(theirs, answer, level=3)
    hand_in(mine, answer, level=1)
    reopen(mine, answer)
    hand_in(mine, answer, level=3)
    assert "Question 1 1 0%" in told(theirs, f"/review/interviews/{interview.id}/panel", "#agreement tbody")


def test_change_before_a_colleague_handed_in_is_not_marked(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, answer: Answer
) -> None:
    mine, theirs = desk_of(rada), desk_of(omar)
    hand_in(mine, answer, level=1)
    reopen(mine, answer)
    hand_in(mine, answer, level=3)
    hand_in(theirs, answer)
    reopen(mine, answer)
    hand_in(mine, answer, level=3)
    assert score_of(rada).changed_after_seeing is False
    reopen(mine, answer)
    hand_in(mine, answer, level=2)
    assert score_of(rada).changed_after_seeing is True


def test_score_that_a_colleague_reopened_meanwhile_counts_as_seen(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, answer: Answer
) -> None:
    mine, theirs = desk_of(rada), desk_of(omar)
    hand_in(theirs, answer, level=3)
    hand_in(mine, answer, level=1)
    reopen(theirs, answer)
    reopen(mine, answer)
    hand_in(mine, answer, level=3)
    assert score_of(rada).changed_after_seeing is True


def test_score_that_a_colleague_reopened_before_does_not_count_as_seen(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, answer: Answer
) -> None:
    mine, theirs = desk_of(rada), desk_of(omar)
    hand_in(theirs, answer, level=3)
    reopen(theirs, answer)
    hand_in(mine, answer, level=1)
    reopen(mine, answer)
    hand_in(mine, answer, level=3)
    assert score_of(rada).changed_after_seeing is False
