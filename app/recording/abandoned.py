"""Find and finish abandoned work: takes without an end, and objects without a row.

The sweeper calls these functions repeatedly. A second call finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from app.interviews.closing import is_closed
from app.interviews.models import Attempt, Invitation
from app.recording.completion import (
    bytes_of,
    complete_as_it_is,
    lock_take,
    remove_take,
)
from app.recording.models import (
    MEDIA_FOLDER,
    Answer,
    StageRun,
    StageState,
    Take,
    Upload,
    UploadPart,
)
from app.recording.rules import EMPTY_TAKE_KEPT, LOST_AFTER, QUIET_AFTER_SENDING, RESUME_WINDOW
from app.recording.stored_files import stored_keys
from app.recording.unsent import SWEEPER, schedule_check
from app.recording.upload import incoming
from app.storage import Storage

ORPHAN_AGE = timedelta(days=1)
"""Minimum age of an orphaned object before it is deleted. The row of a newer object may not be committed yet."""
MAX_PER_CALL = 50
"""Maximum number of takes or attempts per call. A larger number would delay other transactions for too long."""
KEYS_PER_BATCH = 500


def abandoned_takes(session: Session, *, now: datetime, without: Collection[str] = ()) -> Sequence[str]:
    """Return the ids of up to MAX_PER_CALL takes that `end_take` should end, oldest first, except those in `without`.

    A take with bytes is ended one day after its last byte if the interview is over or the upload has expired. If the
    answers were sent and the recording was never stopped, it is ended after one hour. A take without bytes is ended
    after a week. Until a take is ended, the candidate may continue it.
    """
    older, newer = now - RESUME_WINDOW, now - QUIET_AFTER_SENDING
    ranges = (
        (Take.started_at <= older,),
        # Of these, only takes of sent answers can be due.
        (Take.started_at > older, Take.started_at <= newer, Attempt.submitted_at.is_not(None)),
    )
    found: list[str] = []
    for each in ranges:
        query = _given_up(now).where(*each, Take.id.not_in(without)).order_by(Take.started_at)
        found += session.scalars(query.limit(MAX_PER_CALL - len(found))).all()
    return found


def orphaned_parts(session: Session, storage: Storage, *, now: datetime) -> Iterator[str]:
    """Yield the storage keys of parts that have no row, such as those left by a crash.

    Writes nothing to the database. The function lists all parts that are not assembled yet, so it is called only once
    an hour.
    """
    keys = storage.list(incoming.FOLDER)
    while batch := list(islice(keys, KEYS_PER_BATCH)):
        yield from _orphans(session, batch, now - ORPHAN_AGE)


def media_without_rows(session: Session, keys: Iterable[str]) -> list[str]:
    """Return the keys of take files (takes/<take>/<lease>/<name>) that belong to no media row and to no running stage.

    A killed worker leaves such files. Call this in a transaction that began after the keys were listed: a worker's
    lease is in the database before the worker writes a file, and stays there until the row of the file is written. So
    the leases are read first, because a stage may end between the two statements.
    """
    taken = {key: key.split("/")[1] for key in keys}
    takes = set(taken.values())
    running = select(StageRun.take_id, StageRun.lease).where(
        StageRun.take_id.in_(takes), StageRun.state == str(StageState.RUNNING)
    )
    at_work = tuple(f"{MEDIA_FOLDER}/{take_id}/{lease}/" for take_id, lease in session.execute(running))
    known = set(stored_keys(session, takes))
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
        is_closed(now),
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
                has_bytes & _is_quiet(now - RESUME_WINDOW) & or_(is_over, is_expired),
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
    schedule_check(session, take.attempt_id)
    return True


def _orphans(session: Session, keys: list[str], before: datetime) -> list[str]:
    old: dict[str, str] = {}
    for key in keys:
        origin = incoming.origin_of(key)
        if origin and origin[1] < before:
            old[key] = origin[0]
    known = session.scalars(select(UploadPart.key).where(UploadPart.upload_id.in_(set(old.values()))))
    return sorted(old.keys() - set(known))
