"""Workers are given the same work several times at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from random import Random

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import pipeline
from app.extensions import db, jobs
from app.recording import processing
from app.recording.models import StageRun
from tests.faults.installation import Installation


@contextmanager
def job_given_twice(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """Everything that waits or is being done is put into the queue again, several times."""
    with suppress(SQLAlchemyError, RedisError):
        query = select(StageRun.stage, StageRun.take_id)
        rows = db.session.execute(query.where(processing.IS_UNDONE | (StageRun.stage == "transcribe"))).all()
        db.session.rollback()
        for stage, take_id in list(rows)[-10:]:
            for _ in range(chance.randrange(2, 5)):
                jobs.queue.enqueue(pipeline.run_next, stage, take_id, result_ttl=60, failure_ttl=60)
    yield ()
