"""Measure the loudness of a recording."""

from __future__ import annotations

import io

import av
import numpy as np

SAMPLES_PER_SECOND = 16_000
WINDOW_SECONDS = 0.1
SILENCE_DB = -120.0


def levels(recording: bytes) -> list[float]:
    """Return the level of each tenth of a second of a recording, in decibels below full scale."""
    resampler = av.AudioResampler("flt", "mono", SAMPLES_PER_SECOND)
    with av.open(io.BytesIO(recording)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)
    size = int(SAMPLES_PER_SECOND * WINDOW_SECONDS)
    return [_decibels(samples[start : start + size]) for start in range(0, len(samples), size)]


def _decibels(samples: np.ndarray) -> float:
    power = float(np.mean(samples**2))
    return max(SILENCE_DB, 10 * np.log10(power)) if power else SILENCE_DB
