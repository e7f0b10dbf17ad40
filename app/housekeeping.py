"""The worker's tasks other than stages of takes: complete abandoned takes, delete what is due for deletion, clean up.

Each row has its own transaction (`app.batches`). The sweeper (`pipeline.sweep`) calls these tasks in every run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from flask import current_app
from sqlalchemy.orm import Session

from app import batches, temporary
from app.accommodations import deadlines
from app.accounts import sessions
from app.batches import Batch
from app.captions import question_media_orphans
from app.compliance import deletion, retention
from app.extensions import db
from app.recording import services as recording
from app.recording.models import MEDIA_FOLDER
from app.review.search import services as search
from app.storage import Storage, StorageUnavailableError, get_storage
from app.transaction import after_commit, retried, transaction

KEYS_PER_BATCH = 500
PUT_OFF_AT_ONCE = 100
TIDY_EVERY = timedelta(hours=1)
log = logging.getLogger("fairtake.housekeeping")


def complete_abandoned(now: datetime) -> int:
    """Complete abandoned takes, and send abandoned attempts. Returns the number of both."""
    takes, attempts = (
        batches.paused(db.session(), Batch.TAKES, now=now),
        batches.paused(db.session(), Batch.ATTEMPTS, now=now),
    )
    over = recording.abandoned_takes(db.session(), now=now, without=takes)
    done = each_in_a_transaction(Batch.TAKES, over, recording.end_take, now)
    looked_at = recording.due_for_check(db.session(), now=now, without=attempts)
    unsent = recording.unsent_attempts(db.session(), now=now, within=looked_at)
    sent = each_in_a_transaction(Batch.ATTEMPTS, unsent, recording.send_unsent, now)
    postpone_check(looked_at, now)
    return done + sent


def postpone_check(attempt_ids: Sequence[str], now: datetime) -> None:
    """Set the time of the next check for those attempts that need not be sent now."""
    due = set(recording.unsent_attempts(db.session(), now=now, within=attempt_ids, most=len(attempt_ids)))
    others = [each for each in attempt_ids if each not in due]
    db.session.rollback()
    for start in range(0, len(others), PUT_OFF_AT_ONCE):
        _put_off(others[start : start + PUT_OFF_AT_ONCE], now)


@retried
def _put_off(attempt_ids: Sequence[str], now: datetime) -> None:
    with transaction() as session:
        recording.postpone_check(session, attempt_ids, now=now)


def index_missing(now: datetime) -> int:
    """Index answers that have text but are missing from the search index. Returns how many were indexed."""
    paused = batches.paused(db.session(), Batch.INDEX, now=now)
    return index_each(search.missing_from_index(db.session(), without=paused), now)


def index_each(answer_ids: Iterable[str], now: datetime) -> int:
    """Index each answer separately. Returns how many succeeded."""
    return each_in_a_transaction(
        Batch.INDEX, answer_ids, lambda session, answer_id, **_now: search.index_answers(session, [answer_id]), now
    )


def pause_deadlines(now: datetime) -> None:
    """Pause the deadlines of candidates who are waiting for a decision."""
    running = deadlines.to_pause(db.session(), now=now)
    each_in_a_transaction(Batch.DEADLINES, running, deadlines.pause, now)


def each_in_a_transaction(
    batch: Batch, subjects: Iterable[str], act: Callable[..., object], now: datetime, *, is_all: bool = True
) -> int:
    """Call `act(session, subject, now=now)` for each subject, in its own transaction. Returns how many succeeded."""

    @retried
    def in_a_transaction(subject: str) -> None:
        with transaction() as session:
            act(session, subject, now=now)

    db.session.rollback()
    return batches.for_each(batch, subjects, in_a_transaction, now=now, is_all=is_all)


def tidy(now: datetime) -> None:
    """Delete data that is due for deletion, and files that crashes left in storage. Runs rarely: it lists all objects."""
    last = current_app.extensions.get("fairtake_tidied")
    if last is not None and now - last < TIDY_EVERY:
        return
    delete_what_is_due(now)
    with transaction() as session:
        sessions.forget_expired(session, now=now)
    try:
        remove_orphans(now)
    except StorageUnavailableError as problem:
        log.warning("storage unavailable, cleanup will be retried: error=%s", problem)
    db.session.rollback()
    current_app.extensions["fairtake_tidied"] = now


def sweep_temporary_files(_now: datetime) -> int:
    """Delete temporary files left by killed processes of this machine. Returns the number of folders and files."""
    return temporary.sweep()


def remove_orphans(now: datetime) -> int:
    """Delete files that crashes left in storage. Returns the number deleted. Reports files that cannot be deleted."""
    storage = get_storage()
    halves = storage.remove_leftovers(now - recording.ORPHAN_AGE)
    orphans = [
        *recording.orphaned_parts(db.session(), storage, now=now),
        *question_media_orphans.orphaned_files(db.session(), storage, now=now),
        *_media_left(storage),
    ]
    db.session.rollback()
    return halves + batches.for_each(Batch.FILES, orphans, storage.delete, now=now)


def _media_left(storage: Storage) -> Iterator[str]:
    keys = storage.list(MEDIA_FOLDER)
    while batch := list(islice(keys, KEYS_PER_BATCH)):
        db.session.rollback()  # the rows must be read after the listing
        yield from recording.media_without_rows(db.session(), batch)


def delete_what_is_due(now: datetime) -> int:
    """Delete answers whose retention period is over, one attempt per transaction. Returns the number of attempts."""
    due = retention.due_attempts(db.session(), now=now)
    deleted = 0

    def delete(session: Session, attempt_id: str, *, now: datetime) -> None:
        nonlocal deleted
        if retention.is_due(session, attempt_id, now=now):
            after_commit(recording.delete_keys, get_storage(), deletion.delete_answers(session, attempt_id, now=now))
            deleted += 1

    each_in_a_transaction(Batch.RETENTION, due, delete, now)
    return deleted
