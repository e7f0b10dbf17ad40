"""Sort the cues of a file by start, and remove overlaps, empty durations and duplicates. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from app.captions.files.cue_text import clean_lines
from app.captions.files.problems import Repair, RepairNote
from app.captions.files.rolling import without_repeated_lines
from app.captions.files.timed_text import FoundCue
from app.captions.files.timestamps import LATEST_MS
from app.captions.shaping.cues import READING_SPEED, SHORT_MS, Cue


def in_order(found: Iterable[FoundCue]) -> tuple[list[Cue], list[RepairNote]]:
    """Return the cues that have text, sorted by start and without overlaps, and the repairs that were made."""
    cues, notes = _usable(found)
    notes += _out_of_place(cues)
    cues.sort(key=lambda cue: (cue.start_ms, cue.end_ms))
    cues, rolled = without_repeated_lines(cues)
    cues, joined = _joined(cues)
    return [_timed(cues, place, notes) for place in range(len(cues))], [*notes, *rolled, *joined]


def _usable(found: Iterable[FoundCue]) -> tuple[list[FoundCue], list[RepairNote]]:
    """Remove cues without text and cues outside the range from 0 to 24 hours. Shorten cues that are partly outside this range."""
    cues: list[FoundCue] = []
    notes: list[RepairNote] = []
    for cue in found:
        text = "\n".join(clean_lines(cue.text))
        if not text:
            continue
        if (cue.start_ms < 0 and cue.end_ms <= 0) or cue.start_ms > LATEST_MS:
            notes.append(RepairNote(Repair.LEFT_OUT, cue.line, text))
            continue
        if cue.start_ms < 0 or cue.end_ms > LATEST_MS:
            notes.append(RepairNote(Repair.CUT, cue.line))
        cues.append(cue._replace(start_ms=max(0, cue.start_ms), end_ms=min(cue.end_ms, LATEST_MS), text=text))
    return cues, notes


def _out_of_place(cues: Sequence[FoundCue]) -> list[RepairNote]:
    notes: list[RepairNote] = []
    latest = 0
    for cue in cues:
        if cue.start_ms < latest:
            notes.append(RepairNote(Repair.SORTED, cue.line))
        latest = max(latest, cue.start_ms)
    return notes


def _joined(cues: Sequence[FoundCue]) -> tuple[list[FoundCue], list[RepairNote]]:
    """Join cues that begin at the same time into one cue."""
    groups: list[list[FoundCue]] = []
    for cue in cues:
        if groups and groups[-1][0].start_ms == cue.start_ms:
            groups[-1].append(cue)
        else:
            groups.append([cue])
    notes = [RepairNote(Repair.JOINED, cue.line) for group in groups for cue in group[1:]]
    return [
        group[0]._replace(end_ms=max(cue.end_ms for cue in group), text="\n".join(cue.text for cue in group))
        for group in groups
    ], notes


def _timed(cues: Sequence[FoundCue], place: int, notes: list[RepairNote]) -> Cue:
    """Return a cue with a positive duration that ends before the next one starts. No two of `cues` may start at the same time."""
    cue = cues[place]
    following = cues[place + 1] if place + 1 < len(cues) else None
    end = cue.end_ms
    if end <= cue.start_ms:
        notes.append(RepairNote(Repair.GIVEN_TIME, cue.line))
        end = cue.start_ms + max(SHORT_MS, ceil(len(cue.text) * 1000 / READING_SPEED))
        if following:
            end = min(end, following.start_ms)
    elif following and end > following.start_ms:
        notes.append(RepairNote(Repair.SHORTENED, following.line))
        end = following.start_ms
    return Cue(cue.start_ms, end, cue.text)
