"""The stages, run in the test's process: their results, also with missing or invalid input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import clock, pipeline
from app.captions.models import CaptionTrack
from app.captions.services import current_track, track_as_vtt
from app.config import Config
from app.errors import BusyError
from app.extensions import db
from app.ids import new_id
from app.media import sandbox
from app.media.sandbox import MediaRefusedError, Refusal, Way
from app.recording import assembly, processing
from app.recording import pipeline as media_pipeline
from app.recording.models import Media, Stage, StageRun, StageState, Take, UploadPart
from app.recording.processing import TakeState, state_of
from app.recording.shortfall import Shortfall, shortfall_of
from app.recording.wording import take_words
from app.storage import get_storage
from app.transaction import transaction
from tests.answer_factories import make_captioned_answer
from tests.factories import NOON, add_segment, make_uploaded_take
from tests.hostile_media import claim_picture, compressed_sound, many_packets
from tests.lost_commits import dropped, losing_an_answer
from tests.media_factory import opus_silence, record

HEVC = Path(__file__).with_name("clips") / "hevc.mov"


def run_all(take: Take) -> TakeState:
    """Run every stage in order as a worker does, but without Redis."""
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    db.session.rollback()
    return state_of(db.session.get_one(Take, take.id))


def stored_keys() -> list[str]:
    storage = get_storage()
    return [key for folder in ("takes", "uploads") for key in storage.list(folder)]


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


def test_a_stage_that_runs_twice_makes_one_track(app: Flask) -> None:
    take = make_uploaded_take()
    run_all(take)
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    assert db.session.scalar(select(func.count()).select_from(CaptionTrack)) == 1


def test_run_that_lost_its_lease_leaves_no_file(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    take = make_uploaded_take()
    original = pipeline.assembly.assemble

    def overtaken(*arguments: object, **more: object) -> object:
        made = original(*arguments, **more)  # type: ignore[arg-type]
        with transaction() as session:
            run = session.get_one(StageRun, (take.id, "assemble"))
            run.lease = "somebodyelse"
        return made

    monkeypatch.setattr(pipeline.assembly, "assemble", overtaken)
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
    monkeypatch.setattr(assembly, "media_keys", drop)
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

    monkeypatch.setattr(pipeline.assembly, "assemble", break_down)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    with pytest.raises(OSError, match="disk full"):
        pipeline.run_stage("assemble", take.id)
    db.session.rollback()
    run = db.session.get_one(StageRun, (take.id, "assemble"))
    assert (run.state, run.problem) == (StageState.PENDING, "OSError")


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

    def too_slow(*arguments: Any, way: Way, **more: Any) -> object:
        if way is Way.ENCODE:
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
