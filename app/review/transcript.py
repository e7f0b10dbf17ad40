"""The transcript beside the player: cues cut into pieces, so that a template can mark words without HTML. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.captions.clock import clock_time
from app.captions.shaping.repetitions import has_invented

UNSURE_BELOW = 0.6
"""Words whose probability is below this value, according to the speech model, are marked as unsure.

Measured by `benchmarks/verdicts.py` on recordings of people: the value finds half of the wrong words, and more than
half of the marked words are wrong. A lower value finds far fewer, and a higher value marks more correct words than
wrong ones.
"""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a cue's text with the same marks throughout."""

    text: str
    is_found: bool = False
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptCue:
    """One cue: start and end in milliseconds, the start as shown to people (`0:07`), and the text in pieces.

    `is_invented`: the speech model added repeats that cannot have been said.
    """

    id: int
    start_ms: int
    end_ms: int
    time: str
    pieces: Sequence[Piece]
    is_invented: bool = False


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
    *,
    shows_unsure: bool = True,
) -> list[TranscriptCue]:
    """Return the cues of an answer in the form in which the page shows them.

    Cues are (id, start, end, text, words); `found` has the ranges to mark, by index of the cue. Without `shows_unsure`, no
    word is marked as unsure.
    """
    marks = found or {}
    return [
        TranscriptCue(
            cue_id,
            start_ms,
            end_ms,
            clock_time(start_ms),
            pieces_of(
                text.replace("\n", " "),
                found=marks.get(place, ()),
                unsure=unsure_words(text, words) if shows_unsure else (),
            ),
            has_invented(probability for _text, probability in words),
        )
        for place, (cue_id, start_ms, end_ms, text, words) in enumerate(cues)
    ]


def _is_in(place: int, ranges: Iterable[Range]) -> bool:
    return any(start <= place < end for start, end in ranges)
