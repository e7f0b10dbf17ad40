"""Detect captions after the end of a recording, and find an offset that moves all captions into the recording. No I/O.

Broadcast time codes often begin at one hour or ten hours, and clips may keep the times of the full recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.captions.shaping.cues import Cue

TOLERANCE_MS = 500
"""Tolerance for the length of a recording, because programs measure this length slightly differently."""
STEPS_MS = (3_600_000, 60_000, 1000, 1)
"""Units of the offset, tried in this order: hours, minutes, seconds, milliseconds."""


@dataclass(frozen=True, slots=True)
class LateCaptions:
    """How many captions of a file start after the end of the recording.

    `offset_ms` moves all captions into the recording; None if no offset does.
    """

    count: int
    total: int
    duration_ms: int
    offset_ms: int | None


def latest_start(duration_ms: int) -> int:
    """Return the earliest start, in milliseconds, at which a caption counts as after the end of the recording."""
    return duration_ms + TOLERANCE_MS


def late_cues(cues: Sequence[Cue], duration_ms: int) -> LateCaptions | None:
    """Return how many captions begin after the end of the recording, and an offset that would correct them.

    `cues` must be sorted by start. Returns None if no caption is late or the length of the recording is unknown.
    """
    count = sum(cue.start_ms >= latest_start(duration_ms) for cue in cues)
    if not count or duration_ms <= 0:
        return None
    first, last = cues[0].start_ms, cues[-1].start_ms
    offsets = (first // step * step for step in STEPS_MS)
    offset = next((each for each in offsets if each > 0 and last - each < latest_start(duration_ms)), None)
    return LateCaptions(count, len(cues), duration_ms, offset)


def moved_earlier(cues: Sequence[Cue], by_ms: int) -> list[Cue]:
    """Return the captions moved earlier by `by_ms`. Captions that would end before time 0 are left out."""
    return [
        replace(cue, start_ms=max(0, cue.start_ms - by_ms), end_ms=cue.end_ms - by_ms, words=())
        for cue in cues
        if cue.end_ms > by_ms
    ]
