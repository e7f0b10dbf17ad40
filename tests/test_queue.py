"""The queue with a real Redis and real worker processes: no job is lost, and every stage is finished once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, pipeline
from app.captions.models import CaptionTrack, CueRow
from app.config import Config
from app.extensions import db, jobs
from app.recording import processing
from app.recording.models import Stage, StageRun, StageState
from app.transaction import transaction
from tests.factories import make_uploaded_take
from tests.personal_data import watched_redis
from tests.worker_process import running_worker

pytestmark = pytest.mark.redis
PATIENCE = 200
"""Seconds until a wait fails. The time is long, because the machine may be busy."""


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Iterator[Config]:
    with watched_redis(tmp_path / "redis") as address:
        yield replace(config, redis_url=address)


def start(take_id: str) -> None:
    with transaction() as session:
        processing.add_stage(session, take_id, Stage.ASSEMBLE, now=clock.now())
    pipeline.enqueue(Stage.ASSEMBLE, take_id)


def wait_until(claim: Callable[[], bool]) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < deadline, f"not within {PATIENCE} seconds"
        time.sleep(0.01)
        db.session.rollback()


def state(take_id: str, stage: Stage) -> str | None:
    return db.session.scalar(select(StageRun.state).where(StageRun.take_id == take_id, StageRun.stage == str(stage)))


def is_indexed(take_id: str) -> bool:
    return state(take_id, Stage.INDEX) == StageState.DONE


def tracks(take_id: str) -> int:
    return db.session.scalar(select(func.count()).where(CaptionTrack.take_id == take_id)) or 0


def test_an_uploaded_take_is_captioned_and_indexed_by_a_worker(app: Flask, config: Config) -> None:
    take = make_uploaded_take()
    start(take.id)
    with running_worker(config):
        wait_until(lambda: is_indexed(take.id))
    words = " ".join(db.session.scalars(select(CueRow.text).join(CaptionTrack).order_by(CueRow.position)))
    assert len(words.split()) > 3
    assert tracks(take.id) == 1


def test_the_queue_carries_opaque_ids_as_json_and_nothing_else(app: Flask) -> None:
    take = make_uploaded_take()
    start(take.id)
    job = jobs.queue.get_jobs()[0]
    assert list(job.args) == ["assemble", take.id]
    assert job.kwargs == {}
    assert (job.result_ttl, job.failure_ttl) == (86400, 86400)
    stored = jobs.redis.hgetall(job.key)
    assert b"Candidate" not in b"".join(stored.values())  # type: ignore[union-attr]


@pytest.mark.parametrize("stage", [Stage.ASSEMBLE, Stage.TRANSCRIBE])
def test_job_of_a_killed_worker_is_finished_once(app: Flask, config: Config, stage: Stage) -> None:
    take = make_uploaded_take()
    start(take.id)
    with running_worker(config, "--inner") as first:
        wait_until(lambda: state(take.id, stage) == StageState.RUNNING)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert state(take.id, Stage.INDEX) is None
    with running_worker(config):
        wait_until(lambda: is_indexed(take.id))
    assert tracks(take.id) == 1


def test_emptied_queue_is_filled_from_the_database(app: Flask, config: Config) -> None:
    take = make_uploaded_take()
    start(take.id)
    jobs.redis.flushall()
    with transaction() as session:
        processing.mark_enqueued(session, take.id, Stage.ASSEMBLE, now=clock.now() - 2 * processing.REQUEUE_AFTER)
    assert pipeline.sweep() == 1
    assert jobs.queue.count == 1


def test_a_stage_enqueued_twice_is_done_once(app: Flask, config: Config) -> None:
    take = make_uploaded_take()
    start(take.id)
    pipeline.enqueue(Stage.ASSEMBLE, take.id)
    with running_worker(config, "--burst") as burst:
        assert burst.wait(PATIENCE) == 0
    assert is_indexed(take.id)
    assert tracks(take.id) == 1
    assert db.session.get_one(StageRun, (take.id, "assemble")).attempts == 1
