"""Transcribe recordings with unmodified faster-whisper, a model folder, and the options in its fairtake.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tools.demo_model.problems import Problem
from tools.demo_model.scoring import TimedWord

PROJECT = Path(__file__).resolve().parents[2]
DEMO_MODEL = PROJECT / "models" / "demo"


class Listener:
    """A speech model, loaded once and used as in the product: int8 on the processor, word times, voice filter."""

    def __init__(self, folder: Path = DEMO_MODEL, threads: int = 2) -> None:
        """Load the model. Raises Problem if the folder has no model, because faster-whisper would try to download one."""
        if not (folder / "model.bin").exists():
            raise Problem(f"{folder} holds no model: export one first (python -m tools.demo_model export).")
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        self._plain = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
        self._batched = BatchedInferencePipeline(model=self._plain)
        settings = folder / "fairtake.json"
        self._options: dict[str, Any] = json.loads(settings.read_text())["options"] if settings.exists() else {}

    def hear(self, sound: np.ndarray | str, long: bool = True, word_times: bool = True) -> list[TimedWord]:
        """Transcribe int16 sound at 16 kHz, or a media file.

        `long` uses the options in fairtake.json; otherwise faster-whisper's defaults are used. Without `word_times`,
        every word gets the times of its segment.
        """
        audio = sound if isinstance(sound, str) else sound.astype(np.float32) / 32768
        options = dict(self._options) if long else {}
        batched = options.pop("batched", False)
        if batched:
            segments, _ = self._batched.transcribe(audio, word_timestamps=word_times, batch_size=4, **options)
        else:
            segments, _ = self._plain.transcribe(audio, word_timestamps=word_times, vad_filter=long, **options)
        return [word for segment in segments for word in _words(segment)]


def _words(segment: Any) -> list[TimedWord]:
    """Return the words of a segment with their times. faster-whisper's numpy numbers are converted to floats."""
    if segment.words is not None:
        return [(word.word.strip(), float(word.start), float(word.end)) for word in segment.words]
    return [(word, float(segment.start), float(segment.end)) for word in segment.text.split()]
