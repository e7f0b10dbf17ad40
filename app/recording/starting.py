"""Start a take: the first one, a retake, a take continued on another device, or a take from bytes kept in a browser.

A take belongs to the recorder that started it, identified by a random name made by the browser. An empty take is never
given to another recorder, because two devices could then record into one take. The caller must have locked the attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accommodations import services as accommodations
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, GoneError, NotFoundError
from app.interviews import services as interviews
from app.interviews.asked import asked_of
from app.interviews.models import Attempt, Question
from app.interviews.rules import language_chosen
from app.recording import rules
from app.recording.answers import find_answer
from app.recording.completion import is_awaited, is_interrupted, is_open, is_reserved, lock_take, remove_take
from app.recording.in_force import record_in_force
from app.recording.in_use import hold_question
from app.recording.models import Take, TakeKind
from app.recording.question_status import find_task, is_used, kept_takes, takes_of


@dataclass(frozen=True, slots=True)
class TakeChange:
    """A take after a change. `is_new`: the change made the take. `became_complete`: the change completed it."""

    take: Take
    is_new: bool = False
    became_complete: bool = False


def find_question(attempt: Attempt, question_id: str) -> Question:
    """Return a question that the candidate is asked. Raises NotFoundError for any other question."""
    asked = {each.question_id for each in asked_of(attempt)}
    for question in attempt.interview.questions:
        if question.id == question_id and question.id in asked:
            return question
    raise NotFoundError()


def require_new_take(session: Session, attempt: Attempt, question_id: str, *, now: datetime) -> Question:
    """Return the question if another take of it may be started now.

    Raises NotFoundError if the candidate is not asked this question; ConflictError if the answers were sent, consent is
    missing, no take is left or an earlier question comes first; GoneError after the deadline.
    """
    task = find_task(session, attempt, question_id)
    if not interviews.accepts_recording(attempt, now):
        raise closed(attempt)
    if not task.is_open:
        raise ConflictError(_("Answer the questions before this one first."), title=_("Not yet"))
    if task.remaining_takes == 0 or len(task.takes) >= rules.MAX_TAKES:
        raise ConflictError(
            _("You have used all your recordings of this question."),
            title=_("No recording is left"),
            kept=_("All your recordings are kept until you send your answers."),
            next_step=_("Choose one of your recordings."),
        )
    return task.question


def start_take(
    session: Session,
    attempt: Attempt,
    question_id: str,
    kind: TakeKind,
    *,
    recorder: str | None = None,
    now: datetime,
) -> TakeChange:
    """Start a take with a snapshot of the limits in force now.

    An empty take of the same recorder is reused, so that a lost response or a cancelled countdown does not make a
    second take. Raises the errors of `require_new_take`.
    """
    question = require_new_take(session, attempt, question_id, now=now)
    hold_question(session, question_id)
    takes = takes_of(session, attempt.id, question_id)
    _limit_empty_takes(session, takes, now)
    own = (take for take in takes if recorder is not None and take.recorder == recorder and is_reserved(take))
    reserved = next((take for take in own if take.recovery_of is None and not is_awaited(take)), None)
    take = reserved or _new_take(attempt, question_id, takes, recorder)
    grants = accommodations.grants_of(session, attempt.id)
    limits = accommodations.limits_of(question, [grant.given for grant in grants]).as_snapshot()
    has_changed = take.limits != limits
    take.kind, take.limits, take.started_at, take.asked_number = str(kind), limits, now, question.position
    take.language = language_chosen(attempt.preferences, question.answer_languages)
    session.add(take)
    session.flush()
    if has_changed:
        _record(session, AuditAction.TAKE_STARTED, take, now, **limits)
        record_in_force(session, take, grants, actor=_candidate(take), now=now)
    return TakeChange(take, is_new=reserved is None)


def continue_take(session: Session, attempt: Attempt, take_id: str, recorder: str, *, now: datetime) -> Take:
    """Let another recorder continue an interrupted take. From now on, only that recorder may add to it.

    Repeating the call changes nothing. Raises NotFoundError if the take was removed or does not belong to the attempt,
    and ConflictError if the answers were sent or the take was stopped.
    """
    if attempt.submitted_at is not None:
        raise closed(attempt)
    take = session.get(Take, take_id)
    if take is None or take.attempt_id != attempt.id:
        raise NotFoundError()
    take = lock_take(session, take_id) or take
    if take.removed_at is not None:
        raise NotFoundError()
    if take.recorder == recorder:
        return take
    if not is_interrupted(take):
        raise ConflictError(
            _("This recording has been stopped on another device or page, so it cannot be continued here."),
            kept=_("It is kept."),
            next_step=_("Load this page again."),
        )
    take.recorder = recorder
    session.flush()
    _record(session, AuditAction.TAKE_CONTINUED, take, now)
    return take


def recover_take(session: Session, attempt: Attempt, take_id: str, recorder: str, *, now: datetime) -> TakeChange:
    """Make a take for a recording that could not be added to its own take. It does not use up a retake.

    `recorder` identifies the recording: a repeated call returns the same take. The deadline is ignored, because bytes
    recorded before it may arrive later. After sending, no take is made; the recording is added to the answer that it
    belongs to, unless that is closed. Raises NotFoundError if the take does not belong to the attempt, and
    ConflictError if there are too many takes or nothing can be added to the sent answer.
    """
    lost = session.get(Take, take_id)
    if lost is None or lost.attempt_id != attempt.id:
        raise NotFoundError()
    original = lost.recovery_of or lost.id
    if attempt.submitted_at is not None:
        return TakeChange(_added_to_answer(session, attempt, lost, recorder, now=now))
    takes = takes_of(session, attempt.id, lost.question_id)
    for take in takes:
        if (take.recovery_of, take.recorder) == (original, recorder) and take.removed_at is None:
            return TakeChange(take)
    if len(kept_takes(takes)) >= rules.MAX_TAKES:
        raise ConflictError(
            _("There are too many recordings of this question."), kept=_("This one is kept in your browser.")
        )
    take = _new_take(attempt, lost.question_id, takes, recorder)
    take.recovery_of, take.kind, take.limits, take.started_at = original, lost.kind, lost.limits, now
    take.language = lost.language
    session.add(take)
    session.flush()
    _record(session, AuditAction.TAKE_RECOVERED, take, now, of=original)
    return TakeChange(take, is_new=True)


def _added_to_answer(session: Session, attempt: Attempt, lost: Take, recorder: str, *, now: datetime) -> Take:
    """Let a recorder add its recording to the take that was sent as the answer.

    Raises ConflictError if a different answer was sent or the take is closed.
    """
    answer = find_answer(session, attempt.id, lost.question_id)
    if answer is None or answer.take_id is None or answer.take_id not in (lost.id, lost.recovery_of):
        raise closed(attempt)
    take = lock_take(session, answer.take_id)
    if take is None or take.removed_at is not None:
        raise closed(attempt)
    if take.recorder == recorder:
        return take
    if not is_open(take):
        raise ConflictError(
            _("A reviewer has opened your answer, or all of it has arrived. So nothing more can be added to it."),
            kept=_("This recording is kept in your browser."),
            next_step=_("You can download it there."),
        )
    take.recorder = recorder
    session.flush()
    _record(session, AuditAction.TAKE_CONTINUED, take, now)
    return take


def belongs_to(take: Take, recorder: str | None) -> bool:
    """Return whether a recorder may add to a take and stop it. Clients without a recorder name are always allowed."""
    return take.recorder is None or recorder is None or take.recorder == recorder


def record_retake(session: Session, take: Take, *, now: datetime) -> None:
    """Record in the audit log that a take is a retake. Called when its upload begins, because empty takes do not count."""
    others = [one for one in takes_of(session, take.attempt_id, take.question_id) if one.id != take.id]
    if take.recovery_of is None and any(is_used(one) for one in others):
        record(
            session,
            AuditAction.RETAKE_USED,
            actor=_candidate(take),
            subject=("attempt", take.attempt_id),
            now=now,
            question=take.question_id,
            question_number=take.question.position,
            number=take.number,
        )


def closed(attempt: Attempt) -> ConflictError | GoneError:
    """Return the error that says why nothing more can be recorded in an attempt."""
    if attempt.submitted_at is not None:
        return ConflictError(_("Your answers have already been sent."), title=_("You have sent your answers"))
    if attempt.consented_at is None:
        return ConflictError(_("You have not agreed to this interview yet, so nothing can be recorded."))
    return GoneError(
        _("The deadline has passed, so you cannot record a new answer."),
        kept=_("Everything that you recorded before is kept, and can still be sent."),
        next_step=_("Check your answers and send them."),
    )


def _new_take(attempt: Attempt, question_id: str, takes: Sequence[Take], recorder: str | None) -> Take:
    number = max((take.number for take in takes), default=0) + 1
    return Take(attempt_id=attempt.id, question_id=question_id, number=number, recorder=recorder)


def _limit_empty_takes(session: Session, takes: Sequence[Take], now: datetime) -> None:
    """Remove the oldest empty takes if there are too many. Repeated page loads make such takes."""
    empty = [take for take in takes if is_reserved(take)]
    for take in empty[: max(0, len(empty) + 1 - rules.MAX_EMPTY_TAKES)]:
        remove_take(session, take, why="empty", actor=_candidate(take), now=now)


def _record(session: Session, action: AuditAction, take: Take, now: datetime, **more: Any) -> None:
    asked = {"question": take.question_id, "question_number": take.question.position}
    details = {**asked, "number": take.number, **more}
    record(session, action, actor=_candidate(take), subject=("take", take.id), now=now, **details)


def _candidate(take: Take) -> Actor:
    return Actor("candidate", take.attempt_id)
