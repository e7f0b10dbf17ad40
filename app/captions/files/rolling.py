"""Captions that roll up: each repeats lines of the one before it, as YouTube's and live captions do. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.captions.files.problems import Repair, RepairNote
from app.captions.files.timed_text import FoundCue

TOUCHING_MS = 100
"""Captions with a smaller gap are consecutive."""
MIN_ROLLS = 2
"""A caption repeats lines and adds some at least this often in a file that rolls; two alike may be what was said."""
MAX_ROLLED_LINES = 4


def without_repeated_lines(cues: Sequence[FoundCue]) -> tuple[list[FoundCue], list[RepairNote]]:
    """Return cues, which come by start, with each line once, where the file as a whole rolls; and which were changed.

    A caption that only repeats the one before it makes that one longer.
    """
    lines = [cue.text.split("\n") for cue in cues]
    repeated = [0, *(_overlap(lines, place, cues) for place in range(1, len(cues)))]
    rolls = sum(0 < count < len(lines[place]) for place, count in enumerate(repeated))
    if rolls < MIN_ROLLS or 2 * sum(count > 0 for count in repeated) < len(cues) - 1:
        return list(cues), []
    kept: list[FoundCue] = []
    for cue, said, count in zip(cues, lines, repeated, strict=True):
        if count == len(said):
            kept[-1] = kept[-1]._replace(end_ms=max(kept[-1].end_ms, cue.end_ms))
        else:
            kept.append(cue._replace(text="\n".join(said[count:])))
    return kept, [RepairNote(Repair.ROLLING, cue.line) for cue, count in zip(cues, repeated, strict=True) if count]


def _overlap(lines: Sequence[Sequence[str]], place: int, cues: Sequence[FoundCue]) -> int:
    """Return how many of a cue's first lines are the last of the cue before it, which it follows at once."""
    before, here = lines[place - 1], lines[place]
    if cues[place].start_ms - cues[place - 1].end_ms > TOUCHING_MS:
        return 0
    most = min(len(before), len(here), MAX_ROLLED_LINES)
    return next((count for count in range(most, 0, -1) if before[-count:] == here[:count]), 0)
