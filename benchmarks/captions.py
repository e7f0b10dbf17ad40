"""How many seconds from the finished upload to captions that can be searched, against bare faster-whisper on the same sound?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from flask import Flask
from sqlalchemy import select

from app import clock, pipeline
from app.config import Config
from app.extensions import db
from app.recording import processing
from app.recording.media_sandbox import prepare_media
from app.recording.models import Stage, StageRun, StageState
from app.transaction import transaction
from benchmarks.setting import Figure, application, folder, seconds
from tests.factories import make_uploaded_take

ANSWER = Path(__file__).resolve().parent.parent / "tests" / "clips" / "long_answer.webm"
ROUNDS = 5
CHUNK_SECONDS = 10
"""The windows for which the demo model was made (models/demo/fairtake.json)."""


def measure() -> list[Figure]:
    """Take the median of several rounds of each, the model loaded in both."""
    with folder() as place, application(place) as app:
        alone, length = _bare(app, place)
        ours = _through_the_worker(app)
    return [
        Figure(
            f"upload finished -> captions searchable, an answer of {length:.0f} s",
            f"{ours:.2f} s",
            f"{alone:.2f} s (faster-whisper, batched, model loaded, sound decoded)",
            ours / alone,
        )
    ]


def _bare(app: Flask, place: Path) -> tuple[float, float]:
    made = place / "made"
    made.mkdir()
    prepared = prepare_media([ANSWER], made)
    samples = np.fromfile(str(prepared.audio_path), dtype="<f4")
    config: Config = app.config["FAIRTAKE"]
    model = WhisperModel(config.whisper_model, device=config.whisper_device, compute_type=config.whisper_compute_type)
    batched = BatchedInferencePipeline(model)

    def transcribe() -> None:
        segments, _ = batched.transcribe(samples, word_timestamps=True, vad_filter=True, chunk_length=CHUNK_SECONDS)
        list(segments)  # the work is done while they are read

    transcribe()  # warms up, as the worker is
    rounds = sorted(seconds(transcribe) for _ in range(ROUNDS))
    return rounds[ROUNDS // 2], len(samples) / 16_000


def _through_the_worker(app: Flask) -> float:
    environment = {**os.environ, **_variables(app)}
    worker = subprocess.Popen([sys.executable, "worker.py", "--inner"], env=environment, stderr=subprocess.DEVNULL)
    try:
        _one_answer()  # starts the worker and loads the model
        rounds = sorted(_one_answer() for _ in range(ROUNDS))
    finally:
        worker.terminate()
        worker.wait()
    return rounds[ROUNDS // 2]


def _one_answer() -> float:
    take = make_uploaded_take(content=ANSWER.read_bytes())

    def process() -> None:
        with transaction() as session:
            processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
        pipeline.enqueue(Stage.ASSEMBLE, take.id)
        query = select(StageRun.state).where(StageRun.take_id == take.id, StageRun.stage == str(Stage.INDEX))
        deadline = time.monotonic() + 300
        while db.session.scalar(query) != StageState.DONE and time.monotonic() < deadline:
            db.session.rollback()
            time.sleep(0.005)

    return seconds(process)


def _variables(app: Flask) -> dict[str, str]:
    config = app.config["FAIRTAKE"]
    names = ("secret_key", "database_url", "redis_url", "storage_url", "whisper_model", "whisper_device")
    return {f"FAIRTAKE_{name.upper()}": getattr(config, name) for name in names}
