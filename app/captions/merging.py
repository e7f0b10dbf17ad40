"""Merge two edits of the same captions, cue by cue, and find the conflicts that a person must decide. No I/O.

This is a three-way merge like diff3, in which whole cues take the place of lines. Both edits are compared with their
common base version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from app.captions.shaping.cues import Cue

Cues = tuple[Cue, ...]
_Key = tuple[int, int, str]


class Side(StrEnum):
    """Which edit changed a stretch of captions."""

    UNCHANGED = "unchanged"
    YOURS = "yours"
    THEIRS = "theirs"
    BOTH = "both"
    """Both edits made the same change."""
    CHOOSE = "choose"
    """Both edits changed the stretch differently, so a person must choose."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of cues in the base version and in both edits."""

    side: Side
    base: Cues
    yours: Cues
    theirs: Cues


def three_way(base: Sequence[Cue], yours: Sequence[Cue], theirs: Sequence[Cue]) -> list[Stretch]:
    """Split the captions into stretches, in order. Together, the stretches contain every cue of all three versions.

    Two cues are equal if their start, end and text are equal; `Cue.words` is not compared.
    """
    stretches: list[Stretch] = []
    at = (0, 0, 0)
    for begin, length in [*_common(base, yours, theirs), ((len(base), len(yours), len(theirs)), 0)]:
        changed = tuple(
            tuple(cues[start:end]) for cues, start, end in zip((base, yours, theirs), at, begin, strict=True)
        )
        stretches += _classified(*changed)
        kept = tuple(base[begin[0] : begin[0] + length])
        if kept:
            stretches.append(Stretch(Side.UNCHANGED, kept, kept, kept))
        at = (begin[0] + length, begin[1] + length, begin[2] + length)
    return stretches


def side_of(base: str, yours: str, theirs: str) -> Side:
    """Return which of two edits changed a single value, such as the caption language."""
    if yours == theirs:
        return Side.UNCHANGED if yours == base else Side.BOTH
    if yours == base:
        return Side.THEIRS
    return Side.YOURS if theirs == base else Side.CHOOSE


def merged(stretches: Sequence[Stretch], choices: Mapping[int, Side]) -> list[Cue]:
    """Return the merged captions, sorted by start. `choices` maps the index of each conflict to YOURS or THEIRS.

    Raises KeyError if a conflict has no choice.
    """
    cues: list[Cue] = []
    for index, stretch in enumerate(stretches):
        side = choices[index] if stretch.side is Side.CHOOSE else stretch.side
        cues += stretch.theirs if side in (Side.THEIRS, Side.UNCHANGED) else stretch.yours
    return sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms))


def _classified(base: Cues, yours: Cues, theirs: Cues) -> list[Stretch]:
    if _keys(yours) == _keys(theirs):
        return [Stretch(Side.BOTH, base, yours, theirs)] if base or yours else []
    if _keys(theirs) == _keys(base):
        return [Stretch(Side.YOURS, base, yours, theirs)]
    if _keys(yours) == _keys(base):
        return [Stretch(Side.THEIRS, base, yours, theirs)]
    if len(base) == len(yours) == len(theirs) > 1:  # edits of neighbouring cues are separate conflicts
        singles = zip(base, yours, theirs, strict=True)
        return [stretch for one in singles for stretch in _classified(*((cue,) for cue in one))]
    return [Stretch(Side.CHOOSE, base, yours, theirs)]


def _common(base: Sequence[Cue], yours: Sequence[Cue], theirs: Sequence[Cue]) -> list[tuple[tuple[int, int, int], int]]:
    """Return the runs that are equal in all three versions, as (index in each version, length)."""
    ours, others = _blocks(base, yours), _blocks(base, theirs)
    found: list[tuple[tuple[int, int, int], int]] = []
    first = second = 0
    while first < len(ours) and second < len(others):
        (a, beside_a, size_a), (b, beside_b, size_b) = ours[first], others[second]
        start, end = max(a, b), min(a + size_a, b + size_b)
        if start < end:
            found.append(((start, beside_a + start - a, beside_b + start - b), end - start))
        if a + size_a < b + size_b:
            first += 1
        else:
            second += 1
    return found


def _blocks(base: Sequence[Cue], other: Sequence[Cue]) -> list[tuple[int, int, int]]:
    matcher = SequenceMatcher(None, _keys(base), _keys(other), autojunk=False)
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]


def _keys(cues: Sequence[Cue]) -> list[_Key]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in cues]
