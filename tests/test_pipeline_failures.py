"""Stages that fail or run twice: lost leases, lost connections and files that a killed worker left."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import clock, pipeline
from app.captions.models import CaptionTrack
from app.errors import BusyError
from app.extensions import db
from app.ids import new_id
from app.recording import assembly, processing
from app.recording import pipeline as media_pipeline
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, make_uploaded_take
from tests.lost_commits import dropped, losing_an_answer
from tests.stages import run_all, stored_keys


def test_a_stage_that_runs_twice_makes_one_track(app: Flask) -> None:
    take = make_uploaded_take()
    run_all(take)
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    assert db.session.scalar(select(func.count()).select_from(CaptionTrack)) == 1


def test_run_that_lost_its_lease_leaves_no_file(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    take = make_uploaded_take()
    original = assembly.assemble

    def overtaken(*arguments: object, **more: object) -> object:
        made = original(*arguments, **more)  # type: ignore[arg-type]
        with transaction() as session:
            run = session.get_one(StageRun, (take.id, "assemble"))
            run.lease = "somebodyelse"
        return made

    monkeypatch.setattr(assembly, "assemble", overtaken)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", take.id)
    assert db.session.scalar(select(func.count()).select_from(Media)) == 0
    assert all(key.startswith("uploads/") for key in stored_keys())


def assemble_until_the_connection_drops(take: Take) -> list[str]:
    """Run the assemble stage, which raises an error after its commit. Return the storage keys of the saved files."""
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    with pytest.raises(OperationalError):
        pipeline.run_stage("assemble", take.id)
    db.session.rollback()
    return sorted(db.session.scalars(select(Media)).one().keys)


def drop(*_: object) -> None:
    raise dropped()


def test_committed_file_stays_if_a_later_step_fails(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "enqueue", drop)
    saved = assemble_until_the_connection_drops(make_uploaded_take())
    assert saved == sorted(get_storage().list("takes"))


def test_file_stays_if_the_reply_to_its_commit_is_lost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    original = assembly.assemble
    with losing_an_answer() as lose:

        def assemble(*arguments: Any, **more: Any) -> object:
            made = original(*arguments, **more)
            lose()
            return made

        monkeypatch.setattr(assembly, "assemble", assemble)
        saved = assemble_until_the_connection_drops(make_uploaded_take())
    assert saved == sorted(get_storage().list("takes"))


def test_file_stays_while_its_row_cannot_be_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "enqueue", drop)
    monkeypatch.setattr(media_pipeline, "stored_keys", drop)
    saved = assemble_until_the_connection_drops(make_uploaded_take())
    assert saved == sorted(get_storage().list("takes"))


@pytest.mark.parametrize("problem", [BusyError(), dropped()])
def test_failure_to_mark_an_enqueued_stage_is_not_an_error(
    app: Flask, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fail(*_: object, **_more: object) -> None:
        raise problem

    monkeypatch.setattr(pipeline.jobs, "queue", SimpleNamespace(enqueue=lambda *_, **_more: None), raising=False)
    monkeypatch.setattr(processing, "mark_enqueued", fail)
    pipeline.enqueue(Stage.TRANSCRIBE, make_uploaded_take().id)


def test_failing_stage_is_recorded_and_its_error_reaches_the_queue(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    take = make_uploaded_take()

    def break_down(*_: object, **_more: object) -> object:
        raise OSError("disk full")

    monkeypatch.setattr(assembly, "assemble", break_down)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    with pytest.raises(OSError, match="disk full"):
        pipeline.run_stage("assemble", take.id)
    db.session.rollback()
    run = db.session.get_one(StageRun, (take.id, "assemble"))
    assert (run.state, run.problem) == (StageState.PENDING, "OSError")


def test_files_that_a_killed_worker_left_are_swept_and_those_of_a_worker_at_work_are_not(app: Flask) -> None:
    answer = make_captioned_answer("kept")
    working, killed = make_uploaded_take(), make_uploaded_take()
    with transaction() as session:
        processing.add_stage(session, working.id, Stage.ASSEMBLE, now=NOON)
    with transaction() as session:
        lease = processing.claim_stage(session, working.id, Stage.ASSEMBLE, now=NOON)
    kept = {f"takes/{answer.take_id}/media.webm", f"takes/{working.id}/{lease}/media.webm"}
    left = {f"takes/{killed.id}/{new_id()}/media.webm", f"takes/{new_id()}/{new_id()}/sound.webm"}
    for key in kept | left:
        get_storage().put(key, b"bytes")
    pipeline.sweep(NOON)
    assert set(get_storage().list("takes")) == kept
