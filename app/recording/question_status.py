"""Where a candidate's questions stand: their takes, what is left of them, and what was chosen. Reads, and changes
nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Limits
from app.interviews.asked import AskedQuestion, asked_of
from app.interviews.models import Attempt, Question
from app.recording import rules
from app.recording.answers import drafts_of
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
from app.recording.rules import Coming, TaskState


@dataclass(frozen=True, slots=True)
class QuestionTask:
    """One question of a candidate's task list."""

    question: Question
    asked: AskedQuestion
    """Its number and words for this candidate: as it was sent, once it is."""
    state: TaskState
    takes: Sequence[Take]
    """Those that are kept, the first one first; not those that brought nothing."""
    limits: Limits
    """Those under which a take would begin now."""
    takes_left: int | None
    """How many may still be started; None is no limit."""
    answer: Answer | None
    ended: Sequence[str]
    """The ids of takes to which nothing can be recorded any more: stopped, or removed."""
    is_open: bool
    """Whether it may be begun: with a fixed order, when those before it have been."""
    to_send: Take | None
    """The take that goes with the answers if they are sent now: the chosen one, or the newest that can be watched. Where
    there is nothing else, one of which nothing has arrived yet."""
    passed_over: Take | None
    """A newer recording of which nothing has arrived yet, so that another answer is sent; None where one was chosen."""

    @property
    def is_answered(self) -> bool:
        """Whether something was chosen as its answer; a recording that cannot be read does not count."""
        return self.answer is not None and not (self.answer.take and is_unreadable(self.answer.take))

    @property
    def is_uploading(self) -> bool:
        """Whether part of the chosen take has not arrived, and may still come."""
        return self.answer is not None and self.coming is not None

    @property
    def coming(self) -> Coming | None:
        """What has not arrived of the take that would be sent; None when nothing more is to come."""
        return coming_of(self.to_send) if self.to_send else None

    @property
    def told(self) -> tuple[int | None, ...]:
        """What a candidate is told before sending: seconds that have not arrived, and None for what nobody can count."""
        return (self.coming.told if self.coming else ()) + ((None,) if self.passed_over else ())

    @property
    def is_uncertain(self) -> bool:
        """Whether it is unknown if anything is missing."""
        return self.coming is not None and not self.coming.missing_ms


def task_list(session: Session, attempt: Attempt) -> list[QuestionTask]:
    """Return the questions of an attempt in their order, each with where it stands."""
    takes = takes_of(session, attempt.id)
    answers = {answer.question_id: answer for answer in answers_of(session, attempt.id)}
    given = accommodations.given_to(session, attempt.id)
    drafts = drafts_of(session, attempt.id)
    tasks: list[QuestionTask] = []
    questions = {question.id: question for question in attempt.interview.questions}
    for asked in asked_of(attempt):
        question = questions.get(asked.question_id)
        if question is None:  # removed in the moment in which the answers were sent
            continue
        is_open = attempt.interview.any_order or all(task.state != TaskState.NOT_STARTED for task in tasks)
        own = [take for take in takes if take.question_id == question.id]
        tasks.append(_task(question, asked, own, answers.get(question.id), is_open, given, drafts.get(question.id)))
    return tasks


def takes_of(session: Session, attempt_id: str, question_id: str | None = None) -> list[Take]:
    """Return the takes of an attempt, or of one question of it, by number; removed ones too, since they count."""
    query = select(Take).where(Take.attempt_id == attempt_id).order_by(Take.question_id, Take.number)
    if question_id is not None:
        query = query.where(Take.question_id == question_id)
    query = query.options(selectinload(Take.uploads), selectinload(Take.stages), selectinload(Take.media))
    return list(session.scalars(query))


def answers_of(session: Session, attempt_id: str) -> list[Answer]:
    """Return what an attempt has chosen so far."""
    query = select(Answer).where(Answer.attempt_id == attempt_id).options(joinedload(Answer.take))
    return list(session.scalars(query))


def kept_takes(takes: Sequence[Take]) -> list[Take]:
    """Return the takes that there is something of."""
    return [take for take in takes if take.removed_at is None and not is_reserved(take)]


def takes_left(limits: Limits, takes: Sequence[Take]) -> int | None:
    """Return how many takes of a question may still be started, given all that there were. None is no limit.

    A take and the recordings that could not be added to it count as one.
    """
    return rules.takes_left(limits.retakes, len({take.recovery_of or take.id for take in takes if is_used(take)}))


def is_used(take: Take) -> bool:
    """Whether something was recorded in a take, removed or not. One that brought nothing counts for nothing, and so does
    one that cannot be read.
    """
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
        takes_left=takes_left(limits, takes),
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
