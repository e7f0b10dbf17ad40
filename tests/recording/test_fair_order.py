"""The order of waiting takes: short answers before long ones, and no one waits forever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rq.timeouts import JobTimeoutException

from app import clock, pipeline, turns
from app.captions import services
from app.captions.shaping.cues import Word
from app.captions.speech.sound import Sound
from app.captions.speech.transcriber import Transcript
from app.extensions import db
from app.media import sandbox
from app.media.facts import Refusal
from app.recording import assembly, processing
from app.recording.fair_order import fair_order, more_urgent
from app.recording.models import Stage, StageRun, StageState, Take
from app.transaction import transaction
from tests.answer_factories import add_media
from tests.factories import NOON, make_take, make_uploaded_take
from tests.media_factory import opus_silence


def waiting(seconds: int, *, after: int = 0) -> str:
    """Make a take of `seconds` that has waited for captions since `after` seconds after noon. Returns its id."""
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


def test_answer_that_has_waited_its_length_is_not_overtaken(app: Flask) -> None:
    long = waiting(60)
    sooner, later = waiting(10, after=49), waiting(10, after=51)
    assert order() == [sooner, long, later]


def test_only_abandoned_stages_wait_not_finished_or_running_ones(app: Flask) -> None:
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


def test_each_job_processes_the_next_answer_once(app: Flask) -> None:
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


def test_a_candidate_whose_recordings_cost_too_much_lets_the_others_go_first(app: Flask) -> None:
    costly, honest = make_uploaded_take(), make_uploaded_take()
    again = make_uploaded_take(attempt=costly.attempt, number=2)
    with transaction() as session:
        processing.add_stage(session, costly.id, Stage.ASSEMBLE, now=NOON)
        assert processing.refuse_stage(session, costly.id, Stage.ASSEMBLE, Refusal.TOO_COSTLY, now=NOON)
        processing.add_stage(session, again.id, Stage.ASSEMBLE, now=NOON)
        processing.add_stage(session, honest.id, Stage.ASSEMBLE, now=NOON + timedelta(minutes=50))
    assert order(Stage.ASSEMBLE) == [honest.id, again.id]


def test_shorter_takes_interrupt_a_long_answer_unless_they_came_too_late(app: Flask) -> None:
    short, longer, late = waiting(60), waiting(4000), waiting(10, after=3600)
    turn = NOON + timedelta(seconds=3000)
    assert more_urgent(db.session(), turn, [], now=NOON) == [(short, Stage.TRANSCRIBE)]
    everything = more_urgent(db.session(), turn + timedelta(days=1), [], now=NOON)
    assert [take_id for take_id, _ in everything] == [short, late, longer]


class Hearing:
    """A fake speech model that calls `half_way` during each transcription and reports its progress."""

    def __init__(self, half_way: Callable[[], None]):
        self.half_way = half_way
        self.ends: list[int] = []

    def transcribe(
        self, sound: Sound, meanwhile: Callable[[float], None], *, languages: object, **_: object
    ) -> Transcript:
        """Return one word, and record the size of the sound, which shows the order in which transcriptions end."""
        self.half_way()
        meanwhile(0.5)
        meanwhile(1.0)
        self.ends.append(sound.size)
        return Transcript([Word(0, 500, "Yes", 0.9)], "en", "slow", None)


@pytest.fixture
def long_answer(app: Flask, tmp_path: Path) -> str:
    """The id of a two-hour answer that waits for captions."""
    take = make_uploaded_take(content=opus_silence(tmp_path / "long.webm", 7200).read_bytes())
    with transaction() as session:
        session.get_one(Take, take.id).limits = {"recording_seconds": None, "thinking_seconds": 0, "retakes": 0}
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", take.id)
    return take.id


def state(take_id: str, stage: Stage) -> str | None:
    db.session.rollback()
    run = db.session.get(StageRun, (take_id, str(stage)))
    return run.state if run else None


def test_a_short_answer_that_comes_while_a_long_one_is_heard_is_captioned_before_it(
    long_answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[str] = []

    def another_comes() -> None:
        if not came:
            take = make_uploaded_take()
            with transaction() as session:
                processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
            came.append(take.id)

    hearing = Hearing(another_comes)
    monkeypatch.setattr(services, "get_transcriber", lambda _config: hearing)
    pipeline.run_stage("transcribe", long_answer)
    assert [state(take_id, Stage.INDEX) for take_id in (came[0], long_answer)] == [StageState.DONE] * 2
    assert hearing.ends == sorted(hearing.ends)
    assert len(hearing.ends) == 2


def test_a_stage_that_fails_meanwhile_is_retried_and_does_not_end_the_long_answer(
    long_answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_uploaded_take()

    def another_comes() -> None:
        with transaction() as session:
            processing.add_stage(session, broken.id, Stage.ASSEMBLE, now=clock.now())

    def break_down(*_: object, **_more: object) -> object:
        raise OSError("disk full")

    monkeypatch.setattr(services, "get_transcriber", lambda _config: Hearing(another_comes))
    monkeypatch.setattr(assembly, "assemble", break_down)
    pipeline.run_stage("transcribe", long_answer)
    assert state(broken.id, Stage.ASSEMBLE) == StageState.PENDING
    assert state(long_answer, Stage.TRANSCRIBE) == StageState.DONE


def test_time_limit_ends_a_job_in_any_stage(long_answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    late = make_uploaded_take()

    def another_comes() -> None:
        with transaction() as session:
            processing.add_stage(session, late.id, Stage.ASSEMBLE, now=clock.now())

    def take_too_long(*_: object, **_more: object) -> object:
        raise JobTimeoutException

    monkeypatch.setattr(services, "get_transcriber", lambda _config: Hearing(another_comes))
    monkeypatch.setattr(assembly, "assemble", take_too_long)
    with pytest.raises(JobTimeoutException):
        pipeline.run_stage("transcribe", long_answer)
    assert state(long_answer, Stage.TRANSCRIBE) == StageState.PENDING


def test_not_every_recording_is_begun_at_once(app: Flask) -> None:
    takes = {waiting(seconds): seconds for seconds in range(10, 2, -1)}
    begun: list[str] = []
    most: list[int] = []

    def run(_stage: Stage, take_id: str) -> bool:
        begun.append(take_id)
        most.append(len(begun))
        turns.run_urgent_first(take_id, NOON + timedelta(seconds=takes[take_id]), run)
        begun.remove(take_id)
        return True

    turns.run_urgent_first("another", NOON + timedelta(seconds=9), run)
    assert max(most) == turns.MAX_AT_ONCE - 1  # the take "another" is in progress too


def test_answers_of_others_are_captioned_while_a_recording_takes_long_to_assemble(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow child process ends only once the other take has captions, so this test does not depend on the machine's
    speed.
    """
    slow, other = make_uploaded_take(), make_uploaded_take()
    again = make_uploaded_take(attempt=slow.attempt, number=2)
    captioned, child = tmp_path / "captioned", tmp_path / "child.py"
    child.write_text(
        f"import json, os, sys, time\njson.load(sys.stdin)\nwhile not os.path.exists({str(captioned)!r}): time.sleep(0.05)\n"
        "os.kill(os.getpid(), 24)\n"  # the signal for the limit on processor time
    )
    quick = sandbox.CHILD
    monkeypatch.setattr(sandbox, "CHILD", child)
    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.2)
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(services, "get_transcriber", lambda _config: Hearing(captioned.touch))

    let_others = turns.run_urgent_first

    def with_the_real_child(*arguments: Any) -> None:
        monkeypatch.setattr(sandbox, "CHILD", quick)
        let_others(*arguments)

    monkeypatch.setattr(turns, "run_urgent_first", with_the_real_child)
    with transaction() as session:
        for take in (slow, other, again):
            processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", slow.id)
    assert state(other.id, Stage.INDEX) == StageState.DONE
    assert state(slow.id, Stage.ASSEMBLE) == StageState.FAILED
    assert state(again.id, Stage.ASSEMBLE) == StageState.PENDING, "one candidate cannot have two take long at a time"
