"""A panel at work: who has scored how much, all answers to one question side by side, agreement, and the export.

Whatever leaves here about colleagues is of answers that the one who asks has scored themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import StaffUser
from app.errors import NotFound
from app.interviews.models import Attempt, Interview, InterviewReviewer, Invitation, Question
from app.recording.models import Answer
from app.review.agreement import Agreement, agreement
from app.review.models import RubricLevel, Score
from app.review.services import shown_name, shown_reference

PAGE = 50
NUMBER = func.coalesce(Answer.asked_number, Question.position)
"""The number of the question as the candidate was asked it."""
PROMPT = func.coalesce(Answer.asked_prompt, Question.prompt)
"""Its words."""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A reviewer, and of how many answers their score is in."""

    name: str
    is_you: bool
    handed_in: int


@dataclass(frozen=True, slots=True)
class SeenScore:
    """A score that may be seen: by whom, its level by name (None: none), and what was said."""

    reviewer: str
    is_you: bool
    level: int | None
    level_name: str | None
    comment: str
    handed_in_at: datetime | None

    @property
    def is_in(self) -> bool:
        """Whether it is handed in, and no draft."""
        return self.handed_in_at is not None


@dataclass(frozen=True, slots=True)
class AnswerBeside:
    """One candidate's answer to the question that is compared, with the scores of it that may be seen."""

    answer_id: str
    candidate: str
    number: int
    """That of the question as this candidate was asked it."""
    scores: Sequence[SeenScore]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A page of all answers to one question; pages count from 1."""

    question: Question
    rows: Sequence[AnswerBeside]
    number: int
    last: int
    total: int


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A line of the export. `candidate_id` is the attempt's; in blind review the reference is the label."""

    candidate: str
    reference: str
    candidate_id: str
    question: int
    prompt: str
    question_id: str
    answer_id: str
    score: SeenScore


def progress_of(session: Session, user: StaffUser, interview: Interview) -> tuple[list[PanelRow], int]:
    """Return every reviewer with the number of scores that are in, and how many answers there are. No score is told."""
    total = session.scalar(_sent(interview).with_only_columns(func.count(Answer.id))) or 0
    counted = (
        _sent(interview)
        .join(Score, Score.answer_id == Answer.id)
        .where(Score.handed_in_at.is_not(None))
        .with_only_columns(Score.reviewer_id, func.count())
        .group_by(Score.reviewer_id)
    )
    counts = dict(session.execute(counted).all())
    reviewers = session.scalars(
        select(StaffUser)
        .join(InterviewReviewer, InterviewReviewer.user_id == StaffUser.id)
        .where(InterviewReviewer.interview_id == interview.id)
        .order_by(StaffUser.name, StaffUser.id)
    )
    return [PanelRow(each.name, each.id == user.id, counts.get(each.id, 0)) for each in reviewers], total


def agreement_on(session: Session, user: StaffUser, interview: Interview) -> dict[str, Agreement]:
    """Return by question how far reviewers agree, over the answers that the one who asks has scored."""
    query = _open_scores(user, interview).with_only_columns(Answer.question_id, Answer.id, Score.level)
    levels: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for question_id, answer_id, level in session.execute(query):
        if level is not None:
            levels[question_id][answer_id].append(level)
    return {question.id: agreement(levels[question.id].values()) for question in interview.questions}


def side_by_side(session: Session, user: StaffUser, interview: Interview, question_id: str, page: int) -> SideBySide:
    """Return a page of the answers to a question, in the order of the interview's list. Raises NotFound."""
    question = next((each for each in interview.questions if each.id == question_id), None)
    if question is None:
        raise NotFound()
    sent = _sent(interview).where(Answer.question_id == question_id)
    total = session.scalar(sent.with_only_columns(func.count(Answer.id))) or 0
    last = max(1, -(-total // PAGE))
    number = min(max(page, 1), last)
    order = [Attempt.id] if interview.blind != "off" else [func.lower(Invitation.candidate_name), Attempt.id]
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
    """Return every score that this reviewer may see, by candidate and question."""
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
        lines, key=lambda line: (line.candidate.casefold(), line.reference, line.question, line.score.reviewer)
    )


def _sent(interview: Interview) -> Select[str]:
    return (
        select(Answer.id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .where(Invitation.interview_id == interview.id, Attempt.submitted_at.is_not(None))
    )


def _open_scores(user: StaffUser, interview: Interview) -> Select[str]:
    """Select the scores that are in, of answers of which the one who asks has handed in their own."""
    own = aliased(Score)
    return (
        _sent(interview)
        .join(own, own.answer_id == Answer.id)
        .join(Score, Score.answer_id == Answer.id)
        .where(own.reviewer_id == user.id, own.handed_in_at.is_not(None), Score.handed_in_at.is_not(None))
    )


def _scores_of(
    session: Session, user: StaffUser, interview: Interview, answer_ids: Sequence[str]
) -> dict[str, list[SeenScore]]:
    """Return the scores that may be seen, by answer: one's own, drafts too; colleagues' where one's own is in."""
    names = {
        (level.question_id, level.position): level.name
        for level in session.scalars(
            select(RubricLevel)
            .join(Question, Question.id == RubricLevel.question_id)
            .where(Question.interview_id == interview.id)
        )
    }
    given = (Score.level, Score.comment, Score.handed_in_at)
    columns = (Answer.id, Answer.question_id, Score.reviewer_id, *given)
    own = _sent(interview).join(Score, Score.answer_id == Answer.id).where(Score.reviewer_id == user.id)
    others = _open_scores(user, interview).where(Score.reviewer_id != user.id)
    people = dict(session.execute(select(StaffUser.id, StaffUser.name)).all())
    wanted, found = set(answer_ids), defaultdict[str, list[SeenScore]](list)
    for query in (own, others):
        for answer, question, reviewer, level, comment, at in session.execute(query.with_only_columns(*columns)):
            if answer in wanted:
                name = names.get((question, level)) if level else None
                is_you = reviewer == user.id
                found[answer].append(SeenScore(people[reviewer], is_you, level, name, comment, at))
    return found
