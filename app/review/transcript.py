"""The transcript beside the player: cues cut into pieces, so that a template can mark words without HTML. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.captions.clock import clock_time

UNSURE_BELOW = 0.5
"""Words whose probability is below this value, according to the speech model, are marked as unsure."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a cue's text with the same marks throughout."""

    text: str
    is_found: bool = False
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptCue:
    """One cue: start and end in milliseconds, the start as shown to people (`0:07`), and the text in pieces."""

    id: int
    start_ms: int
    end_ms: int
    time: str
    pieces: Sequence[Piece]


def pieces_of(text: str, *, found: Iterable[Range] = (), unsure: Iterable[Range] = ()) -> list[Piece]:
    """Cut a text into pieces wherever a mark begins or ends.

    Ranges are (start, end) in characters. The ranges of each kind are in order and do not overlap.
    """
    found, unsure = list(found), list(unsure)
    edges = sorted({0, len(text), *(edge for span in (*found, *unsure) for edge in span)})
    return [Piece(text[start:end], _is_in(start, found), _is_in(start, unsure)) for start, end in pairwise(edges)]


def unsure_words(text: str, words: Iterable[tuple[str, float]]) -> list[Range]:
    """Return the character ranges of the words of low probability in a cue. `words` are (text, probability), in order.

    Words that are no longer in the text, because somebody corrected the text, are skipped.
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
    """Return the cues of an answer in the form in which the page shows them.

    Cues are (id, start, end, text, words); `found` has the ranges to mark, by index of the cue.
    """
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
