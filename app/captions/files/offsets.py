"""Detects captions after the end of their recording, and the offset that moves all of them into it. Pure.

A broadcast's time code begins at one hour or at ten; a clip cut out of a longer recording keeps the times of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.captions.shaping.cues import Cue

TOLERANCE_MS = 500
"""The tolerance for recording lengths, which differ between programs."""
STEPS_MS = (3_600_000, 60_000, 1000, 1)
"""The offset is in whole hours if that fits, else in minutes, seconds, milliseconds."""


@dataclass(frozen=True, slots=True)
class Late:
    """How many captions start after the end, out of how many, and the offset with which all fit (None: no offset does)."""

    count: int
    total: int
    duration_ms: int
    offset_ms: int | None


def latest_start(duration_ms: int) -> int:
    """Return the first moment, in milliseconds, at which a caption of a recording begins too late."""
    return duration_ms + TOLERANCE_MS


def late_cues(cues: Sequence[Cue], duration_ms: int) -> Late | None:
    """Return how many captions, which come by start, are after the end of a recording; None if none is, or it has no length."""
    count = sum(cue.start_ms >= latest_start(duration_ms) for cue in cues)
    if not count or duration_ms <= 0:
        return None
    first, last = cues[0].start_ms, cues[-1].start_ms
    offsets = (first // step * step for step in STEPS_MS)
    offset = next((each for each in offsets if each > 0 and last - each < latest_start(duration_ms)), None)
    return Late(count, len(cues), duration_ms, offset)


def moved_earlier(cues: Sequence[Cue], by_ms: int) -> list[Cue]:
    """Return captions that all come earlier; those that would end before the beginning are left out."""
    return [
        replace(cue, start_ms=max(0, cue.start_ms - by_ms), end_ms=cue.end_ms - by_ms, words=())
        for cue in cues
        if cue.end_ms > by_ms
    ]
