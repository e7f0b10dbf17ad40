"""A stage is claimed by one worker, which holds a lease on it; only the holder of the lease can write the stage's
result.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.extensions import db
from app.recording import processing
from app.recording.leases import LEASE, MAX_ATTEMPTS, LeaseLostError
from app.recording.models import Stage, StageRun, StageState
from app.recording.processing import REQUEUE_AFTER, Claim, TakeState
from app.transaction import transaction
from tests.factories import NOON, make_take

pytestmark = pytest.mark.usefixtures("app")
SOON = NOON + timedelta(seconds=5)
AFTER_LEASE = NOON + LEASE + timedelta(seconds=1)


@pytest.fixture
def take_id() -> str:
    take = make_take()
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    return take.id


def claim(take_id: str, now=NOON) -> str | None:  # type: ignore[no-untyped-def]
    with transaction() as session:
        return processing.claim_stage(session, take_id, Stage.ASSEMBLE, now=now)


def run_of(take_id: str, stage: Stage = Stage.ASSEMBLE) -> StageRun:
    db.session.rollback()
    return db.session.get_one(StageRun, (take_id, str(stage)))


def standing_still(now, *, model: bool = True) -> list[tuple[str, Stage]]:  # type: ignore[no-untyped-def]
    db.session.rollback()
    return processing.stalled_stages(db.session(), now=now, model_is_present=model)


def test_a_stage_is_claimed_by_one(take_id: str) -> None:
    assert claim(take_id) is not None
    assert claim(take_id, SOON) is None


def test_a_stage_that_is_not_there_cannot_be_claimed() -> None:
    assert claim(make_take().id) is None


def test_a_lease_that_ran_out_passes_to_the_next_and_the_first_can_no_longer_write(take_id: str) -> None:
    first = claim(take_id)
    second = claim(take_id, AFTER_LEASE)
    assert first
    assert second
    with pytest.raises(LeaseLostError), transaction() as session:
        processing.finish_stage(session, take_id, Stage.ASSEMBLE, first, now=AFTER_LEASE)
    with transaction() as session:
        processing.finish_stage(session, take_id, Stage.ASSEMBLE, second, now=AFTER_LEASE)
    assert run_of(take_id).state == StageState.DONE


def test_a_renewed_lease_is_kept(take_id: str) -> None:
    lease = claim(take_id)
    assert lease
    with transaction() as session:
        processing.renew_lease(session, take_id, Stage.ASSEMBLE, lease, now=NOON + LEASE)
    assert claim(take_id, AFTER_LEASE) is None


def test_a_finished_stage_lets_the_next_one_wait(take_id: str) -> None:
    lease = claim(take_id)
    assert lease
    with transaction() as session:
        processing.finish_stage(session, take_id, Stage.ASSEMBLE, lease, now=SOON)
    assert run_of(take_id, Stage.TRANSCRIBE).state == StageState.PENDING
    assert claim(take_id, SOON) is None


def test_a_failure_is_tried_again_until_there_were_enough(take_id: str) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        lease = claim(take_id)
        assert lease
        with transaction() as session:
            processing.fail_stage(session, Claim(take_id, Stage.ASSEMBLE, lease), "OSError", now=NOON, retry=True)
        wanted = StageState.PENDING if attempt < MAX_ATTEMPTS else StageState.FAILED
        assert (run_of(take_id).state, run_of(take_id).problem) == (wanted, "OSError")
    assert claim(take_id) is None


def test_a_refusal_is_not_tried_again(take_id: str) -> None:
    lease = claim(take_id)
    assert lease
    with transaction() as session:
        processing.fail_stage(session, Claim(take_id, Stage.ASSEMBLE, lease), "not_media", now=NOON, retry=False)
    assert run_of(take_id).state == StageState.FAILED


def test_a_stage_that_kills_its_workers_is_given_up(take_id: str) -> None:
    now = NOON
    for _ in range(MAX_ATTEMPTS):
        assert claim(take_id, now)
        now += LEASE + timedelta(seconds=1)
    assert claim(take_id, now) is None
    assert (run_of(take_id).state, run_of(take_id).problem) == (StageState.FAILED, "gave up")


def test_waiting_for_a_model_counts_as_no_attempt_and_ends_when_the_model_is_there(take_id: str) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        lease = claim(take_id)
        assert lease
        with transaction() as session:
            processing.wait_for_model(session, take_id, Stage.ASSEMBLE, lease, now=NOON)
    assert run_of(take_id).state == StageState.WAITING_FOR_MODEL
    assert standing_still(AFTER_LEASE, model=False) == []
    assert standing_still(AFTER_LEASE, model=True) == [(take_id, Stage.ASSEMBLE)]


def test_a_recently_enqueued_stage_does_not_count_as_stalled(take_id: str) -> None:
    assert standing_still(NOON) == [(take_id, Stage.ASSEMBLE)]
    with transaction() as session:
        processing.mark_enqueued(session, take_id, Stage.ASSEMBLE, now=NOON)
    assert standing_still(SOON) == []
    assert standing_still(NOON + REQUEUE_AFTER + timedelta(seconds=1)) == [(take_id, Stage.ASSEMBLE)]


def test_stage_with_an_expired_lease_counts_as_stalled(take_id: str) -> None:
    claim(take_id)
    assert standing_still(SOON) == []
    assert standing_still(AFTER_LEASE) == [(take_id, Stage.ASSEMBLE)]


def test_a_stage_added_twice_stays_as_it_stands(take_id: str) -> None:
    claim(take_id)
    with transaction() as session:
        processing.add_stage(session, take_id, Stage.ASSEMBLE, now=SOON)
    assert run_of(take_id).state == StageState.RUNNING


@pytest.mark.parametrize(
    ("stages", "state"),
    [
        ({}, TakeState.RECORDING),
        ({"assemble": "pending"}, TakeState.PREPARING),
        ({"assemble": "failed"}, TakeState.MEDIA_FAILED),
        ({"assemble": "done"}, TakeState.TRANSCRIBING),
        ({"assemble": "done", "transcribe": "waiting for a speech model"}, TakeState.WAITING_FOR_MODEL),
        ({"assemble": "done", "transcribe": "failed"}, TakeState.CAPTIONS_FAILED),
        ({"assemble": "done", "transcribe": "done", "index": "failed"}, TakeState.CAPTIONED),
    ],
)
def test_the_state_of_a_take_follows_its_stages(stages: dict[str, str], state: TakeState) -> None:
    runs = [StageRun(stage=stage, state=value) for stage, value in stages.items()]
    assert processing.state_of(make_take(), runs) == state
