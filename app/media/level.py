"""Measure the loudness of a recording from its decoded samples, in one pass over the file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.media.facts import SAMPLE_BYTES, SAMPLE_RATE

FULL_SCALE = 32_768
LOUDEST_SHARE = 0.999
"""The loudest thousandth of the samples is ignored, so that one click does not count as sound."""
BLOCK = 60 * SAMPLE_RATE
"""Number of samples read at a time."""
DIGITAL_SILENCE_DBFS = -100.0
"""The value that stands for a level of 0. The lowest other level of 16-bit samples is -90.3 dBFS."""
SILENT_DBFS = -62.0
"""Sound below this level is inaudible. The device check (static/js/recorder/level.js) calls the same level "silent"."""


def loudest_level(samples: Path) -> float:
    """Return the level (0 to 1) that only the loudest thousandth of a file of signed 16-bit samples exceeds.

    Values are counted, because sorting would need all samples in memory.
    """
    size = samples.stat().st_size // SAMPLE_BYTES
    counts = LevelCounts()
    for start in range(0, size, BLOCK):
        read = np.fromfile(samples, "<i2", count=min(BLOCK, size - start), offset=start * SAMPLE_BYTES)
        counts.add(read.astype(np.int32))
    return counts.loudest()


class LevelCounts:
    """How many samples have each level, for samples that come a few at a time."""

    def __init__(self) -> None:
        self._counts = np.zeros(FULL_SCALE + 1, np.int64)

    def add(self, samples: npt.NDArray[np.int32]) -> None:
        """Count more samples, from -FULL_SCALE to FULL_SCALE."""
        self._counts += np.bincount(np.abs(samples), minlength=self._counts.size)

    def loudest(self) -> float:
        """Return the level (0 to 1) that only the loudest thousandth of the samples exceeds. It is 0 without samples."""
        up_to = np.cumsum(self._counts)
        if not up_to[-1]:
            return 0.0
        place = LOUDEST_SHARE * (int(up_to[-1]) - 1)
        below, above = np.searchsorted(up_to, [int(place), int(np.ceil(place))], side="right")
        return float(below + (above - below) * (place - int(place))) / FULL_SCALE


def to_dbfs(level: float) -> float:
    """Convert a level from 0 to 1 to dBFS (decibels relative to full scale)."""
    return 20 * math.log10(level) if level > 0 else DIGITAL_SILENCE_DBFS
