"""The panel of an interview: progress, the answers to one question side by side, agreement, and the export.

Colleagues' scores of an answer are returned only if the reviewer who asks has handed in their own score of that answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, false, func, literal, null, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import StaffUser
from app.errors import NotFoundError
from app.folding import sort_key
from app.interviews.models import Attempt, Interview, InterviewReviewer, Invitation, Question
from app.recording.models import Answer
from app.review.agreement import Agreement, agreement
from app.review.models import RubricLevel, Score
from app.review.services import is_blind, shown_name, shown_reference

PAGE = 50
NUMBER = func.coalesce(Answer.asked_number, Question.position)
"""The number that the question had when the candidate was asked it."""
PROMPT = func.coalesce(Answer.asked_prompt, Question.prompt)
"""The text that the question had when the candidate was asked it."""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A reviewer of the panel, and the number of answers for which the reviewer has handed in a score.

    `reopened` counts their scores that were reopened. `changed` counts their scores that are handed in and were changed
    after colleagues' scores were visible.
    """

    name: str
    is_you: bool
    handed_in: int
    reopened: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class SeenScore:
    """A score that the reviewer who asks may see. `level` and `level_name` are None if no level was chosen.

    If a colleague has reopened the score and not handed it in again, only `reviewer` and `reopened_at` are filled in.
    """

    reviewer: str
    is_you: bool
    level: int | None
    level_name: str | None
    comment: str
    handed_in_at: datetime | None
    reopened_at: datetime | None
    changed_after_seeing: bool

    @property
    def is_in(self) -> bool:
        """True if the score is handed in."""
        return self.handed_in_at is not None


@dataclass(frozen=True, slots=True)
class AnswerBeside:
    """One candidate's answer to the compared question, with the scores of this answer that the reviewer may see."""

    answer_id: str
    candidate: str
    number: int
    """The number that the question had when this candidate was asked it."""
    scores: Sequence[SeenScore]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One page of all answers to a question. `number` is the page, counted from 1; `last` is the last page."""

    question: Question
    rows: Sequence[AnswerBeside]
    number: int
    last: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One row of the export.

    `candidate_id` is the id of the attempt. In blind review `reference` is the neutral label.
    """

    candidate: str
    reference: str
    candidate_id: str
    question: int
    prompt: str
    question_id: str
    answer_id: str
    score: SeenScore


def progress_of(session: Session, user: StaffUser, interview: Interview) -> tuple[list[PanelRow], int]:
    """Return how many scores each reviewer has handed in, and the number of answers sent in the interview.

    The scores themselves are not returned.
    """
    total = session.scalar(_sent(interview).with_only_columns(func.count(Answer.id))) or 0
    is_in = Score.handed_in_at.is_not(None)
    counted = (
        _sent(interview)
        .join(Score, Score.answer_id == Answer.id)
        .where(is_in | Score.reopened_at.is_not(None))
        .with_only_columns(
            Score.reviewer_id, _number_where(is_in), _number_where(Score.reopened_at.is_not(None)),
            _number_where(is_in & Score.changed_after_seeing),
        )
        .group_by(Score.reviewer_id)
    )  # fmt: skip
    counts = {reviewer: numbers for reviewer, *numbers in session.execute(counted)}
    reviewers = session.scalars(
        select(StaffUser)
        .join(InterviewReviewer, InterviewReviewer.user_id == StaffUser.id)
        .where(InterviewReviewer.interview_id == interview.id)
        .order_by(StaffUser.id)
    )
    rows = [PanelRow(each.name, each.id == user.id, *counts.get(each.id, [0])) for each in reviewers]
    return sorted(rows, key=lambda row: sort_key(row.name)), total


def _number_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def agreement_on(session: Session, user: StaffUser, interview: Interview) -> dict[str, Agreement]:
    """Return the agreement of reviewers by question id, over the answers for which `user` has handed in a score.

    A score counts with the level that it had before its reviewer could see colleagues' scores.
    """
    level_unseen = case((Score.comment_before.is_not(None), Score.level_before), else_=Score.level)
    query = _open_scores(user, interview).with_only_columns(Answer.question_id, Answer.id, level_unseen)
    levels: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for question_id, answer_id, level in session.execute(query):
        if level is not None:
            levels[question_id][answer_id].append(level)
    return {question.id: agreement(levels[question.id].values()) for question in interview.questions}


