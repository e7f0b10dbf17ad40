"""Candidates see their place in the queue for captions, and the waiting time if it is known."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.extensions import db
from app.recording.models import Stage, StageRun, StageState
from app.recording.waiting import QueuePlace, captions_queue
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import NOON, make_take


def put(seconds: int, state: StageState, *, ready: float = 0, moved: float = 0) -> str:
    """Make a take of `seconds`, ready for captions at `ready`. `moved` is when its captions stage last changed (seconds
    after noon).
    """
    take = make_take()
    add_media(take.id, duration_ms=seconds * 1000)
    is_running = state == StageState.RUNNING
    with transaction() as session:
        for stage, reached, after in ((Stage.ASSEMBLE, StageState.DONE, ready), (Stage.TRANSCRIBE, state, moved)):
            run = StageRun(take_id=take.id, stage=str(stage), state=str(reached), attempts=1)
            run.updated_at = NOON + timedelta(seconds=after)
            run.lease_until = NOON + timedelta(seconds=90) if is_running and stage == Stage.TRANSCRIBE else None
            session.add(run)
    return take.id


def queue(after: float = 60) -> dict[str, QueuePlace]:
    return dict(captions_queue(db.session(), now=NOON + timedelta(seconds=after)))


def test_places_are_those_of_the_fair_order_and_times_add_up_at_the_measured_speed(app: Flask) -> None:
    put(100, StageState.DONE, ready=0, moved=50)
    working = put(30, StageState.RUNNING, moved=50)
    long, short = put(60, StageState.PENDING, moved=50), put(10, StageState.PENDING, moved=50)
    assert queue() == {working: QueuePlace(0, 2, 15), short: QueuePlace(1, 2, 20), long: QueuePlace(2, 2, 50)}


def test_time_in_which_nothing_waited_makes_nothing_slow(app: Flask) -> None:
    put(100, StageState.DONE, ready=0, moved=10)
    put(100, StageState.DONE, ready=5, moved=20)
    put(100, StageState.DONE, ready=3000, moved=3010)
    waiting = put(60, StageState.PENDING, moved=3010)
    assert queue(3015) == {waiting: QueuePlace(1, 1, 6)}


def test_without_captions_made_lately_no_time_is_promised(app: Flask) -> None:
    put(100, StageState.DONE, ready=0, moved=10)
    waiting = put(60, StageState.PENDING, moved=2 * 86_400)
    assert queue(2 * 86_400) == {waiting: QueuePlace(1, 1, None)}


def test_no_waiting_time_is_promised_without_a_worker(app: Flask) -> None:
    put(100, StageState.DONE, ready=0, moved=10)
    waiting = put(60, StageState.PENDING, moved=10)
    assert queue(20)[waiting].seconds == 6
    assert queue(300)[waiting].seconds is None


def test_nothing_that_is_done_or_failed_is_in_the_queue(app: Flask) -> None:
    put(100, StageState.DONE, moved=10)
    put(100, StageState.FAILED, moved=10)
    assert queue() == {}


def test_minutes_are_never_fewer_than_it_takes(app: Flask) -> None:
    assert [QueuePlace(1, 1, seconds).minutes for seconds in (60, 61, 120, 120.5)] == [1, 2, 2, 3]
