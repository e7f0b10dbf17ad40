"""Work that fails because the storage, the database, Redis or the disk fails is done when that is over, however long."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisConnectionError

from app import batches, clock, outages, pipeline
from app.batches import Batch
from app.errors import BusyError
from app.extensions import db
from app.recording import assembly, leases, processing
from app.recording.leases import LEASE, MAX_ATTEMPTS, RETRY_PAUSE
from app.recording.models import Stage, StageRun, StageState, Take
from app.recording.processing import REQUEUE_AFTER
from app.storage import StorageUnavailableError
from app.transaction import transaction
from tests.factories import NOON, make_uploaded_take
from tests.lost_commits import dropped
from tests.stages import run_all

AHEAD = NOON + timedelta(days=3)
"""What a clock said that was wrong."""


def fails_with(problem: Exception) -> Callable[..., object]:
    def fail(*_arguments: object, **_more: object) -> object:
        raise problem

    return fail


def run_of(take: Take) -> StageRun:
    db.session.rollback()
    return db.session.get_one(StageRun, (take.id, str(Stage.ASSEMBLE)))


def waiting_take() -> Take:
    take = make_uploaded_take()
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    return take


def fail_repeatedly(take: Take, problem: Exception) -> StageRun:
    """Run the stage as often as it may fail, and twice more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "assemble", fails_with(problem))
        for _ in range(MAX_ATTEMPTS + 2):
            if run_of(take).state == StageState.PENDING:
                with pytest.raises(type(problem)):
                    pipeline.run_stage(Stage.ASSEMBLE, take.id)
    return run_of(take)


@pytest.mark.parametrize(
    "problem", [StorageUnavailableError("S3"), dropped(), RedisConnectionError(), BusyError()], ids=repr
)
def test_outage_uses_up_no_attempt(app: Flask, problem: Exception) -> None:
    take = waiting_take()
    failed = fail_repeatedly(take, problem)
    assert (failed.state, failed.attempts, failed.problem) == (StageState.PENDING, 0, type(problem).__name__)
    assert run_all(take) == "captioned"


def test_full_disk_uses_up_no_attempt(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    take = waiting_take()
    with monkeypatch.context() as patch:
        patch.setattr(outages.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=outages.MIN_FREE_BYTES - 1))
        failed = fail_repeatedly(take, OSError(errno.ENOSPC, "No space left on device"))
    assert (failed.state, failed.attempts) == (StageState.PENDING, 0)


def test_work_that_alone_fills_the_disk_fails(app: Flask) -> None:
    failed = fail_repeatedly(waiting_take(), OSError(errno.ENOSPC, "No space left on device"))
    assert (failed.state, failed.problem) == (StageState.FAILED, "OSError")


def test_encoding_pauses_after_an_outage(app: Flask) -> None:
    fail_repeatedly(waiting_take(), StorageUnavailableError("S3"))
    now = clock.now()
    due = lambda at: db.session.query(StageRun).filter(leases.is_due(StageRun, now=at)).count()  # noqa: E731
    assert due(now) == 0
    assert due(now + RETRY_PAUSE + timedelta(seconds=1)) == 1


def test_stage_claimed_while_the_clock_was_ahead_is_claimed_again(app: Flask) -> None:
    take = waiting_take()
    with transaction() as session:
        assert processing.claim_stage(session, take.id, Stage.ASSEMBLE, now=AHEAD)
    assert processing.stalled_stages(db.session(), now=NOON, model_is_present=True) == [(take.id, Stage.ASSEMBLE)]
    with transaction() as session:
        assert processing.claim_stage(session, take.id, Stage.ASSEMBLE, now=NOON)


def test_stage_claimed_by_a_machine_whose_clock_is_a_little_ahead_is_left_alone(app: Flask) -> None:
    take = waiting_take()
    with transaction() as session:
        assert processing.claim_stage(session, take.id, Stage.ASSEMBLE, now=NOON + 2 * LEASE)
    with transaction() as session:
        assert processing.claim_stage(session, take.id, Stage.ASSEMBLE, now=NOON) is None


def test_stage_enqueued_while_the_clock_was_ahead_is_enqueued_again(app: Flask) -> None:
    take = waiting_take()
    for at, expected in ((AHEAD, [(take.id, Stage.ASSEMBLE)]), (NOON + REQUEUE_AFTER / 2, [])):
        with transaction() as session:
            processing.mark_enqueued(session, take.id, Stage.ASSEMBLE, now=at)
        assert processing.stalled_stages(db.session(), now=NOON, model_is_present=True) == expected


def test_row_set_aside_while_the_clock_was_ahead_is_tried_now(app: Flask) -> None:
    done: list[str] = []
    batches.for_each(Batch.STEPS, ["queue"], fails_with(ValueError()), now=AHEAD)
    assert batches.paused(db.session(), Batch.STEPS, now=NOON) == []
    batches.for_each(Batch.STEPS, ["queue"], done.append, now=NOON)
    assert done == ["queue"]
    assert batches.all_set_aside(db.session()) == []
