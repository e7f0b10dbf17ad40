"""Whose turn it is: short answers before long ones, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app import pipeline
from app.extensions import db
from app.recording import processing
from app.recording.models import Stage, StageRun, StageState
from app.recording.processing import fair_order
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import NOON, make_take, make_uploaded_take


def waiting(seconds: int, *, after: int = 0) -> str:
    """Make a take of so many seconds that waits for its captions since so many seconds after noon."""
    take = make_take()
    add_media(take.id, duration_ms=seconds * 1000)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.TRANSCRIBE, now=NOON + timedelta(seconds=after))
    return take.id


def order(stage: Stage = Stage.TRANSCRIBE) -> list[str]:
    return fair_order(db.session(), stage, now=NOON)


def test_the_shortest_of_those_that_came_together_is_first(app: Flask) -> None:
    long, short, middle = waiting(60), waiting(10), waiting(30)
    assert order() == [short, middle, long]


def test_an_answer_that_has_waited_for_its_length_lets_nobody_go_first_any_more(app: Flask) -> None:
    long = waiting(60)
    sooner, later = waiting(10, after=49), waiting(10, after=51)
    assert order() == [sooner, long, later]


def test_what_is_done_or_in_work_has_no_turn_and_what_was_abandoned_has(app: Flask) -> None:
    done, working, abandoned = waiting(1), waiting(2), waiting(3)
    with transaction() as session:
        session.get_one(StageRun, (done, "transcribe")).state = str(StageState.DONE)
        for take_id, minutes in ((working, 1), (abandoned, -1)):
            run = session.get_one(StageRun, (take_id, "transcribe"))
            run.state, run.lease_until = str(StageState.RUNNING), NOON + timedelta(minutes=minutes)
    assert order() == [abandoned]


def test_before_a_file_is_made_the_length_is_what_the_recorder_said(app: Flask) -> None:
    takes = [make_take(recorded_ms=seconds * 1000) for seconds in (90, 20)]
    with transaction() as session:
        for take in takes:
            processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    assert order(Stage.ASSEMBLE) == [takes[1].id, takes[0].id]


def test_a_job_does_the_answer_whose_turn_it_is_and_each_is_done_once(app: Flask) -> None:
    takes = [make_uploaded_take(cut=cut) for cut in (None, 60_000)]
    with transaction() as session:
        for take in takes:
            processing.add_stage(session, take.id, Stage.ASSEMBLE, now=NOON)
    for take in takes:
        pipeline.run_stage("assemble", take.id)

    def done() -> set[str]:
        db.session.rollback()
        return {
            take.id for take in takes
            if db.session.get_one(StageRun, (take.id, "transcribe")).state == StageState.DONE
        }  # fmt: skip

    with transaction() as session:
        for take in takes:
            session.get_one(StageRun, (take.id, "transcribe")).updated_at = NOON
    pipeline.run_next("transcribe", takes[0].id)
    assert done() == {takes[1].id}
    pipeline.run_next("transcribe", takes[1].id)
    assert done() == {take.id for take in takes}
    pipeline.run_next("transcribe", takes[0].id)
    assert db.session.get_one(StageRun, (takes[0].id, "transcribe")).attempts == 1
    assert db.session.get_one(StageRun, (takes[0].id, "index")).state == StageState.DONE
