"""The transcript beside the player: cues cut into pieces, so that a template can mark words without building HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.captions.clock import clock_time

UNSURE_BELOW = 0.5
"""Probability of a word, as the speech model gives it, below which the transcript says that it was not sure."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a cue's text that is marked in one way."""

    text: str
    is_found: bool = False
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptCue:
    """One cue: its place in milliseconds, the same for eyes (`0:07`), and its text in pieces."""

    id: int
    start_ms: int
    end_ms: int
    time: str
    pieces: Sequence[Piece]


def pieces_of(text: str, *, found: Iterable[Range] = (), unsure: Iterable[Range] = ()) -> list[Piece]:
    """Cut a text where a mark begins or ends. Ranges are (start, end) characters, each kind in order without overlap."""
    found, unsure = list(found), list(unsure)
    edges = sorted({0, len(text), *(edge for span in (*found, *unsure) for edge in span)})
    return [Piece(text[start:end], _is_in(start, found), _is_in(start, unsure)) for start, end in pairwise(edges)]


def unsure_words(text: str, words: Iterable[tuple[str, float]]) -> list[Range]:
    """Return where in a cue's text the words of low probability stand. Words are (text, probability), in order.

    A word that is not in the text any more (a person has corrected it) is passed over.
    """
    ranges, place = [], 0
    for word, probability in words:
        start = text.find(word, place)
        if start < 0:
            continue
        place = start + len(word)
        if probability < UNSURE_BELOW:
            ranges.append((start, place))
    return ranges


def transcript_of(
    cues: Iterable[tuple[int, int, int, str, Sequence[tuple[str, float]]]],
    found: Mapping[int, Sequence[Range]] | None = None,
) -> list[TranscriptCue]:
    """Return the cues, given as (id, start, end, text, words), to be shown; `found` are marks by a cue's place."""
    marks = found or {}
    return [
        TranscriptCue(
            cue_id,
            start_ms,
            end_ms,
            clock_time(start_ms),
            pieces_of(text.replace("\n", " "), found=marks.get(place, ()), unsure=unsure_words(text, words)),
        )
        for place, (cue_id, start_ms, end_ms, text, words) in enumerate(cues)
    ]


def _is_in(place: int, ranges: Iterable[Range]) -> bool:
    return any(start <= place < end for start, end in ranges)
