"""The worker hears an answer while it is recorded. Whatever happens meanwhile, its captions are the same."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import av
import numpy as np
import pytest
from flask import Flask

from app import clock
from app.audit import Actor
from app.captions import hearing_ahead
from app.captions.hearing_ahead import IDLE, Follower
from app.captions.services import current_track
from app.extensions import db
from app.ids import new_id
from app.recording import processing
from app.recording.leases import LEASE
from app.recording.models import Stage, StageRun, Take, Upload, UploadPart
from app.recording.services import remove_take
from app.storage import get_storage
from app.transaction import transaction
from tests.captions.heard import SOUND, SPOKEN, heard_groups
from tests.factories import NOON, make_take, make_uploaded_take
from tests.stages import run_all

pytestmark = pytest.mark.every_database
PATIENCE_SECONDS = 180
RATE = 16_000


@cache
def content() -> bytes:
    """Return two minutes of speech as a browser records it."""
    file = io.BytesIO()
    speech = np.concatenate([SOUND, np.zeros(RATE, np.int16), SOUND])[None, :]
    with av.open(file, "w", format="webm", options={"live": "1", "cluster_time_limit": "1000"}) as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        resampler = av.AudioResampler("flt", "mono", 48_000)
        frame = av.AudioFrame.from_ndarray(speech, format="s16", layout="mono")
        frame.sample_rate = RATE
        for each in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(each))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.fixture
def follower(app: Flask) -> Iterator[Follower]:
    made = Follower()
    yield made
    made.close()


class Recording:
    """A take that is being recorded."""

    def __init__(self) -> None:
        self.take = make_take()
        self.arrived = 0
        with transaction() as session:
            upload = Upload(
                take_id=self.take.id, segment=1, created_at=NOON, expires_at=NOON + timedelta(days=7), recorded_ms=0
            )
            session.add(upload)
            session.flush()
            self.upload_id = upload.id

    def set_lease(self, until: datetime) -> None:
        """Set when the lease of the worker that follows the take ends."""
        with transaction() as session:
            session.get_one(StageRun, (self.take.id, "hear ahead")).lease_until = until

    def arrive(self, until: int | None = None, *, now: datetime | None = None) -> None:
        """Let the bytes up to `until`, or all bytes, arrive."""
        until = len(content()) if until is None else until
        piece, key = content()[self.arrived : until], f"uploads/{self.take.id}/{self.arrived}-{new_id()}"
        get_storage().put(key, piece)
        digest = sha256(piece).hexdigest()
        with transaction() as session:
            upload = session.get_one(Upload, self.upload_id)
            upload.offset, upload.recorded_ms, upload.active_at = until, 60_000, now or clock.now()
            session.add(UploadPart(upload_id=upload.id, start=self.arrived, size=len(piece), sha256=digest, key=key))
        self.arrived = until

    def stop(self) -> None:
        """Stop the recording, with all bytes there."""
        with transaction() as session:
            take = session.get_one(Take, self.take.id)
            take.stopped_at = take.complete_at = take.closed_at = clock.now()
            processing.restart(session, take.id, now=clock.now())

    @property
    def heard(self) -> int:
        """The number of groups that are kept."""
        return heard_groups(self.take.id)

    @property
    def stage(self) -> StageRun | None:
        db.session.rollback()
        return db.session.get(StageRun, (self.take.id, str(Stage.HEAR_AHEAD)))


def follow(follower: Follower, recording: Recording, groups: int) -> None:
    """Let the follower work until so many groups are kept."""
    until = time.monotonic() + PATIENCE_SECONDS
    while recording.heard < groups:
        assert time.monotonic() < until, "nothing is heard"
        follower.step()
        time.sleep(0.02)


def cues_of(take: Take) -> list[Any]:
    run_all(take)
    track = current_track(db.session(), take.id)
    assert track is not None
    return [(cue.start_ms, cue.end_ms, cue.text, cue.words) for cue in track.cues]


def test_the_captions_are_those_of_the_finished_recording_and_only_the_rest_is_heard_after_stop(
    app: Flask, follower: Follower, groups: list[range]
) -> None:
    whole = cues_of(make_uploaded_take(content=content()))
    every, recording = len(groups), Recording()
    groups.clear()
    for until in range(20_000, len(content()), 50_000):
        recording.arrive(until)
        follower.step()
    recording.arrive()
    follow(follower, recording, every - 2)
    recording.stop()
    follower.step()
    before = len(groups)
    assert cues_of(recording.take) == whole
    assert len(groups) == every
    assert before >= every - 2
    assert recording.heard == 0


def test_nothing_is_heard_while_a_finished_recording_waits(app: Flask, follower: Follower, groups: list[range]) -> None:
    waiting, recording = make_uploaded_take(), Recording()
    with transaction() as session:
        processing.add_stage(session, waiting.id, Stage.TRANSCRIBE, now=clock.now())
    recording.arrive()
    for _ in range(20):
        assert not follower.step()
        time.sleep(0.1)
    assert groups == []
    run_all(waiting)
    groups.clear()
    follow(follower, recording, 1)


def test_a_removed_take_is_heard_no_further_and_nothing_of_it_is_kept(
    app: Flask, follower: Follower, groups: list[range], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing_ahead, "LEASE", timedelta(0))
    recording = Recording()
    recording.arrive()
    follow(follower, recording, 1)
    with transaction() as session:
        actor = Actor("candidate", recording.take.attempt_id)
        remove_take(session, session.get_one(Take, recording.take.id), why="empty", actor=actor, now=clock.now())
    groups.clear()
    assert not follower.step()
    assert not follower.step()
    assert (groups, recording.heard, recording.stage) == ([], 0, None)


def test_one_worker_follows_a_take_until_it_is_killed_and_its_successor_hears_only_the_rest(
    app: Flask, follower: Follower, groups: list[range]
) -> None:
    recording, other = Recording(), Follower()
    recording.arrive()
    follow(follower, recording, 1)
    recording.set_lease(clock.now() + 100 * LEASE)
    assert not other.step()
    assert len(groups) == 1
    recording.set_lease(clock.now() - 2 * LEASE)
    follow(other, recording, 2)
    recording.set_lease(clock.now() + 100 * LEASE)
    follower.step()  # it may not have noticed yet that its lease is lost, and finds what the other has heard
    other.close()
    assert len(groups) == 2


def test_a_take_that_goes_on_in_another_session_is_not_followed_but_captioned(
    app: Flask, follower: Follower, groups: list[range]
) -> None:
    recording = Recording()
    recording.arrive()
    follow(follower, recording, 1)
    with transaction() as session:
        key = f"uploads/{recording.take.id}/second"
        get_storage().put(key, content())
        part = UploadPart(start=0, size=len(content()), sha256="0" * 64, key=key)
        session.add(
            Upload(
                take_id=recording.take.id, segment=2, offset=len(content()), created_at=NOON,
                expires_at=NOON + timedelta(days=7), active_at=clock.now(), parts=[part],
            )
        )  # fmt: skip
    follower.step()
    stage = recording.stage
    assert stage is not None
    assert stage.state == "failed"
    recording.stop()
    texts = [cue[2] for cue in cues_of(recording.take)]
    assert " ".join(texts).count("deadline") == 2 * 2 * SPOKEN.count("answer_two.wav")


def test_a_pause_of_ten_minutes_ends_nothing_and_one_of_an_hour_only_the_hearing(
    app: Flask, follower: Follower, groups: list[range], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, begun = Recording(), clock.now()
    passed = timedelta(0)
    monkeypatch.setattr(clock, "now", lambda: begun + passed)
    recording.arrive(len(content()) // 2)
    follower.step()
    for _ in range(60):
        passed += timedelta(seconds=10)
        follower.step()
    assert recording.stage is not None
    assert recording.stage.state == "running"
    recording.arrive()
    follow(follower, recording, 1)
    for _ in range(20):
        passed += timedelta(minutes=1)
        follower.step()
    assert recording.stage.state == "failed"
    assert passed > IDLE
    recording.stop()
    assert len(cues_of(recording.take)) > 10


@pytest.mark.parametrize("change", ["signed", "short", "old", "file", "stopped"])
def test_other_takes_are_not_followed(app: Flask, follower: Follower, change: str) -> None:
    recording = Recording()
    recording.arrive()
    with transaction() as session:
        take, upload = session.get_one(Take, recording.take.id), session.get_one(Upload, recording.upload_id)
        if change == "signed":
            take.kind = "signed"
        elif change == "short":
            upload.recorded_ms = 30_000
        elif change == "old":
            upload.active_at = clock.now() - timedelta(minutes=2)
        elif change == "file":
            upload.length = upload.offset
        else:
            take.stopped_at = clock.now()
    follower.step()
    assert recording.stage is None
