"""Find and finish abandoned work: takes without an end, attempts that were never sent, and objects without a row.

The sweeper calls these functions repeatedly. A second call finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.audit import Actor
from app.interviews import services as interviews
from app.interviews.models import Attempt, Interview, Invitation
from app.interviews.rules import CONSENTS_IN_FORCE
from app.recording.answers import choose, finish_writing, record_questions
from app.recording.completion import (
    bytes_of,
    complete_as_it_is,
    is_awaited,
    is_choosable,
    is_unreadable,
    lock_take,
    remove_take,
)
from app.recording.models import (
    MEDIA_FOLDER,
    Answer,
    Media,
    StageRun,
    StageState,
    Take,
    Upload,
    UploadPart,
    WrittenDraft,
)
from app.recording.outcomes import unreadable_takes
from app.recording.question_status import answers_of, takes_of, task_list
from app.recording.rules import COMING_BACK, EMPTY_TAKE_KEPT, LOST_AFTER, QUIET_AFTER_SENDING
from app.recording.upload import incoming
from app.storage import Storage

SWEEPER = Actor("system", "sweep")
ORPHAN_AGE = timedelta(days=1)
"""Minimum age of an orphaned object before it is deleted. The row of a newer object may not be committed yet."""
AT_ONCE = 50
"""Maximum number of takes or attempts per call. A larger number would delay other transactions for too long."""
KEYS_AT_ONCE = 500


def abandoned_takes(session: Session, *, now: datetime, without: Collection[str] = ()) -> Sequence[str]:
    """Return the ids of up to AT_ONCE takes that `end_take` should end, oldest first, except those in `without`.

    A take with bytes is ended one day after its last byte if the interview is over or the upload has expired. It is
    ended after one hour if the answers were sent and the recording was never stopped. A take without bytes is ended
    after a week. Until a take is ended, the candidate may continue it.
    """
    query = _given_up(now).where(Take.id.not_in(without)).order_by(Take.started_at)
    return session.scalars(query.limit(AT_ONCE)).all()


def unsent_attempts(session: Session, *, now: datetime, without: Collection[str] = ()) -> Sequence[str]:
    """Return the ids of up to AT_ONCE attempts whose deadline passed a day ago, for `send_unsent`."""
    return session.scalars(_unsent(now).where(Attempt.id.not_in(without)).limit(AT_ONCE)).all()


def orphaned_parts(session: Session, storage: Storage, *, now: datetime) -> Iterator[str]:
    """Yield the storage keys of parts that have no row, such as those left by a crash.

    Writes nothing to the database. The function lists all parts that are not assembled yet, so it is called only once
    an hour.
    """
    keys = storage.list(incoming.FOLDER)
    while batch := list(islice(keys, KEYS_AT_ONCE)):
        yield from _orphans(session, batch, now - ORPHAN_AGE)


def media_without_rows(session: Session, keys: Iterable[str]) -> list[str]:
    """Return the keys of take files (takes/<take>/<lease>/<name>) that belong to no media row and to no running stage.

    A killed worker leaves such files. Call this in a transaction that began after the keys were listed: a worker's
    lease is in the database before the worker writes a file, and stays there until the row of the file is written.
    """
    taken = {key: key.split("/")[1] for key in keys}
    takes = set(taken.values())
    known = {key for media in session.scalars(select(Media).where(Media.take_id.in_(takes))) for key in media.keys}
    running = select(StageRun.take_id, StageRun.lease).where(
        StageRun.take_id.in_(takes), StageRun.state == str(StageState.RUNNING)
    )
    at_work = tuple(f"{MEDIA_FOLDER}/{take_id}/{lease}/" for take_id, lease in session.execute(running))
    return [key for key in taken if key not in known and not key.startswith(at_work)]


def _given_up(now: datetime) -> Select[str]:
    """Select the incomplete takes for which nothing more is expected.

    The waiting time depends on what has arrived and on whether the answers were sent.
    """
    has_bytes = _has_upload(Upload.offset > 0, Upload.terminated_at.is_(None))
    is_empty = Take.stopped_at.is_(None) & (Take.started_at <= now - EMPTY_TAKE_KEPT)
    is_lost = Take.stopped_at <= now - LOST_AFTER
    is_expired = ~_has_upload(Upload.expires_at > now)
    is_over = or_(
        Attempt.submitted_at.is_not(None),
        Invitation.cancelled_at.is_not(None),
        _closed(now),
    )
    sent_before = now - QUIET_AFTER_SENDING
    is_sent = Take.stopped_at.is_(None) & (Attempt.submitted_at <= sent_before) & _is_quiet(sent_before)
    return (
        select(Take.id)
        .join(Take.attempt)
        .join(Attempt.invitation)
        .join(Invitation.interview)
        .where(Take.complete_at.is_(None), Take.removed_at.is_(None))
        .where(
            or_(
                ~has_bytes & or_(is_empty, is_lost),
                has_bytes & _is_quiet(now - COMING_BACK) & or_(is_over, is_expired),
                has_bytes & is_sent,
            )
        )
    )


def _is_quiet(since: datetime) -> ColumnElement[bool]:
    """Return the condition that a take was not started or stopped and has received no bytes since `since`."""
    return (
        (Take.started_at <= since)
        & or_(Take.stopped_at.is_(None), Take.stopped_at <= since)
        & ~_has_upload(Upload.active_at > since)
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
    last_moment = now - COMING_BACK
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
        .where(_closed(last_moment))
        .where(or_(exists().where(own, Take.complete_at.is_not(None), ~is_unreadable), is_written))
        .where(~exists().where(own, is_coming))
    )


def _closed(by: datetime) -> ColumnElement[bool]:
    """Return the condition that recording was closed at the time `by`. This is `interviews.closing_time` in SQL."""
    standard = or_(Interview.deadline_at <= by, Invitation.expires_at <= by)
    own = and_(Attempt.deadline_at.is_not(None), Attempt.deadline_at <= by)
    return Attempt.waiting_since.is_(None) & or_(own, Attempt.deadline_at.is_(None) & standard)


def _has_upload(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Upload.take_id == Take.id, *conditions).correlate(Take)


def end_take(session: Session, take_id: str, *, now: datetime) -> bool:
    """Complete or remove a take from `abandoned_takes`. Returns False if the take is no longer abandoned."""
    take = lock_take(session, take_id)
    if take is None or session.scalar(_given_up(now).where(Take.id == take_id)) is None:
        return False
    is_answer = session.scalar(select(Answer.id).where(Answer.take_id == take.id)) is not None
    if bytes_of(take) or is_answer:
        complete_as_it_is(session, take, actor=SWEEPER, now=now)
    else:
        remove_take(session, take, why="empty", actor=SWEEPER, now=now)
    return True


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


def _orphans(session: Session, keys: list[str], before: datetime) -> list[str]:
    old: dict[str, str] = {}
    for key in keys:
        origin = incoming.origin_of(key)
        if origin and origin[1] < before:
            old[key] = origin[0]
    known = session.scalars(select(UploadPart.key).where(UploadPart.upload_id.in_(set(old.values()))))
    return sorted(old.keys() - set(known))
