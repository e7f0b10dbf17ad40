"""Seconds from the end of an upload until its captions can be searched, compared with faster-whisper alone."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel
from flask import Flask
from sqlalchemy import select

from app import clock, pipeline
from app.captions.speech.sound import read_samples
from app.config import Config
from app.extensions import db
from app.media.sandbox import prepare_media
from app.recording import processing
from app.recording.models import Stage, StageRun, StageState
from app.transaction import transaction
from benchmarks.setting import Figure, application, folder, seconds
from tests.factories import add_segment, make_uploaded_take

ROOT = Path(__file__).resolve().parent.parent
SESSIONS = (ROOT / "tests" / "clips" / "long_answer.webm", ROOT / "demo" / "answers" / "answer-1.webm")
"""Two recordings that are used as the two sessions of one answer, a little over a minute long."""
ROUNDS = 7
PAUSE_SECONDS = 0.5
"""Pause between two answers, in which the worker prepares for the next answer."""
CHUNK_SECONDS = 10
"""The window length for which the demo model was trained (models/demo/fairtake.json)."""


def measure() -> list[Figure]:
    """Return the median times of several alternating rounds of our worker and of faster-whisper.

    Both have loaded the model.
    """
    with folder() as place, application(place) as app:
        samples, file = _prepared(place)
        bare = _bare_model(app)
        alone: list[float] = []
        from_file: list[float] = []
        ours: list[float] = []
        with running_worker(app):
            _one_answer()  # starts the worker and loads the model
            _hear(bare, samples)
            for _ in range(ROUNDS):
                ours.append(_one_answer())
                alone.append(seconds(lambda: _hear(bare, samples)))
                from_file.append(seconds(lambda: _hear(bare, str(file))))
    question = f"upload finished -> captions searchable, an answer of {len(samples) / 16_000:.0f} s"
    took = statistics.median(ours)
    return [
        Figure(question, f"{took:.2f} s", f"{statistics.median(each):.2f} s ({what})", took / statistics.median(each))
        for each, what in (
            (alone, "faster-whisper, batched, model loaded, sound decoded"),
            (from_file, "the same, from the file, as its own loader decodes it"),
        )
    ]


@contextmanager
def running_worker(app: Flask, **settings: str) -> Iterator[None]:
    """Run one worker inside a `with` block. `settings` are environment variables without the prefix FAIRTAKE_."""
    more = {f"FAIRTAKE_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, **_variables(app), **more}
    worker = subprocess.Popen([sys.executable, "worker.py", "--inner"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def start(take_id: str) -> None:
    """Enqueue the first stage of a take, as the end of an upload does."""
    with transaction() as session:
        processing.add_stage(session, take_id, Stage.ASSEMBLE, now=clock.now())
    pipeline.enqueue(Stage.ASSEMBLE, take_id)


def _prepared(place: Path) -> tuple[Any, Path]:
    made = place / "made"
    made.mkdir()
    prepared = prepare_media(SESSIONS, made)
    return read_samples(prepared.audio_path), prepared.path


def _bare_model(app: Flask) -> BatchedInferencePipeline:
    config: Config = app.config["FAIRTAKE"]
    model = WhisperModel(config.whisper_model, device=config.whisper_device, compute_type=config.whisper_compute_type)
    return BatchedInferencePipeline(model)


def _hear(model: BatchedInferencePipeline, sound: Any) -> None:
    segments, _ = model.transcribe(sound, word_timestamps=True, vad_filter=True, chunk_length=CHUNK_SECONDS)
    list(segments)  # segments are lazy: reading them does the work


def _one_answer() -> float:
    take = make_uploaded_take(content=SESSIONS[0].read_bytes())
    add_segment(take, SESSIONS[1].read_bytes())

    def process() -> None:
        start(take.id)
        query = select(StageRun.state).where(StageRun.take_id == take.id, StageRun.stage == str(Stage.INDEX))
        deadline = time.monotonic() + 300
        while db.session.scalar(query) != StageState.DONE and time.monotonic() < deadline:
            db.session.rollback()
            time.sleep(0.02)  # shorter pauses would take processor time from the worker
        db.session.rollback()

    took = seconds(process)
    time.sleep(PAUSE_SECONDS)
    return took


def _variables(app: Flask) -> dict[str, str]:
    config = app.config["FAIRTAKE"]
    names = ("secret_key", "database_url", "redis_url", "storage_url", "whisper_model", "whisper_device")
    return {f"FAIRTAKE_{name.upper()}": getattr(config, name) for name in names}
