"""The panel of an interview: progress, the answers to one question side by side, agreement, and the export.

Colleagues' scores of an answer are returned only if the reviewer who asks has handed in their own score of that answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, false, func, literal, null, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import StaffUser
from app.captions.needed import needed_among, needed_in
from app.errors import NotFoundError
from app.folding import sort_key
from app.interviews.models import Attempt, Interview, InterviewReviewer, Invitation, Question
from app.keyset import Count, Page, Place, count_of, counted, page_of
from app.recording.models import Answer
from app.review.agreement import Agreement, agreement
from app.review.models import RubricLevel, Score
from app.review.services import order_of_candidates, sent_in, shown_name, shown_reference

PAGE = 50
MAX_COUNTED = 10_000
MAX_COMPARED = 2_000
"""Maximum number of answers, the latest ones, on which the agreement of reviewers is measured."""
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
    handed_in: Count
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
    needs_captions: bool = False
    """Whether a person has to make its captions."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One page of all answers to a question."""

    question: Question
    page: Page[AnswerBeside]


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
    needs_captions: bool
    score: SeenScore


def progress_of(session: Session, user: StaffUser, interview: Interview) -> tuple[list[PanelRow], Count]:
    """Return how many scores each reviewer has handed in, and the number of answers sent in the interview.

    The scores themselves are not returned. At most MAX_COUNTED of each are counted.
    """
    theirs = select(Score.id).where(Score.interview_id == interview.id, Score.reviewer_id == StaffUser.id)
    is_in, was_reopened = Score.handed_in_at.is_not(None), Score.reopened_at.is_not(None)
    kinds = (is_in,), (was_reopened,), (was_reopened, is_in & Score.changed_after_seeing)
    columns = [counted(theirs.where(*each), StaffUser, most=MAX_COUNTED) for each in kinds]
    reviewers = session.execute(
        select(StaffUser, *columns)
        .join(InterviewReviewer, InterviewReviewer.user_id == StaffUser.id)
        .where(InterviewReviewer.interview_id == interview.id)
        .order_by(StaffUser.id)
    )
    rows = [
        PanelRow(each.name, each.id == user.id, Count.of(numbers[0], MAX_COUNTED), *numbers[1:])
        for each, *numbers in reviewers
    ]
    return sorted(rows, key=lambda row: sort_key(row.name)), count_of(session, _sent(interview), most=MAX_COUNTED)


def agreement_on(session: Session, user: StaffUser, interview: Interview) -> dict[str, Agreement]:
    """Return the agreement of reviewers by question id, over the answers for which `user` has handed in a score.

    Of these, the latest MAX_COMPARED are compared. A score counts with the level that it had before its reviewer could see
    colleagues' scores.
    """
    own = select(Score.answer_id).where(
        Score.interview_id == interview.id, Score.reviewer_id == user.id, Score.handed_in_at.is_not(None)
    )
    latest = own.order_by(Score.handed_in_at.desc()).limit(MAX_COMPARED).subquery()
    level_unseen = case((Score.comment_before.is_not(None), Score.level_before), else_=Score.level)
    query = (
        select(Answer.question_id, Answer.id, level_unseen)
        .select_from(latest)
        .join(Answer, Answer.id == latest.c.answer_id)
        .join(Score, Score.answer_id == Answer.id)
        .where(Score.handed_in_at.is_not(None))
    )
    levels: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for question_id, answer_id, level in session.execute(query):
        if level is not None:
            levels[question_id][answer_id].append(level)
    return {question.id: agreement(levels[question.id].values()) for question in interview.questions}


def side_by_side(session: Session, user: StaffUser, interview: Interview, question_id: str, place: Place) -> SideBySide:
    """Return a page of the answers to a question, in the order of the interview's list of candidates.

    Raises NotFoundError if the interview has no such question.
    """
    question = next((each for each in interview.questions if each.id == question_id), None)
    if question is None:
        raise NotFoundError()
    # An outer join, so that the database goes through the candidates in order instead of sorting all answers.
    is_given = (Answer.attempt_id == Attempt.id) & (Answer.question_id == question_id)
    query = (
        select(
            Answer.id, Attempt.id, Invitation.candidate_name, Invitation.reference,
            func.coalesce(Answer.asked_number, question.position), Answer.take_id,
        )
        .select_from(Attempt)
        .join(Attempt.invitation)
        .outerjoin(Answer, is_given)
        .where(*sent_in(interview), func.coalesce(Answer.id, "") != "")
    )  # fmt: skip
    page = page_of(session, query, order_of_candidates(interview), place, size=PAGE)
    scores = _scores_of(session, user, interview, [row[0] for row in page.rows])
    needed = needed_among(session, [row[5] for row in page.rows if row[5]])
    beside = [
        AnswerBeside(answer, shown_name(interview, attempt, name, reference), asked_as, scores[answer], take in needed)
        for answer, attempt, name, reference, asked_as, take, *_ in page.rows
    ]
    return SideBySide(question, page.with_rows(beside))


def export_rows(session: Session, user: StaffUser, interview: Interview) -> list[ExportRow]:
    """Return every score that this reviewer may see, ordered by candidate, question and reviewer."""
    rows = session.execute(
        _sent(interview)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .join(Question, Question.id == Answer.question_id)
        .with_only_columns(
            Answer.id, Answer.question_id, Attempt.id, Invitation.candidate_name, Invitation.reference, NUMBER, PROMPT,
            Answer.take_id,
        )
    ).all()  # fmt: skip
    scores = _scores_of(session, user, interview, None)
    needed = needed_in(session, interview.id)
    lines = [
        ExportRow(
            shown_name(interview, attempt, name), shown_reference(interview, attempt, reference), attempt,
            number, prompt, question, answer, take in needed, score,
        )
        for answer, question, attempt, name, reference, number, prompt, take in rows
        for score in scores[answer]
    ]  # fmt: skip
    return sorted(
        lines, key=lambda line: (sort_key(line.candidate), line.reference, line.question, sort_key(line.score.reviewer))
    )


def _sent(interview: Interview) -> Select[str]:
    return (
        select(Answer.id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.interview_id == interview.id, Attempt.submitted_at.is_not(None))
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
    session: Session, user: StaffUser, interview: Interview, answer_ids: Sequence[str] | None
) -> dict[str, list[SeenScore]]:
    """Return the scores of these answers, or of all (None), that the reviewer may see, by answer id.

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
    found = defaultdict[str, list[SeenScore]](list)
    wanted = [] if answer_ids is None else [Answer.id.in_(answer_ids)]
    is_reopened = Score.handed_in_at.is_(None) & Score.reopened_at.is_not(None)
    reopened = _scores_beside_own(user, interview).where(Score.reviewer_id != user.id, is_reopened)
    for query, shown in ((own, given), (others, given), (reopened, hidden)):
        rows = session.execute(query.where(*wanted).with_only_columns(*columns, *shown))
        for answer, question, reviewer, level, *rest in rows:
            name = names.get((question, level)) if level else None
            found[answer].append(SeenScore(people[reviewer], reviewer == user.id, level, name, *rest))
    for scores in found.values():
        scores.sort(key=lambda score: (not score.is_you, sort_key(score.reviewer)))
    return found
