"""Download Whisper base at the worker's first start. Meanwhile, all work except transcription continues."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from app.captions.model_choice import DEFAULT_MODEL, STAND_IN_WARNING
from app.captions.speech.transcriber import ProgressReport, fetch_model, model_is_present
from app.config import AUTO_MODEL, Config

log = logging.getLogger("fairtake.worker")
STARTING_SECONDS = 60


def fetch_default_model(config: Config) -> threading.Thread | None:
    """Download Whisper base in a thread, if no model was chosen and base is missing. Returns the thread, or None.

    Returns when the download has begun. From then on, answers wait for the model (`model_choice.settings_in_use`), so
    that none is captioned with the demonstration model.
    """
    if config.whisper_model != AUTO_MODEL or model_is_present(DEFAULT_MODEL, Path(config.models_folder)):
        return None
    began = threading.Event()
    thread = threading.Thread(target=_fetch, args=(config, began), name="speech model", daemon=True)
    thread.start()
    began.wait(STARTING_SECONDS)
    return thread


def _fetch(config: Config, began: threading.Event) -> None:
    def say(line: str) -> None:
        log.info("speech model: %s", line)
        began.set()

    try:
        fetch_model(DEFAULT_MODEL, Path(config.models_folder), ProgressReport.in_lines(say))
        log.info("speech model fetched: model=%s", DEFAULT_MODEL)
    except OSError as problem:
        log.error("speech model fetch failed: model=%s error=%s", DEFAULT_MODEL, problem)
        log.error("%s The next start of the worker tries again, or run: flask --app wsgi model fetch", STAND_IN_WARNING)
    finally:
        began.set()
