"""What was heard of a recording is kept until its captions are made, and is not heard again."""

from __future__ import annotations

import numpy as np
import pytest
from flask import Flask

from app import clock, pipeline
from app.audit import Actor
from app.captions.pipeline import HeardSoFar
from app.captions.services import current_track
from app.captions.speech.heard import HeardWindows
from app.captions.speech.transcriber import WhisperTranscriber
from app.config import DEMO_MODEL
from app.extensions import db
from app.recording import processing
from app.recording.heard_models import HeardGroup
from app.recording.leases import LEASE, LeaseLostError
from app.recording.models import Stage, StageRun, StageState, Take
from app.recording.processing import Claim
from app.recording.services import remove_take
from app.transaction import transaction
from tests.captions.heard import SPEECH, Memory, heard_groups, wav
from tests.factories import make_uploaded_take
from tests.stages import run_all

pytestmark = pytest.mark.every_database


@pytest.fixture(scope="module")
def demo() -> WhisperTranscriber:
    return WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8", cpu_threads=1)


def test_what_was_heard_before_gives_the_same_transcript_and_is_not_heard_again(
    demo: WhisperTranscriber, groups: list[range]
) -> None:
    without = demo.transcribe(SPEECH)
    assert len(groups) == 2
    memory = Memory()
    assert demo.transcribe(SPEECH, memory=memory) == without
    assert len(groups) == 4
    assert demo.transcribe(SPEECH, memory=memory) == without
    assert len(groups) == 4


def test_other_sound_or_another_language_is_heard_again(demo: WhisperTranscriber, groups: list[range]) -> None:
    memory = Memory()
    demo.transcribe(SPEECH, memory=memory)
    before = len(groups)
    changed = SPEECH.copy()
    changed[SPEECH.size // 8] += 0.01
    heard = demo.transcribe(changed, memory=memory)
    assert len(groups) == before + 1
    assert [word.text for word in heard.words] == [word.text for word in demo.transcribe(SPEECH).words]
    later = np.concatenate([np.zeros(16_000, np.float32), SPEECH])
    groups.clear()
    demo.transcribe(later, memory=memory)
    assert len(groups) == 2


def test_the_successor_of_a_killed_worker_hears_only_the_rest(
    app: Flask, groups: list[range], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, killed = (make_uploaded_take(content=wav()) for _ in range(2))
    run_all(whole)
    assert len(groups) == 2
    groups.clear()

    class KilledError(BaseException):
        """Ends the worker's work without any of its code for errors."""

    put = HeardSoFar.put

    def put_and_die(self: HeardSoFar, key: str, heard: HeardWindows) -> None:
        put(self, key, heard)
        raise KilledError

    with transaction() as session:
        processing.add_stage(session, killed.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", killed.id)
    with monkeypatch.context() as patched:
        patched.setattr(HeardSoFar, "put", put_and_die)
        with pytest.raises(KilledError):
            pipeline.run_stage("transcribe", killed.id)
    assert heard_groups(killed.id) == 1
    with transaction() as session:
        session.get_one(StageRun, (killed.id, "transcribe")).lease_until = clock.now() - 2 * LEASE
    pipeline.run_stage("transcribe", killed.id)
    assert groups == [range(4), range(4, 6)]
    cues = []
    for take in (whole, killed):
        track = current_track(db.session(), take.id)
        assert track is not None
        cues.append([(cue.start_ms, cue.end_ms, cue.text, cue.words) for cue in track.cues])
    assert cues[0] == cues[1] != []


def test_what_was_heard_is_deleted_when_the_captions_are_made(app: Flask, groups: list[range]) -> None:
    take = make_uploaded_take(content=wav())
    run_all(take)
    assert len(groups) == 2
    assert heard_groups(take.id) == 0


def heard_take() -> Take:
    """Make a take of which something was heard, and whose captions are not made."""
    take = make_uploaded_take()
    with transaction() as session:
        session.add(
            HeardGroup(take_id=take.id, key="0" * 64, heard=HeardWindows([], []).to_json(), made_at=clock.now())
        )
    return take


def test_what_was_heard_is_deleted_with_the_take(app: Flask) -> None:
    take = heard_take()
    with transaction() as session:
        actor = Actor("candidate", take.attempt_id)
        remove_take(session, session.get_one(Take, take.id), why="not chosen", actor=actor, now=clock.now())
    assert heard_groups(take.id) == 0


def test_only_the_holder_of_the_lease_keeps_what_it_heard(app: Flask) -> None:
    take = make_uploaded_take()
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.TRANSCRIBE, now=clock.now())
        lease = processing.claim_stage(session, take.id, Stage.TRANSCRIBE, now=clock.now())
    assert lease
    held, lost = (HeardSoFar(Claim(take.id, Stage.TRANSCRIBE, each)) for each in (lease, "another"))
    with pytest.raises(LeaseLostError):
        lost.put("1" * 64, HeardWindows([], []))
    assert heard_groups(take.id) == 0
    held.put("1" * 64, HeardWindows([], []))
    held.put("1" * 64, HeardWindows([], []))
    assert heard_groups(take.id) == 1
    assert held.get("1" * 64) == HeardWindows([], [])
    assert held.get("2" * 64) is None
    assert db.session.get_one(StageRun, (take.id, "transcribe")).state == StageState.RUNNING
