"""How loud a recording is, from its decoded samples: found in one pass over the file, whatever its length."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from app.media.facts import SAMPLE_BYTES, SAMPLE_RATE

FULL_SCALE = 32_768
LOUDEST_SHARE = 0.999
"""The level is that of all but the loudest thousandth of the samples, so that one click does not count as sound."""
BLOCK = 60 * SAMPLE_RATE
"""Samples that are read at a time."""
DIGITAL_SILENCE_DBFS = -100.0
"""Stands for no level at all; the lowest level of 16 bits is -90.3 dBFS."""
SILENT_DBFS = -62.0
"""Below this nothing can be heard: it is the "silent" of the device check (static/js/recorder/level.js)."""


def loudest_level(samples: Path) -> float:
    """Return the level (0 to 1) of a file of signed 16-bit samples: counted, since sorting would need all of them at once."""
    size = samples.stat().st_size // SAMPLE_BYTES
    if not size:
        return 0.0
    counts = np.zeros(FULL_SCALE + 1, np.int64)
    for start in range(0, size, BLOCK):
        read = np.fromfile(samples, "<i2", count=min(BLOCK, size - start), offset=start * SAMPLE_BYTES)
        counts += np.bincount(np.abs(read.astype(np.int32)), minlength=counts.size)
    place = LOUDEST_SHARE * (size - 1)
    below, above = np.searchsorted(np.cumsum(counts), [int(place), int(np.ceil(place))], side="right")
    return float(below + (above - below) * (place - int(place))) / FULL_SCALE


def to_dbfs(level: float) -> float:
    """Return a level from 0 to 1 in decibels below full scale."""
    return 20 * math.log10(level) if level > 0 else DIGITAL_SILENCE_DBFS


def from_dbfs(dbfs: float) -> float:
    """Return a level in decibels below full scale as a number from 0 to 1."""
    return 0.0 if dbfs <= DIGITAL_SILENCE_DBFS else float(10 ** (dbfs / 20))
