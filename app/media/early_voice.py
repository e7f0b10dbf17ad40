"""Find a voice that is heard from the first moment of a recording, as the end of a screen reader's announcement is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.media.facts import SAMPLE_RATE
from app.media.level import FULL_SCALE

FRAME_MS = 20
SEARCHED_MS = 6000
STARTS_WITHIN_MS = 300
"""A voice that begins later belongs to the answer: a person needs longer to begin after the countdown."""
PAUSE_MS = 400
"""The quiet that ends the voice. Pauses between the words of a screen reader are shorter."""
LATEST_END_MS = 4000
FAINT_DBFS = -60.0
ABOVE_NOISE_DB = 12.0
"""A voice is this much louder than the steady noise of a room, as in static/js/recorder/level.js."""
NOISE_SHARE = 10
"""The noise is the level that this percentage of the frames does not exceed."""


def voice_until_ms(samples: Path) -> int | None:
    """Return when the first voice in a file of 16-bit samples ends, in milliseconds, or None.

    None means that no voice is heard from the first moment, or that it continues without a pause, as an answer does.
    """
    size = SAMPLE_RATE * FRAME_MS // 1000
    read = np.fromfile(samples, "<i2", count=SAMPLE_RATE * SEARCHED_MS // 1000).astype(np.float64) / FULL_SCALE
    frames = read[: len(read) // size * size].reshape(-1, size)
    if not len(frames):
        return None
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    is_loud = levels > max(FAINT_DBFS, float(np.percentile(levels, NOISE_SHARE)) + ABOVE_NOISE_DB)
    first = next(iter(np.flatnonzero(is_loud[: STARTS_WITHIN_MS // FRAME_MS])), None)
    if first is None:
        return None
    quiet = 0
    for place in range(first, len(is_loud)):
        quiet = 0 if is_loud[place] else quiet + 1
        if quiet * FRAME_MS >= PAUSE_MS:
            end_ms = (place - quiet + 1) * FRAME_MS
            return end_ms if end_ms <= LATEST_END_MS else None
    return None
