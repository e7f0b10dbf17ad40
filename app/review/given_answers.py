"""The answers of candidates for lists: one entry for each question, with the state of the recording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.interviews.asked import AskedQuestion, asked_of
from app.interviews.models import Attempt, Question
from app.recording.models import Answer, Take
from app.recording.processing import TakeState, state_of


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One candidate's answer to one question. `id` is None if there is no answer; `state` is None for a written answer.

    `number` is the number that the question had when the candidate was asked it, or None if they were not asked it.
    """

    question: Question
    number: int | None
    id: str | None
    state: TakeState | None
    take_id: str | None = None
    is_deleted: bool = False
    """Whether the candidate gave an answer that has been deleted since."""
    needs_captions: bool = False
    """Whether a person has to make its captions."""

    @property
    def is_written(self) -> bool:
        """Whether the answer was typed instead of recorded."""
        return self.id is not None and self.state is None


def answers_of(session: Session, attempt_ids: Sequence[str]) -> dict[str, dict[str, Answer]]:
    """Return the answers of attempts by attempt id and question id."""
    query = (
        select(Answer)
        .where(Answer.attempt_id.in_(attempt_ids))
        .options(joinedload(Answer.take), selectinload(Answer.take, Take.stages))
    )
    found: dict[str, dict[str, Answer]] = defaultdict(dict)
    for answer in session.scalars(query):
        found[answer.attempt_id][answer.question_id] = answer
    return found


def row_of(
    questions: Sequence[Question], attempt: Attempt, answers: dict[str, Answer], needed: Collection[str] = ()
) -> list[GivenAnswer]:
    """Return the answers of a candidate. `needed` are the takes whose captions a person has to make."""
    asked = {each.question_id: each for each in asked_of(attempt)}
    return [_given(question, asked.get(question.id), answers.get(question.id), needed) for question in questions]


def _given(
    question: Question, asked: AskedQuestion | None, answer: Answer | None, needed: Collection[str]
) -> GivenAnswer:
    if answer is None or (answer.take is not None and answer.take.removed_at is not None):
        number, is_deleted = (asked.number, asked.answer_id is not None) if asked else (None, False)
        return GivenAnswer(question, number, None, None, is_deleted=is_deleted)
    state = state_of(answer.take) if answer.take else None
    needs_captions = answer.take_id in needed
    return GivenAnswer(
        question, answer.question_number, answer.id, state, answer.take_id, needs_captions=needs_captions
    )
