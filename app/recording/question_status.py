"""The state of a candidate's questions: their takes, the takes left, and the answers. This module only reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Limits
from app.errors import NotFoundError
from app.interviews.asked import AskedQuestion, asked_of
from app.interviews.models import Attempt, Question
from app.recording import rules
from app.recording.answers import drafts_of
from app.recording.arrival import ArrivalProgress
from app.recording.completion import (
    bytes_of,
    coming_of,
    is_awaited,
    is_choosable,
    is_interrupted,
    is_reserved,
    is_unreadable,
)
from app.recording.models import Answer, Take, WrittenDraft
from app.recording.rules import TaskState


@dataclass(frozen=True, slots=True)
class QuestionTask:
    """One question of a candidate's task list."""

    question: Question
    asked: AskedQuestion
    """Number and text of the question for this candidate. They no longer change after the answers are sent."""
    state: TaskState
    takes: Sequence[Take]
    """The takes that are kept, oldest first (see `kept_takes`)."""
    limits: Limits
    """The limits of a take that starts now."""
    remaining_takes: int | None
    """The number of takes that may still be started. None means unlimited."""
    answer: Answer | None
    ended: Sequence[str]
    """The ids of takes that were stopped or removed, so that nothing more can be recorded for them."""
    is_open: bool
    """True if the question may be started. In a fixed order, all earlier questions must have been started."""
    to_send: Take | None
    """The take that would be sent now: the chosen one, or the newest that can be watched, or else a take of which no
    bytes have arrived yet.
    """
    passed_over: Take | None
    """A newer take than the one to send, of which no bytes have arrived. None if the candidate has chosen an answer."""

    @property
    def is_answered(self) -> bool:
        """Return whether the question has an answer. A recording that cannot be read does not count."""
        return self.answer is not None and not (self.answer.take and is_unreadable(self.answer.take))

    @property
    def has_something(self) -> bool:
        """Return whether something would be sent for the question: its answer, or else its newest recording or its text."""
        return self.state not in (TaskState.NOT_STARTED, TaskState.UNREADABLE)

    @property
    def is_uploading(self) -> bool:
        """Return whether part of the chosen take has not arrived but may still arrive."""
        return self.answer is not None and self.coming is not None

    @property
    def coming(self) -> ArrivalProgress | None:
        """Return how much of the take to send has arrived and how much is missing. None if nothing more is expected."""
        return coming_of(self.to_send) if self.to_send else None

    @property
    def told(self) -> tuple[int | None, ...]:
        """Return the missing parts that the candidate is told about: seconds, or None for a part of unknown length."""
        return (self.coming.told if self.coming else ()) + ((None,) if self.passed_over else ())

    @property
    def is_uncertain(self) -> bool:
        """Return whether more of the take may arrive, but the server does not know how much."""
        return self.coming is not None and not self.coming.missing_ms


def task_list(session: Session, attempt: Attempt) -> list[QuestionTask]:
    """Return the questions of an attempt, in order, each with its state."""
    takes = takes_of(session, attempt.id)
    answers = {answer.question_id: answer for answer in answers_of(session, attempt.id)}
    given = accommodations.given_to(session, attempt.id)
    drafts = drafts_of(session, attempt.id)
    tasks: list[QuestionTask] = []
    questions = {question.id: question for question in attempt.interview.questions}
    for asked in asked_of(attempt):
        question = questions.get(asked.question_id)
        if question is None:  # the question was removed while the answers were being sent
            continue
        is_open = attempt.interview.any_order or all(task.state != TaskState.NOT_STARTED for task in tasks)
        own = [take for take in takes if take.question_id == question.id]
        tasks.append(_task(question, asked, own, answers.get(question.id), is_open, given, drafts.get(question.id)))
    return tasks


def find_task(session: Session, attempt: Attempt, question_id: str) -> QuestionTask:
    """Return one question of an attempt with its state. Raises NotFoundError if the candidate is not asked this
    question.
    """
    task = next((task for task in task_list(session, attempt) if task.question.id == question_id), None)
    if task is None:
        raise NotFoundError()
    return task


def takes_of(session: Session, attempt_id: str, question_id: str | None = None) -> list[Take]:
    """Return the takes of an attempt, or of one of its questions, by number. Removed takes are included."""
    query = select(Take).where(Take.attempt_id == attempt_id).order_by(Take.question_id, Take.number)
    if question_id is not None:
        query = query.where(Take.question_id == question_id)
    query = query.options(selectinload(Take.uploads), selectinload(Take.stages), selectinload(Take.media))
    return list(session.scalars(query))


def answers_of(session: Session, attempt_id: str) -> list[Answer]:
    """Return the answers that were chosen in an attempt so far."""
    query = select(Answer).where(Answer.attempt_id == attempt_id).options(joinedload(Answer.take))
    return list(session.scalars(query))


def kept_takes(takes: Sequence[Take]) -> list[Take]:
    """Return the takes that were not removed and are not empty (see `completion.is_reserved`)."""
    return [take for take in takes if take.removed_at is None and not is_reserved(take)]


def _remaining_takes(limits: Limits, takes: Sequence[Take]) -> int | None:
    """Return how many takes of a question may still be started, given all its takes. None means unlimited.

    A take and the recordings that could not be added to it count as one.
    """
    return rules.remaining_takes(limits.retakes, len({take.recovery_of or take.id for take in takes if is_used(take)}))


def is_used(take: Take) -> bool:
    """Return whether a take counts as one of the allowed takes. Removed takes do; empty and unreadable takes do not."""
    return (take.stopped_at is not None or bytes_of(take) > 0) and not is_unreadable(take)


def _task(
    question: Question,
    asked: AskedQuestion,
    takes: Sequence[Take],
    answer: Answer | None,
    is_open: bool,
    given: Sequence[Given],
    draft: WrittenDraft | None,
) -> QuestionTask:
    kept = kept_takes(takes)
    limits = accommodations.limits_of(question, given)
    readable = [take for take in kept if not is_unreadable(take)]
    is_answered = answer is not None and not (answer.take and is_unreadable(answer.take))
    is_written = draft is not None and bool(draft.text.strip())
    chosen = answer.take if is_answered and answer else _newest(kept, _has_something)
    awaited = None if is_answered else _newest(takes, is_awaited)
    is_alone = not (is_answered or chosen or is_written)
    if chosen and awaited and awaited.number < chosen.number:
        awaited = None
    state = rules.task_state(
        is_answered=is_answered,
        has_recording=any(not is_interrupted(take) for take in readable),
        is_interrupted=any(is_interrupted(take) for take in kept),
        is_written=is_written,
        is_awaited=awaited is not None,
        is_unreadable=len(readable) < len(kept),
    )
    return QuestionTask(
        question=question,
        asked=asked,
        state=state,
        takes=kept,
        limits=limits,
        remaining_takes=_remaining_takes(limits, takes),
        answer=answer,
        ended=[take.id for take in takes if take.stopped_at is not None or take.removed_at is not None],
        is_open=is_open,
        to_send=awaited if is_alone else chosen,
        passed_over=None if is_alone else awaited,
    )


def _has_something(take: Take) -> bool:
    return is_choosable(take) and not is_awaited(take)


def _newest(takes: Sequence[Take], is_wanted: Callable[[Take], bool]) -> Take | None:
    return next((take for take in reversed(takes) if is_wanted(take)), None)
