"""Takes that are encoded again: two recorders, recordings that cannot be encoded, progress, and limits of cost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, pipeline
from app.extensions import db
from app.media import sandbox
from app.media.sandbox import MediaRefusedError, Preparation, Refusal
from app.recording import assembly, processing
from app.recording import pipeline as media_pipeline
from app.recording.models import Media, Stage, StageRun, Take, UploadPart
from app.recording.processing import TakeState, state_of
from app.recording.shortfall import Shortfall, shortfall_of
from app.recording.wording import take_words
from app.storage import get_storage
from app.transaction import transaction
from tests.factories import add_segment, make_uploaded_take
from tests.hostile_media import claim_picture, compressed_sound, many_packets
from tests.media_factory import opus_silence, record
from tests.stages import run_all, stored_keys

HEVC = Path(__file__).with_name("clips") / "hevc.mov"


def test_a_take_of_two_recorders_becomes_one_answer_with_every_second_in_it(app: Flask, tmp_path: Path) -> None:
    phone, laptop = record(tmp_path / "h264.mp4", seconds=1), record(tmp_path / "vp8.webm", seconds=3)
    take = make_uploaded_take(content=laptop.read_bytes())
    add_segment(take, phone.read_bytes())
    assert run_all(take) == TakeState.CAPTIONED
    media = db.session.scalars(select(Media)).one()
    assert media.content_type == "video/webm"
    assert media.duration_ms == pytest.approx(4000, abs=200)
    assert media.plays_everywhere
    assert db.session.get_one(Take, take.id).is_whole
    assert [Path(key).suffix for key in media.original_keys] == [".webm", ".mp4"]
    assert set(media.keys) <= set(stored_keys())


@pytest.fixture
def nothing_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every encoding fail because it takes too long."""
    real = media_pipeline.assembly.assemble

    def too_slow(*arguments: Any, way: Preparation, **more: Any) -> object:
        if way is Preparation.ENCODE:
            raise MediaRefusedError(Refusal.TIMEOUT, "needs more time than a recording may")
        return real(*arguments, way=way, **more)

    monkeypatch.setattr(media_pipeline.assembly, "assemble", too_slow)


@pytest.mark.usefixtures("nothing_is_encoded")
def test_recording_that_cannot_be_encoded_is_kept_and_marked(app: Flask) -> None:
    take = make_uploaded_take(content=HEVC.read_bytes())
    assert run_all(take) == TakeState.CAPTIONED
    media = db.session.scalars(select(Media)).one()
    assert (media.content_type, media.plays_everywhere, media.original_keys) == ("video/mp4", False, [])
    assert take_words(db.session.get_one(Take, take.id)) == "Kept. It plays in some browsers only"


@pytest.mark.usefixtures("nothing_is_encoded")
def test_longest_part_of_a_take_that_cannot_be_encoded_is_shown_and_all_parts_are_kept(
    app: Flask, tmp_path: Path
) -> None:
    phone, laptop = record(tmp_path / "h264.mp4", seconds=1), record(tmp_path / "vp8.webm", seconds=3)
    take = make_uploaded_take(content=laptop.read_bytes())
    add_segment(take, phone.read_bytes())
    assert run_all(take) == TakeState.CAPTIONED
    take = db.session.get_one(Take, take.id)
    assert take.media
    assert take.media.duration_ms == pytest.approx(3000, abs=200)
    assert shortfall_of(take) == Shortfall.LONGEST_PART_ONLY
    assert "Only its longest part can be played. The other parts are kept" in take_words(take)
    assert db.session.query(UploadPart).count() == 2


def test_recording_that_ended_two_workers_is_not_encoded_again(app: Flask) -> None:
    take = make_uploaded_take(content=HEVC.read_bytes())
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", take.id)
    for hours in (2, 1):
        with transaction() as session:
            assert processing.claim_stage(session, take.id, Stage.ENCODE, now=clock.now() - timedelta(hours=hours))
    assert pipeline.encode_next()
    assert not db.session.scalars(select(Media)).one().plays_everywhere


def test_encoding_reports_progress_and_does_not_use_the_queue(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.01)
    take = make_uploaded_take(content=HEVC.read_bytes())
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    pipeline.run_stage("assemble", take.id)
    db.session.rollback()
    assert state_of(db.session.get_one(Take, take.id)) == TakeState.ENCODING
    late = clock.now() + timedelta(hours=1)
    assert processing.stalled_stages(db.session(), now=late, model_is_present=True) == []
    assert pipeline.encode_next()
    assert not pipeline.encode_next()
    db.session.rollback()
    assert db.session.get_one(StageRun, (take.id, "encode")).percent
    media = db.session.scalars(select(Media)).one()
    assert (media.content_type, media.has_video, media.plays_everywhere) == ("video/webm", True, True)
    assert all(key.startswith("takes/") for key in stored_keys())


def test_a_take_much_longer_than_its_limit_is_refused_at_the_first_try(app: Flask, tmp_path: Path) -> None:
    take = make_uploaded_take(content=opus_silence(tmp_path / "long.webm", 40 * 60).read_bytes())
    with transaction() as session:
        session.get_one(Take, take.id).limits = {"recording_seconds": 60, "thinking_seconds": 0, "retakes": 0}
    assert run_all(take) == TakeState.MEDIA_FAILED
    run = db.session.get_one(StageRun, (take.id, "assemble"))
    assert (run.problem, run.attempts) == ("too_long", 1)
    with transaction() as session:
        session.get_one(Take, take.id).limits = {"recording_seconds": 600, "thinking_seconds": 0, "retakes": 0}
    assert assembly.limits_of(db.session(), take.id).duration_seconds == 40 * 60


@pytest.mark.parametrize("kind", ["moment", "compressed", "picture"])
def test_a_small_file_that_costs_much_is_refused_at_the_first_try(app: Flask, tmp_path: Path, kind: str) -> None:
    contents = {
        "moment": lambda: many_packets(tmp_path / "moment.webm", 30_000).read_bytes(),
        "compressed": lambda: compressed_sound(tmp_path / "bomb.mkv", 600).read_bytes(),
        "picture": lambda: claim_picture(record(tmp_path / "vp8.webm", seconds=0.5).read_bytes(), 16_383, 16_383),
    }
    take = make_uploaded_take(content=contents[kind]())
    assert run_all(take) == TakeState.MEDIA_FAILED
    run = db.session.get_one(StageRun, (take.id, "assemble"))
    assert run.problem == ("too_large_dimensions" if kind == "picture" else "too_costly")
    assert run.attempts == 1
    assert list(get_storage().list("takes")) == []
