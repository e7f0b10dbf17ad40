"""Remove repeated lines from roll-up captions, as YouTube and live captioning produce them. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

from app.captions.files.problems import Repair, RepairNote
from app.captions.files.timed_text import FoundCue

TOUCHING_MS = 100
"""Captions with a gap of at most this length count as consecutive."""
MIN_ROLLS = 2
"""A file counts as rolling only if at least this many captions repeat lines and add new ones.

A single repetition may be in the speech.
"""
FLASH_MS = 50
"""Maximum duration of the captions that YouTube inserts between two others and that only repeat the one before. They
count towards MIN_ROLLS, although they add no new line.
"""
MAX_ROLLED_LINES = 4


def without_repeated_lines(cues: Sequence[FoundCue]) -> tuple[list[FoundCue], list[RepairNote]]:
    """Return the cues of a rolling file without repeated lines, and a note for each changed cue.

    `cues` must be sorted by start. A caption that adds no new line extends the one before it. Other files do not
    change.
    """
    lines = [cue.text.split("\n") for cue in cues]
    repeated = [_overlap(lines, place, cues) if place else 0 for place in range(len(cues))]
    rolls = sum(
        count > 0 and (count < len(said) or cue.end_ms - cue.start_ms <= FLASH_MS)
        for cue, said, count in zip(cues, lines, repeated, strict=True)
    )
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
    """Return how many lines at the start of a cue repeat the last lines of the cue directly before it."""
    before, here = lines[place - 1], lines[place]
    if cues[place].start_ms - cues[place - 1].end_ms > TOUCHING_MS:
        return 0
    most = min(len(before), len(here), MAX_ROLLED_LINES)
    return next((count for count in range(most, 0, -1) if before[-count:] == here[:count]), 0)
