"""Personal data is stored only in the database and in storage. After an erasure it is stored nowhere."""

from __future__ import annotations

import io
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import clock, create_app, pipeline, temporary
from app.accommodations.models import AccommodationRequest
from app.accounts.access import requires
from app.accounts.models import StaffUser
from app.audit import Actor
from app.compliance import erasure_run
from app.config import Config
from app.extensions import db, jobs
from app.interviews.models import Attempt, Invitation
from app.recording import assembly, processing
from app.recording.models import Stage, StageRun, StageState, Upload, UploadPart, WrittenDraft
from app.storage import get_storage
from app.traces import JobFailedError, WordlessFormatter, trace_of
from app.transaction import transaction
from app.work import Worker
from tests.compliance.test_erasure import everything
from tests.factories import NOON, make_interview, make_invitation, make_uploaded_take
from tests.page_check import CheckingClient
from tests.personal_data import in_files, in_redis, watched_redis
from tests.recording.candidate import RECORDING, Candidate
from tests.test_temporary import leave
from tests.waiting import wait_until
from tests.worker_process import running_worker

NAME, ADDRESS, TYPED = "Quillonia Zastrugi", "quillonia@zastrugi.example", "borborygmus@typed.example"
ANSWER, REQUEST, SPOKEN = "sesquipedalian answer", "tatterdemalion request", b"gobbledegook-of-a-recording"
SECRETS = (NAME, ADDRESS, TYPED, ANSWER, REQUEST, SPOKEN.decode())


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """A stream with all log output from now on, formatted as in the entry points."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(WordlessFormatter("%(name)s %(message)s"))
    logger, level = logging.getLogger(), logging.getLogger().level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def app(config: Config, tmp_path: Path) -> Iterator[Flask]:
    """The application as in production, with a Redis server."""
    with watched_redis(tmp_path / "redis") as address:
        app = create_app(replace(config, redis_url=address))
        app.test_client_class = CheckingClient
        add_views_that_fail(app)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def found_in(place: str) -> list[str]:
    return [secret for secret in SECRETS if secret in place]


def take_part(app: Flask) -> Attempt:
    """Take part in an interview as one person: open the link, request accommodations, write one answer and record
    another.
    """
    invitation, token = make_invitation(make_interview(), candidate_name=NAME, candidate_email=ADDRESS)
    client: Any = app.test_client()
    client.submit(f"/i/{token}")
    client.submit("/interview/consent", {"agree": "y", "consent": "y"})
    db.session.rollback()
    attempt = db.session.get_one(Invitation, invitation.id).attempt
    assert attempt is not None
    candidate = Candidate(client, attempt)
    nothing = {"recording_time": "", "thinking_time": "", "retakes": "", "deadline": ""}
    client.submit("/interview/accommodations", {**nothing, "words": REQUEST})
    client.submit(f"/interview/questions/{candidate.questions[1]}/written", {"text": ANSWER, "version": "0"})
    candidate.send(candidate.begin(), SPOKEN)
    kept = [db.session.query(table).count() for table in (WrittenDraft, AccommodationRequest, UploadPart)]
    assert kept == [1, 1, 1], "else the test would prove nothing"
    return attempt


def add_views_that_fail(app: Flask) -> None:
    """Add views that fail with errors that quote personal data: a duplicate row, and a text that is not a number."""

    @requires("public")
    def twice() -> str:
        with transaction() as session:
            rows = [StaffUser(email=ADDRESS, name=NAME, password_hash=ANSWER, created_at=NOON) for _twice in range(2)]
            session.add_all(rows)
        return ""

    @requires("public")
    def no_number() -> str:
        value = db.session.execute(text("SELECT CAST(:typed AS INTEGER)"), {"typed": ANSWER}).scalar()
        return str(int(value or ANSWER))

    app.add_url_rule("/twice", "twice", twice)
    app.add_url_rule("/no-number", "no_number", no_number)


def fail_in_a_job(app: Flask, take_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_named: object) -> None:
        db.session.execute(text("SELECT CAST(:typed AS INTEGER)"), {"typed": ANSWER})
        raise ValueError(f"{NAME} <{ADDRESS}>: {ANSWER}")

    monkeypatch.setattr(assembly, "assemble", fail)
    with transaction() as session:
        processing.add_stage(session, take_id, Stage.ASSEMBLE, now=clock.now())
    pipeline.enqueue(Stage.ASSEMBLE, take_id)
    worker = Worker([jobs.queue], connection=jobs.redis, serializer="json")
    worker.app = app
    worker.work(burst=True, logging_level="INFO")
    assert len(jobs.queue.failed_job_registry) >= 1


@pytest.mark.redis
def test_personal_data_is_in_no_log_no_queue_and_no_temporary_folder(
    app: Flask, written: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = take_part(app)
    invitation_id, question = attempt.invitation_id, attempt.interview.questions[2]
    take_id = make_uploaded_take(attempt=attempt, question=question, content=RECORDING + SPOKEN).id
    for _try in range(12):
        app.test_client().submit("/sign-in", {"email": TYPED, "password": ANSWER})  # type: ignore[attr-defined]
    for address in ("/twice", "/no-number"):
        assert app.test_client().get(address).status_code == 500
    fail_in_a_job(app, take_id, monkeypatch)
    assert "IntegrityError" in written.getvalue()
    assert "429" in written.getvalue() or "exceeded" in written.getvalue(), "the throttle has said something"
    assert "JobFailedError: " in in_redis(jobs.redis), "what is packed in Redis is read"
    assert found_in(written.getvalue()) == []
    assert found_in(in_redis(jobs.redis)) == []
    assert found_in(in_files(tmp_path / "redis", temporary.root())) == []

    left = leave(take_id, age_seconds=1)
    (left / "segment-0").write_bytes(SPOKEN)
    erasure_run.erase(invitation_id, actor=Actor("staff", "x" * 26), now=clock.now())
    assert found_in(everything()) == [], "in any table"
    assert found_in(in_files(tmp_path)) == [], "in any file: database, storage, temporary files, Redis"
    assert found_in(in_redis(jobs.redis)) == []
    assert found_in(written.getvalue()) == []


def test_trace_has_place_and_class_of_an_error_and_no_message() -> None:
    try:
        try:
            int(ANSWER)
        except ValueError as problem:
            raise KeyError(ADDRESS) from problem
    except KeyError as problem:
        trace = trace_of(problem)
    assert "ValueError" in trace
    assert "KeyError" in trace
    assert "test_personal_data.py" in trace
    assert found_in(trace) == []


def test_queue_stores_only_the_name_of_a_jobs_error() -> None:
    from app.traces import without_words

    def job() -> None:
        raise ValueError(ANSWER)

    with pytest.raises(JobFailedError) as told:
        without_words(job)()
    assert str(told.value) == "ValueError"
    assert (told.value.__cause__, told.value.__context__) == (None, None)


@pytest.mark.redis
def test_a_database_error_does_not_carry_its_parameters(app: Flask) -> None:
    assert db.engine.hide_parameters


@pytest.mark.redis
@pytest.mark.timeout(900)
def test_nothing_of_a_person_outlives_a_killed_worker_and_an_erasure(
    app: Flask, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A real worker is killed in the middle of a recording, another one finishes it, and then the person is erased."""
    config = app.config["FAIRTAKE"]
    attempt = take_part(app)
    invitation_id = attempt.invitation_id
    take = make_uploaded_take(attempt=attempt, question=attempt.interview.questions[2])
    parts = db.session.query(UploadPart).join(Upload).filter_by(take_id=take.id)
    recording = b"".join(b"".join(get_storage().stream(part.key)) for part in parts)
    pieces = [recording[place : place + 16] for place in range(1000, len(recording) - 16, 97)]
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.enqueue(Stage.ASSEMBLE, take.id)
    with running_worker(config, "--inner") as first:
        wait_until(
            lambda: has_reached(take.id, Stage.ASSEMBLE, StageState.RUNNING, StageState.DONE), "a worker assembles"
        )
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    leave(take.id, age_seconds=1)
    with running_worker(config):
        wait_until(lambda: has_reached(take.id, Stage.INDEX, StageState.DONE), "another worker finishes")
    served = as_bytes(tmp_path)
    pieces = [piece for piece in pieces if piece in served]
    assert len(pieces) > 10, "else the test would prove nothing"
    erasure_run.erase(invitation_id, actor=Actor("staff", "x" * 26), now=clock.now())
    left = as_bytes(tmp_path)
    assert [piece for piece in pieces if piece in left] == []
    assert found_in(in_files(tmp_path)) == []
    assert found_in(everything()) == []
    assert found_in(in_redis(jobs.redis)) == []
    assert [path for path in temporary.root().rglob("*") if path.is_file()] == []
    printed = capfd.readouterr()
    assert found_in(printed.out + printed.err) == [], "in the output of the workers"


def has_reached(take_id: str, stage: Stage, *states: StageState) -> bool:
    db.session.rollback()
    run = db.session.get(StageRun, (take_id, str(stage)))
    return run is not None and run.state in states


def as_bytes(folder: Path) -> bytes:
    """Return the contents of all files in a folder."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_socket())
