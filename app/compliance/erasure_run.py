"""The complete erasure of one person: rows, files, jobs, and the freed pages of SQLite.

The rows are deleted in one transaction. The rest may be interrupted at any point, and the sweeper finishes it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import closing
from datetime import datetime

from redis.exceptions import RedisError

from app import batches, temporary
from app.audit import Actor
from app.batches import Batch
from app.compliance import erasure
from app.compliance.models import Erasure
from app.extensions import db, jobs
from app.storage import StorageUnavailableError, get_storage
from app.transaction import end_reading, transaction

SYSTEM = Actor("system", "erasure")
log = logging.getLogger("fairtake.erasure")


def erase(invitation_id: str, *, actor: Actor, now: datetime) -> str:
    """Erase one person everywhere and return the id of the erasure. Repeating it changes nothing.

    Raises NotFoundError if the invitation does not exist, and LegalHoldError if a legal hold forbids the erasure.
    """
    with transaction() as session:
        erasure_id = erasure.forget_person(session, invitation_id, actor=actor, now=now).id
    try:
        _finish(erasure_id, now)
    except StorageUnavailableError as problem:
        log.warning("storage unavailable, erasure of files will be retried: erasure=%s error=%s", erasure_id, problem)
    return erasure_id


def finish_all(now: datetime) -> None:
    """Continue erasures that were interrupted by a crash or by unavailable storage."""
    waiting = erasure.unfinished(db.session())
    end_reading()
    batches.for_each(Batch.ERASURES, waiting, lambda erasure_id: _finish(erasure_id, now), now=now)


def _finish(erasure_id: str, now: datetime) -> None:
    found = db.session.get_one(Erasure, erasure_id)
    if found.finished_at is not None:
        return
    takes = list(found.takes)
    files = erasure.delete_files(get_storage(), found)
    for take_id in takes:
        temporary.erase(take_id)
    end_reading()
    _forget_jobs(takes)
    with transaction() as session:
        erasure.finish(session, erasure_id, files, actor=SYSTEM, now=now)
    _fold_journal()


def _forget_jobs(takes: Collection[str]) -> None:
    """Delete all jobs for these takes from the queue, with their results. A running job ends by itself.

    Jobs contain only ids, and a job that runs later would find no rows.
    """
    queue = jobs.queue
    places = (
        queue, queue.scheduled_job_registry, queue.deferred_job_registry, queue.canceled_job_registry,
        queue.finished_job_registry, queue.failed_job_registry,
    )  # fmt: skip
    try:
        for registry in places:
            for job_id in registry.get_job_ids():
                job = jobs.queue.fetch_job(job_id)
                if job and not set(takes).isdisjoint(job.args):
                    job.delete()
    except RedisError as problem:
        log.warning("redis unavailable, jobs not removed from the queue: error=%s", type(problem).__name__)


def _fold_journal() -> None:
    """Write SQLite's write-ahead log into the database, then truncate the log, so that neither holds deleted data."""
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
