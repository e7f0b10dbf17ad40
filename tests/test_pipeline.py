"""The results of the stages, run in the test's process, also for missing or invalid input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, pipeline
from app.captions.services import current_track, track_as_vtt
from app.config import Config
from app.extensions import db
from app.recording import processing
from app.recording.models import Media, StageRun, Take, UploadPart
from app.recording.processing import TakeState, state_of
from tests.factories import make_uploaded_take
from tests.stages import run_all, stored_keys


def test_a_take_becomes_one_file_and_one_track_and_its_parts_are_gone(app: Flask) -> None:
    take = make_uploaded_take()
    assert run_all(take) == TakeState.CAPTIONED
    media = db.session.scalars(select(Media)).one()
    assert (media.content_type, media.has_audio, media.audio_key) == ("video/webm", True, None)
    assert media.duration_ms > 1000
    assert stored_keys() == sorted([media.key, str(media.sound_key)])
    assert db.session.scalar(select(func.count()).select_from(UploadPart)) == 0


def test_captions_say_that_they_are_automatic_and_name_the_models_limits(app: Flask) -> None:
    take = make_uploaded_take()
    run_all(take)
    track = current_track(db.session(), take.id)
    assert track
    text = track_as_vtt(track)
    assert text.startswith("WEBVTT")
    assert "not checked" in text
    assert "synthetic voice" in text


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 5000, b"ffconcat version 1.0\nfile other.webm\n", b"#EXTM3U\nhttp://x/\n"]
)
def test_file_that_is_not_a_recording_fails_with_a_reason_and_is_not_retried(app: Flask, content: bytes) -> None:
    take = make_uploaded_take(content=content)
    assert run_all(take) == TakeState.MEDIA_FAILED
    run = db.session.get_one(StageRun, (take.id, "assemble"))
    assert run.problem in {"empty", "not_media"}
    assert run.attempts == 1


def test_a_truncated_recording_is_kept_and_transcribed_as_far_as_it_goes(app: Flask) -> None:
    whole = make_uploaded_take()
    size = sum(part.size for part in whole.uploads[0].parts)
    run_all(whole)
    cut = make_uploaded_take(cut=size // 2)
    assert run_all(cut) == TakeState.CAPTIONED
    durations = dict(db.session.execute(select(Media.take_id, Media.duration_ms)).all())
    assert 0 < durations[cut.id] < durations[whole.id]


def test_answer_can_be_watched_while_it_waits_for_the_model(
    app: Flask, config: Config, tmp_path: Path, use_config: Callable[..., None]
) -> None:
    take = make_uploaded_take()
    use_config(whisper_model=str(tmp_path / "no-model"))
    assert run_all(take) == TakeState.WAITING_FOR_MODEL
    assert db.session.scalars(select(Media)).one().duration_ms > 1000
    assert processing.stalled_stages(db.session(), now=clock.now() + timedelta(hours=1), model_is_present=False) == []
    use_config(whisper_model=config.whisper_model)
    pipeline.run_stage("transcribe", take.id)
    pipeline.run_stage("index", take.id)
    db.session.rollback()
    assert state_of(db.session.get_one(Take, take.id)) == TakeState.CAPTIONED
