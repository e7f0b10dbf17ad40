"""Long encodings are interrupted, so that no other encoding waits long, and one candidate never fills two lanes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import clock, lanes, pipeline
from app.captions import question_media_pipeline
from app.captions.models import QuestionMediaEncoding
from app.captions.question_versions import MediaPlace
from app.extensions import db
from app.media.processes import niceness
from app.recording import assembly, processing
from app.recording.leases import GiveWayError
from app.recording.models import Media, Stage, StageRun, StageState, Take
from app.storage import get_storage
from app.transaction import transaction
from tests.factories import NOON, make_interview, make_take, make_uploaded_take

pytestmark = pytest.mark.usefixtures("app")
HEVC = Path(__file__).parent / "clips" / "hevc.mov"


def waiting(*, lane: int = 0, after: int = 0, take: Take | None = None) -> str:
    """Make a take that has waited for encoding since `after` seconds past noon. Return its id."""
    take = take or make_take()
    run = StageRun(take_id=take.id, stage=str(Stage.ENCODE), lane=lane, updated_at=NOON + timedelta(seconds=after))
    with transaction() as session:
        session.add(run)
    return take.id


def question_media(*, lane: int = 0, after: int = 0) -> str:
    """Make a question whose video waits for encoding. Return the question's id."""
    question = make_interview().questions[0].id
    since = NOON + timedelta(seconds=after)
    row = QuestionMediaEncoding(
        question_id=question, source_key="prompts/x", duration_ms=0, has_video=True, lane=lane, made_at=since,
        updated_at=since,
    )  # fmt: skip
    with transaction() as session:
        session.add(row)
    return question


def order(lane: int) -> list[str]:
    return [each.id for each in lanes.waiting_in(lane)]


def run_of(take_id: str) -> StageRun:
    db.session.rollback()
    return db.session.get_one(StageRun, (take_id, str(Stage.ENCODE)))


def test_first_lane_skips_long_encodings_and_other_lanes_prefer_them() -> None:
    new, long, longest, of_question = waiting(after=2), waiting(lane=1), waiting(lane=2), question_media(after=1)
    assert order(0) == [of_question, new]
    assert order(1) == [long, of_question, new]
    assert order(2) == [longest, long, of_question, new]


def test_a_candidate_whose_recording_is_being_encoded_waits_with_the_next_one() -> None:
    first = make_take()
    begun, next_one = waiting(take=first), waiting(take=make_take(first.attempt, number=2))
    other = waiting(after=60)
    with transaction() as session:
        assert processing.claim_stage(session, begun, Stage.ENCODE, now=clock.now())
    assert order(lanes.LAST) == [other]
    with transaction() as session:
        session.get_one(StageRun, (begun, str(Stage.ENCODE))).state = str(StageState.DONE)
    assert order(lanes.LAST) == [next_one, other]


@pytest.mark.parametrize("is_over", [True, False], ids=["over", "not over"])
@pytest.mark.parametrize("others", [True, False], ids=["others wait", "nobody waits"])
def test_an_encoding_gives_way_once_it_is_over_its_time_and_others_wait(
    monkeypatch: pytest.MonkeyPatch, is_over: bool, others: bool
) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_SECONDS", (-1 if is_over else 3600, None))
    monkeypatch.setattr(lanes, "NOTICE_SECONDS", 0)
    if others:
        waiting()
    give_way = lanes.giving_way(0)
    if is_over and others:
        with pytest.raises(GiveWayError):
            give_way()
    else:
        give_way()
    lanes.giving_way(1)()


def test_encoding_continues_if_another_lane_takes_the_waiting_one(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr(lanes, "PATIENCE_SECONDS", (60, None))
    monkeypatch.setattr(lanes.time, "monotonic", lambda: moment[0])
    give_way = lanes.giving_way(0)
    moment[0] += 61
    new = waiting()
    give_way()
    run_of(new)
    with transaction() as session:
        assert processing.claim_stage(session, new, Stage.ENCODE, now=clock.now())
    moment[0] += lanes.NOTICE_SECONDS
    give_way()
    waiting()
    give_way()
    moment[0] += lanes.NOTICE_SECONDS
    with pytest.raises(GiveWayError):
        give_way()


def test_the_last_lane_never_gives_way() -> None:
    assert lanes.PATIENCE_SECONDS[lanes.LAST] is None
    assert len(lanes.PATIENCE_SECONDS) == lanes.LAST + 1


@pytest.fixture
def during_the_encoding(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return a function that schedules one action for the next encoding, before the encoder starts."""
    real, acts = assembly.prepare_media, []

    def prepare(*arguments: Any, note: Callable[[int], object], **more: Any) -> object:
        if acts:
            acts.pop()()
            note(10)
        return real(*arguments, note=note, **more)

    monkeypatch.setattr(assembly, "prepare_media", prepare)
    return acts.append


def test_encoding_that_gives_way_continues_in_a_lane_for_long_ones(
    app: Flask, monkeypatch: pytest.MonkeyPatch, during_the_encoding: Callable[[Callable[[], object]], None]
) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_SECONDS", (-1, None))
    monkeypatch.setattr(lanes, "NOTICE_SECONDS", 0)
    monkeypatch.setattr(lanes, "LAST", 1)
    long = make_uploaded_take(content=HEVC.read_bytes())
    waiting(take=long)
    during_the_encoding(waiting)
    assert pipeline.encode_next(0)
    run = run_of(long.id)
    assert (run.state, run.lane, run.attempts, run.lease) == (StageState.PENDING, 1, 0, None)
    assert long.id not in order(0)
    assert order(1)[0] == long.id
    assert pipeline.encode_next(1)
    assert run_of(long.id).state == StageState.DONE
    assert db.session.query(Media).one().plays_everywhere


@pytest.fixture
def coordinators_film(app: Flask) -> str:
    get_storage().put("prompts/x", HEVC.read_bytes())
    return question_media()


def test_encoding_of_a_question_video_gives_way_too(
    monkeypatch: pytest.MonkeyPatch, coordinators_film: str, app: Flask
) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_SECONDS", (-1, None))
    monkeypatch.setattr(lanes, "NOTICE_SECONDS", 0)
    monkeypatch.setattr(lanes, "LAST", 1)

    def prepare(*_: object, note: Callable[[int], object], **_more: object) -> None:
        waiting()
        note(10)

    monkeypatch.setattr(question_media_pipeline, "prepare_media", prepare)
    assert pipeline.encode_next(0)
    db.session.rollback()
    row = db.session.get_one(QuestionMediaEncoding, MediaPlace(coordinators_film))
    assert (row.state, row.lane, row.attempts) == (StageState.PENDING, 1, 0)


def test_priority_of_a_child_falls_with_its_running_time() -> None:
    assert [niceness(seconds) for seconds in (0, 59, 60, 180, 1799, 1800, 10_000)] == [10, 10, 14, 17, 17, 19, 19]
