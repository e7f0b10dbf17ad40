"""Simultaneous requests take effect once. Writers wait for each other on SQLite; rows are locked on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.interviews.models import Attempt
from app.interviews.services import load_attempt
from app.recording import services
from app.recording.models import Stage, StageRun, Take, TakeKind, Upload
from app.recording.recorder_reports import SegmentReport, StopReport
from app.recording.upload import tus, uploads
from app.recording.upload.incoming import Received, StoredPart
from app.recording.upload.uploads import UploadLimits
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import make_attempt, make_take

POLICY = UploadLimits(limit=10**6, expiry=timedelta(days=7))
ROUNDS = 4


def begin_upload(take: Take) -> str:
    header = {"take": take.id}
    with transaction() as session:
        creation = tus.Creation(None, "", header)
        return uploads.create_upload(session, take.attempt_id, creation, POLICY, now=clock.now()).id


def send(take_id: str, attempt_id: str, upload_id: str, letter: str, *, ends: bool = True) -> bool:
    part = tus.PartHeaders(offset=0, size=1, length=1 if ends else None, checksum=None, recorded_ms=None)
    received = Received((StoredPart(0, 1, "0" * 64, f"parts/{letter}"),))
    with transaction() as session:
        accepted = uploads.accept_part(session, attempt_id, upload_id, part, received, POLICY, now=clock.now())
        return accepted.take_is_complete


def stop(take_id: str, attempt_id: str) -> bool:
    report = StopReport(recorded_ms=1, kept=False, segments=(SegmentReport(1, 1),))
    with transaction() as session:
        return services.stop_take(session, attempt_id, take_id, report, now=clock.now()).became_complete


def test_the_last_part_and_the_stop_complete_the_take_between_them(app: Flask) -> None:
    for _ in range(ROUNDS):
        take = make_take()
        ids = (take.id, take.attempt_id)
        upload_id = begin_upload(take)
        completed = at_once(app, [lambda: stop(*ids), lambda: send(*ids, upload_id, "a")])  # noqa: B023
        assert sorted(map(str, completed)) == ["False", "True"]
        db.session.rollback()
        assert db.session.get_one(Take, ids[0]).complete_at is not None
        assert db.session.get(StageRun, (ids[0], str(Stage.ASSEMBLE))) is not None


def test_a_last_part_that_comes_while_the_stop_is_being_written_waits_for_it(app: Flask) -> None:
    """If the part did not wait, neither request would see the other's change, and the take would never become complete."""
    take = make_take()
    ids = (take.id, take.attempt_id)
    upload_id = begin_upload(take)
    results: list[object] = []
    other = threading.Thread(target=lambda: results.extend(at_once(app, [lambda: send(*ids, upload_id, "a")])))
    report = StopReport(recorded_ms=1, kept=False, segments=(SegmentReport(1, 1),))
    with transaction() as session:
        assert not services.stop_take(session, ids[1], ids[0], report, now=clock.now()).became_complete
        other.start()
        other.join(0.5)
        assert other.is_alive()
    other.join()
    assert results == [True]


def test_of_many_parts_at_one_place_exactly_one_is_acknowledged(app: Flask) -> None:
    take = make_take()
    ids = (take.id, take.attempt_id)
    upload_id = begin_upload(take)
    acts = [lambda letter=letter: send(*ids, upload_id, letter, ends=False) for letter in "abcdef"]
    results = at_once(app, acts)
    refused = [result for result in results if isinstance(result, tus.ProtocolError)]
    assert (results.count(False), len(refused)) == (1, 5)
    assert {refusal.fault for refusal in refused} == {tus.TusFault.WRONG_OFFSET}
    db.session.rollback()
    upload = db.session.get_one(Upload, upload_id)
    assert (upload.offset, [part.key for part in upload.parts]) == (1, [f"parts/{'abcdef'[results.index(False)]}"])


@pytest.mark.parametrize(("recorders", "expected"), [(["one"] * 4, 1), (["one", "one", "two", "two"], 2)])
def test_starts_of_one_recorder_get_one_take(app: Flask, recorders: list[str], expected: int) -> None:
    attempt = make_attempt()
    attempt_id, question_id = attempt.id, attempt.interview.questions[0].id

    def start(recorder: str) -> str:
        with transaction() as session:
            own = load_attempt(session, attempt_id, clock.now(), lock=True)
            change = services.start_take(session, own, question_id, TakeKind.VIDEO, recorder=recorder, now=clock.now())
            return change.take.id

    assert len(set(at_once(app, [partial(start, name) for name in recorders]))) == expected
    db.session.rollback()
    assert len(db.session.scalars(select(Take).where(Take.attempt_id == attempt_id)).all()) == expected


def test_two_choices_leave_one_answer(app: Flask) -> None:
    attempt = make_attempt()
    attempt_id, question = attempt.id, attempt.interview.questions[0]
    takes = [make_take(attempt, question, number=number, stopped_at=clock.now()).id for number in (1, 2)]

    def choose(take_id: str) -> str:
        with transaction() as session:
            own = load_attempt(session, attempt_id, clock.now(), lock=True)
            return services.choose_take(session, own, take_id, now=clock.now()).id

    results = at_once(app, [lambda take_id=take_id: choose(take_id) for take_id in takes])
    assert set(results) == set(takes)
    db.session.rollback()
    tasks = services.task_list(db.session(), db.session.get_one(Attempt, attempt_id))
    assert tasks[0].answer is not None
    assert tasks[0].answer.take_id in takes
