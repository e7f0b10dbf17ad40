"""Reviewers can reopen their own score after handing it in. Reopening is confirmed and recorded."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from app.accounts.models import Role, StaffUser
from app.audit import Actor, AuditAction
from app.clock import now
from app.compliance import erasure_run
from app.extensions import db
from app.interviews.models import BlindMode, Interview, InterviewReviewer, InterviewState
from app.recording.models import Answer
from app.review.models import Score
from app.review.rubric import Level
from app.review.rubric_services import RubricInUseError, change_scoring
from app.transaction import transaction
from tests.factories import NOON, make_user
from tests.review.scores.forms import (
    AGAIN,
    CHANGED,
    OPEN,
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
IS_RECORDED = "To change it, reopen it. This is recorded, and your colleagues see it."


def test_reopening_is_confirmed_and_makes_the_score_a_draft(desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
    desk = desk_of(rada)
    hand_in(desk, answer)
    assert IS_RECORDED in told(desk, base(answer))
    link = desk.page(base(answer)).find("a", string="Reopen the score")
    asked = told(desk, str(link["href"]))  # type: ignore[index]
    assert "Fair" in asked
    assert "Clear." in asked
    assert score_of(rada).handed_in_at is not None
    reopen(desk, answer)
    page = desk.page(base(answer))
    assert "Your score is open again." in page.get_text()
    assert page.select_one("input[name=level][checked]")["value"] == "2"  # type: ignore[index]
    assert OPEN in told(desk, base(answer), "#score")
    hand_in(desk, answer, level=3)
    assert AGAIN in told(desk, base(answer), "#score")
    assert CHANGED not in told(desk, base(answer), "#score")


def test_reopening_is_recorded_without_the_level(desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
    desk = desk_of(rada)
    hand_in(desk, answer)
    reopen(desk, answer)
    hand_in(desk, answer)
    (reopened,), (again,) = events(AuditAction.SCORE_REOPENED), events(AuditAction.SCORE_HANDED_IN_AGAIN)
    asked = {"question": answer.question_id, "question_number": 1}
    assert (reopened.actor_id, reopened.subject_id) == (rada.id, answer.id)
    assert reopened.details == {**asked, "colleagues": 0}
    assert again.details == {**asked, "changed_after_seeing": False}
    assert len(events(AuditAction.SCORE_HANDED_IN)) == 1
    auditor = desk_of(make_user(Role.COMPLIANCE))
    story = told(auditor, f"/compliance/people/{answer.attempt.invitation_id}")
    assert "Rada reopened a score for an answer by" in story
    assert "Rada handed in a reopened score again, for an answer by" in story


def test_reopened_score_and_colleagues_scores_are_hidden_from_each_other(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
) -> None:
    mine, theirs = desk_of(rada), desk_of(omar)
    hand_in(theirs, answer, level=3, comment="Secret verdict")
    theirs.submit(f"{base(answer)}/notes", {"text": "Secret note"})
    hand_in(mine, answer, comment="Known verdict")
    pages = (base(answer), f"/review/interviews/{interview.id}/questions/{answer.question_id}")
    assert all("Secret verdict" in told(mine, page) for page in pages)
    reopen(mine, answer)
    shown = [told(mine, page) for page in (*pages, f"/review/interviews/{interview.id}/panel")]
    assert not any("Secret" in page for page in shown)
    assert [row["Comment"] for row in rows(mine, interview)] == ["Known verdict"]
    shown = [told(theirs, page) for page in pages]
    assert not any("Known verdict" in page for page in shown)
    assert "Rada has reopened their score and has not handed it in again yet." in shown[0]
    assert f"Rada {OPEN}" in shown[1]
    (row,) = (row for row in rows(theirs, interview) if row["Reviewer"] == "Rada")
    assert (row["Level"], row["Comment"], row["Handed in"]) == ("", "", "no, reopened")
    assert row["Reopened at (UTC)"]


def test_a_candidates_own_copy_holds_both_scores(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, answer: Answer
) -> None:
    mine = desk_of(rada)
    hand_in(desk_of(omar), answer, level=3, comment="Omar's.")
    hand_in(mine, answer, level=1, comment="First.")
    reopen(mine, answer)
    hand_in(mine, answer, level=3, comment="Second.")
    auditor = desk_of(make_user(Role.COMPLIANCE))
    archive = ZipFile(io.BytesIO(auditor.submit(f"/compliance/people/{answer.attempt.invitation_id}/data.zip").data))
    (held,) = json.loads(archive.read("data.json"))["answers"]
    before = {"level": 1, "comment": "First."}
    assert {"level": 3, "comment": "Second.", "before": before} in held["scores"]
    assert {"level": 3, "comment": "Omar's."} in held["scores"]


def test_reviewer_reopens_only_their_own_score_in_their_own_interview(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
) -> None:
    address = f"{base(answer)}/score/reopen"
    hand_in(desk_of(rada), answer)
    assert desk_of(omar).submit(address, {"version": "2"}).status_code == 404
    assert desk_of(omar).get(address).location == f"{base(answer)}#score"
    assert desk_of(make_user(Role.REVIEWER)).submit(address, {"version": "2"}).status_code == 404
    with transaction() as session:
        session.delete(session.get_one(InterviewReviewer, (interview.id, rada.id)))
    assert desk_of(rada).get(address).status_code == 404
    assert desk_of(rada).submit(address, {"version": "2"}).status_code == 404
    assert score_of(rada).handed_in_at is not None


def test_pressing_twice_reopens_once(desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
    desk = desk_of(rada)
    hand_in(desk, answer)
    for _press in range(2):
        answered = desk.submit(f"{base(answer)}/score/reopen", {"version": "2"})
        assert (answered.status_code, answered.location) == (303, f"{base(answer)}#score")
    assert len(events(AuditAction.SCORE_REOPENED)) == 1


@pytest.mark.parametrize("version", ["1", "4", "", "x"])
def test_changed_score_is_shown_again_before_it_is_reopened(
    desk_of: Desk, rada: StaffUser, answer: Answer, version: str
) -> None:
    desk = desk_of(rada)
    hand_in(desk, answer)
    answered = desk.submit(f"{base(answer)}/score/reopen", {"version": version})
    assert answered.status_code == 409
    assert "Below is the new score." in answered.text
    assert score_of(rada).handed_in_at is not None


def test_old_page_cannot_overwrite_a_reopened_score(desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
    desk = desk_of(rada)
    hand_in(desk, answer)
    reopen(desk, answer)
    assert desk.submit(f"{base(answer)}/score/hand-in", {"version": "1"}).status_code == 409
    assert desk.submit(f"{base(answer)}/score", {"version": "2", "comment": "Old"}).status_code == 409
    assert (score_of(rada).comment, score_of(rada).handed_in_at) == ("Clear.", None)


def test_scores_are_reopened_after_an_interview_was_closed(
    desk_of: Desk, rada: StaffUser, interview: Interview, answer: Answer
) -> None:
    desk = desk_of(rada)
    hand_in(desk, answer)
    with transaction() as session:
        session.get_one(Interview, interview.id).state = str(InterviewState.CLOSED)
    reopen(desk, answer)
    hand_in(desk, answer, level=3)
    assert score_of(rada).level == 3


def test_score_of_an_erased_candidate_cannot_be_reopened(desk_of: Desk, rada: StaffUser, answer: Answer) -> None:
    desk, address = desk_of(rada), f"{base(answer)}/score/reopen"
    hand_in(desk, answer)
    reopen(desk, answer)
    hand_in(desk, answer)
    erasure_run.erase(answer.attempt.invitation_id, actor=Actor("staff", rada.id), now=now())
    assert desk.get(address).status_code == 404
    assert desk.submit(address, {"version": "4"}).status_code == 404
    assert db.session.scalars(select(Score)).all() == []


def test_rubric_stays_in_use_after_a_reopened_score_lost_its_level(
    desk_of: Desk, rada: StaffUser, omar: StaffUser, interview: Interview, answer: Answer
) -> None:
    mine = desk_of(rada)
    hand_in(mine, answer)
    hand_in(desk_of(omar), answer)
    for desk in (mine, desk_of(omar)):
        reopen(desk, answer)
        version = desk.page(base(answer)).select_one("#score-form [name=version]")["value"]  # type: ignore[index]
        assert desk.submit(f"{base(answer)}/score", {"version": version, "comment": ""}).status_code == 303
    with transaction() as session:
        found, levels = session.get_one(Interview, interview.id), [Level(1, "No", ""), Level(2, "Yes", "")]
        rubrics, actor = {answer.question_id: levels}, session.merge(rada)
        with pytest.raises(RubricInUseError):
            change_scoring(session, found, BlindMode.OFF, rubrics, actor=actor, now=NOON)