def side_by_side(session: Session, user: StaffUser, interview: Interview, question_id: str, page: int) -> SideBySide:
    """Return a page of the answers to a question, in the order of the interview's list of candidates.

    Raises NotFoundError if the interview has no such question.
    """
    question = next((each for each in interview.questions if each.id == question_id), None)
    if question is None:
        raise NotFoundError()
    sent = _sent(interview).where(Answer.question_id == question_id)
    total = session.scalar(sent.with_only_columns(func.count(Answer.id))) or 0
    last = max(1, -(-total // PAGE))
    number = min(max(page, 1), last)
    order = [Attempt.id] if is_blind(interview) else [Invitation.sort_key, Attempt.id]
    rows = session.execute(
        sent.join(Question, Question.id == Answer.question_id)
        .with_only_columns(Answer.id, Attempt.id, Invitation.candidate_name, Invitation.reference, NUMBER)
        .order_by(*order)
        .offset((number - 1) * PAGE)
        .limit(PAGE)
    ).all()
    scores = _scores_of(session, user, interview, [row[0] for row in rows])
    beside = [
        AnswerBeside(answer, shown_name(interview, attempt, name, reference), asked_as, scores[answer])
        for answer, attempt, name, reference, asked_as in rows
    ]
    return SideBySide(question, beside, number, last, total)


def export_rows(session: Session, user: StaffUser, interview: Interview) -> list[ExportRow]:
    """Return every score that this reviewer may see, ordered by candidate, question and reviewer."""
    rows = session.execute(
        _sent(interview)
        .join(Question, Question.id == Answer.question_id)
        .with_only_columns(
            Answer.id, Answer.question_id, Attempt.id, Invitation.candidate_name, Invitation.reference, NUMBER, PROMPT
        )
    ).all()
    scores = _scores_of(session, user, interview, [row[0] for row in rows])
    lines = [
        ExportRow(
            shown_name(interview, attempt, name), shown_reference(interview, attempt, reference), attempt,
            number, prompt, question, answer, score,
        )
        for answer, question, attempt, name, reference, number, prompt in rows
        for score in scores[answer]
    ]  # fmt: skip
    return sorted(
        lines, key=lambda line: (sort_key(line.candidate), line.reference, line.question, sort_key(line.score.reviewer))
    )


def _sent(interview: Interview) -> Select[str]:
    return (
        select(Answer.id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .where(Invitation.interview_id == interview.id, Attempt.submitted_at.is_not(None))
    )


def _scores_beside_own(user: StaffUser, interview: Interview) -> Select[str]:
    """Select all scores of the answers for which the reviewer who asks has handed in their own score."""
    own = aliased(Score)
    return (
        _sent(interview)
        .join(own, own.answer_id == Answer.id)
        .join(Score, Score.answer_id == Answer.id)
        .where(own.reviewer_id == user.id, own.handed_in_at.is_not(None))
    )


def _open_scores(user: StaffUser, interview: Interview) -> Select[str]:
    """Select the handed-in scores of answers for which the reviewer who asks has handed in their own score."""
    return _scores_beside_own(user, interview).where(Score.handed_in_at.is_not(None))


def _scores_of(
    session: Session, user: StaffUser, interview: Interview, answer_ids: Sequence[str]
) -> dict[str, list[SeenScore]]:
    """Return the scores that the reviewer may see, by answer id.

    These are the reviewer's own scores, including drafts, and colleagues' scores of answers for which the reviewer's
    own score is handed in. If a colleague has reopened a score and not handed it in again, its level and comment are
    left out.
    """
    names = {
        (level.question_id, level.position): level.name
        for level in session.scalars(
            select(RubricLevel)
            .join(Question, Question.id == RubricLevel.question_id)
            .where(Question.interview_id == interview.id)
        )
    }
    given = (Score.level, Score.comment, Score.handed_in_at, Score.reopened_at, Score.changed_after_seeing)
    hidden = (null(), literal(""), null(), Score.reopened_at, false())
    columns = (Answer.id, Answer.question_id, Score.reviewer_id)
    own = _sent(interview).join(Score, Score.answer_id == Answer.id).where(Score.reviewer_id == user.id)
    others = _open_scores(user, interview).where(Score.reviewer_id != user.id)
    people = dict(session.execute(select(StaffUser.id, StaffUser.name)).all())
    wanted, found = set(answer_ids), defaultdict[str, list[SeenScore]](list)
    is_reopened = Score.handed_in_at.is_(None) & Score.reopened_at.is_not(None)
    reopened = _scores_beside_own(user, interview).where(Score.reviewer_id != user.id, is_reopened)
    for query, shown in ((own, given), (others, given), (reopened, hidden)):
        for answer, question, reviewer, level, *rest in session.execute(query.with_only_columns(*columns, *shown)):
            if answer in wanted:
                name = names.get((question, level)) if level else None
                found[answer].append(SeenScore(people[reviewer], reviewer == user.id, level, name, *rest))
    for scores in found.values():
        scores.sort(key=lambda score: (not score.is_you, sort_key(score.reviewer)))
    return found
