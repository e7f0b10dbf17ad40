"""Send the answers of candidates who did not send them, a day after their deadline.

The sweep does not check all attempts, only those whose `Attempt.sweep_at` has passed. This time may be too early but
never too late: an attempt that need not be sent yet gets a later one. It is updated when a deadline moves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.orm import Session, contains_eager

from app.audit import Actor
from app.clock import later
from app.interviews import services as interviews
from app.interviews.closing import is_closed
from app.interviews.models import LOOK_NOW, Attempt, Invitation
from app.interviews.rules import CONSENTS_IN_FORCE, closes_at
from app.recording.answers import choose, finish_writing, record_questions
from app.recording.completion import is_awaited, is_choosable, is_unreadable
from app.recording.models import Answer, Take, Upload, WrittenDraft
from app.recording.outcomes import unreadable_takes
from app.recording.question_status import answers_of, takes_of, task_list
from app.recording.rules import RESUME_WINDOW

SWEEPER = Actor("system", "sweep")
MAX_PER_CALL = 50
"""Maximum number of attempts per call. A larger number would delay other transactions for too long."""
MAX_CHECKED = 500
"""Maximum number of attempts that one call checks."""
LOOK_AGAIN = timedelta(hours=1)
"""Pause before the next check of an attempt whose deadline has passed but which cannot be sent yet."""


def due_for_check(session: Session, *, now: datetime, without: Collection[str] = ()) -> Sequence[str]:
    """Return the ids of up to MAX_CHECKED attempts whose `sweep_at` has passed, earliest first, except those in
    `without`.
    """
    query = select(Attempt.id).where(Attempt.sweep_at <= now, Attempt.sweep_at.is_not(None), Attempt.id.not_in(without))
    return session.scalars(query.order_by(Attempt.sweep_at).limit(MAX_CHECKED)).all()


def unsent_attempts(
    session: Session, *, now: datetime, within: Collection[str], most: int = MAX_PER_CALL
) -> Sequence[str]:
    """Return those attempts in `within` whose deadline passed a day ago, at most `most`, for `send_unsent`."""
    if not within:
        return []
    return session.scalars(_unsent(now).where(Attempt.id.in_(within)).order_by(Attempt.id).limit(most)).all()


def may_be_over(now: datetime) -> ColumnElement[bool]:
    """Return a condition that every attempt meets whose deadline has passed, or that was declined or has no deadline.

    It excludes, without their invitations, the attempts that the sweep looks at only after a deadline still to come.
    """
    is_due = or_(Attempt.sweep_at.is_(None), Attempt.sweep_at <= later(now, RESUME_WINDOW))
    return or_(is_due, Attempt.declined_at.is_not(None))


def postpone_check(session: Session, attempt_ids: Collection[str], *, now: datetime) -> None:
    """Set the time of the next check for attempts that need not be sent now. The attempts are locked."""
    query = (
        select(Attempt, _has_something())
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .where(Attempt.id.in_(attempt_ids))
        .options(contains_eager(Attempt.invitation).contains_eager(Invitation.interview))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt, key_share=True)
    )
    times: dict[datetime | None, list[str]] = {}
    for attempt, has_something in session.execute(query):
        times.setdefault(_next_check(attempt, has_something=has_something, now=now), []).append(attempt.id)
    for sweep_at, ids in times.items():
        session.execute(update(Attempt).where(Attempt.id.in_(ids)).values(sweep_at=sweep_at))


def schedule_check(session: Session, attempt_id: str) -> None:
    """Schedule an attempt for the next sweep, because the parts expected of it have changed."""
    here = update(Attempt).where(Attempt.id == attempt_id, Attempt.submitted_at.is_(None))
    session.execute(here.values(sweep_at=LOOK_NOW).execution_options(synchronize_session=False))


def send_unsent(session: Session, attempt_id: str, *, now: datetime) -> bool:
    """Send an attempt from `unsent_attempts`. Returns False if the candidate has sent it in the meantime."""
    attempt = interviews.load_attempt(session, attempt_id, now, lock=True)
    if attempt.submitted_at is not None:
        return False
    answered = {
        one.question_id for one in answers_of(session, attempt.id) if not (one.take and is_unreadable(one.take))
    }
    newest: dict[str, Take] = {}
    for take in takes_of(session, attempt.id):
        if take.complete_at is not None and is_choosable(take):
            newest[take.question_id] = take
    for task in task_list(session, attempt):
        if task.to_send and is_awaited(task.to_send):  # this question has no other recording
            newest[task.question.id] = task.to_send
    for question_id, take in newest.items():
        if question_id not in answered:
            choose(session, take, actor=SWEEPER, now=now)
    answers = len(answered | newest.keys()) + finish_writing(session, attempt.id, actor=SWEEPER, now=now)
    interviews.submit_attempt(session, attempt, answers=answers, actor=SWEEPER, now=now)
    record_questions(session, attempt)
    return True


def _next_check(attempt: Attempt, *, has_something: bool, now: datetime) -> datetime | None:
    """Return the time of the next check of an attempt that need not be sent now, or None if nothing more is expected.
    None also if there is no deadline yet, or it is paused. If this changes, the models set a new time.
    """
    invitation = attempt.invitation
    closing = attempt.deadline_at or closes_at(invitation.interview.deadline_at, invitation.expires_at)
    if attempt.submitted_at or attempt.waiting_since or invitation.cancelled_at or closing is None:
        return None
    due = later(closing, RESUME_WINDOW)
    if due > now:
        return due
    return later(now, LOOK_AGAIN) if has_something else None


def _has_something() -> ColumnElement[bool]:
    return or_(
        exists().where(Take.attempt_id == Attempt.id, Take.removed_at.is_(None)),
        exists().where(WrittenDraft.attempt_id == Attempt.id),
        exists().where(Answer.attempt_id == Attempt.id),
    )


def _unsent(now: datetime) -> Select[str]:
    """Select the attempts a day past their deadline that have something to send and are not waiting for bytes."""
    own = (Take.attempt_id == Attempt.id) & Take.removed_at.is_(None)
    is_unreadable = Take.id.in_(unreadable_takes())
    is_coming = Take.complete_at.is_(None) & _has_upload(Upload.offset > 0, Upload.terminated_at.is_(None))
    is_written = or_(
        exists().where(WrittenDraft.attempt_id == Attempt.id, func.trim(WrittenDraft.text) != ""),
        exists().where(Answer.attempt_id == Attempt.id, Answer.text.is_not(None)),
    )
    last_moment = now - RESUME_WINDOW
    return (
        select(Attempt.id)
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .where(
            Attempt.submitted_at.is_(None),
            or_(
                Attempt.consent_version.in_(CONSENTS_IN_FORCE),
                *(Attempt.consent_version.startswith(f"{version}-") for version in CONSENTS_IN_FORCE),
            ),
            Invitation.cancelled_at.is_(None),
        )
        .where(is_closed(last_moment))
        .where(or_(exists().where(own, Take.complete_at.is_not(None), ~is_unreadable), is_written))
        .where(~exists().where(own, is_coming))
    )


def _has_upload(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Upload.take_id == Take.id, *conditions).correlate(Take)
