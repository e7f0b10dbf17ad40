"""Thinking time before a recording. It starts when the candidate first opens the question, on any device.

When it ends, nothing is stopped or started.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accommodations import services as accommodations
from app.accommodations.rules import portion_seconds, with_more_time
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError
from app.interviews.models import Attempt, Question
from app.recording.more_time import MoreTime
from app.recording.question_status import QuestionTask
from app.recording.thinking_models import ThinkingTime


@dataclass(frozen=True, slots=True)
class Thinking:
    """The total and the remaining thinking time in seconds, and the remaining "More time" (None: not available)."""

    seconds: int
    left: int
    more: MoreTime | None


def is_to_begin(session: Session, attempt: Attempt, task: QuestionTask) -> bool:
    """Return whether the question has thinking time that has not started yet."""
    has_time = bool(task.limits.thinking_seconds) and not task.takes
    return has_time and session.get(ThinkingTime, (attempt.id, task.question.id)) is None


def begin(session: Session, attempt: Attempt, question_id: str, *, now: datetime) -> None:
    """Start the thinking time, unless it has started. The caller must have locked the attempt."""
    if session.get(ThinkingTime, (attempt.id, question_id)) is None:
        session.add(ThinkingTime(attempt_id=attempt.id, question_id=question_id, begun_at=now, presses=0))
        session.flush()


def thinking_of(session: Session, attempt: Attempt, task: QuestionTask, *, now: datetime) -> Thinking | None:
    """Return the thinking time of a question, or None if the question has no thinking time or already has a take."""
    if not task.limits.thinking_seconds or task.takes:
        return None
    found = session.get(ThinkingTime, (attempt.id, task.question.id))
    begun_at, presses = (found.begun_at, found.presses) if found else (now, 0)
    seconds = _whole(task, presses)
    passed = max(0, int((now - begun_at).total_seconds()))
    return Thinking(seconds, max(0, seconds - passed), _more(session, task.question, presses))


def take_more(session: Session, attempt: Attempt, task: QuestionTask, *, now: datetime) -> None:
    """Add one portion of thinking time, counted from now if the time is over (WCAG 2.2.1).

    The caller must have locked the attempt. Raises ConflictError if there is no thinking time or no portion is left.
    """
    remaining = thinking_of(session, attempt, task, now=now)
    if remaining is None or remaining.more is None:
        raise ConflictError(
            _("No more time to think can be added."), next_step=_("Start recording when you are ready.")
        )
    begin(session, attempt, task.question.id, now=now)
    row = session.get_one(ThinkingTime, (attempt.id, task.question.id))
    if remaining.left == 0:
        row.begun_at = now - timedelta(seconds=remaining.seconds)
    row.presses += 1
    session.flush()
    record(
        session, AuditAction.MORE_THINKING_TAKEN, actor=Actor("candidate", attempt.id),
        subject=("attempt", attempt.id), now=now, question=task.question.id,
        question_number=task.question.position, press=row.presses, seconds=remaining.more.seconds,
    )  # fmt: skip


def _whole(task: QuestionTask, presses: int) -> int:
    whole = with_more_time(
        task.limits.thinking_seconds, presses=presses, standard_seconds=task.question.thinking_seconds
    )
    return whole or 0


def _more(session: Session, question: Question, presses: int) -> MoreTime | None:
    if question.thinking_seconds is None:
        return None
    left = accommodations.policy_of(session, question.interview_id).more_time_presses - presses
    return MoreTime(left, portion_seconds(question.thinking_seconds)) if left > 0 else None
