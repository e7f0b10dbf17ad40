"""Divide captions where the beginning of a recording is cut. Times are milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.captions.shaping.cues import Cue, Word
from app.captions.shaping.scripts import is_spaceless


def cues_from(cues: Sequence[Cue], cut_ms: int) -> list[Cue]:
    """Return the captions of what follows the cut, with times from the cut.

    A caption that is shown across the cut keeps its words from the first one that is known to begin after the cut. If
    there is none, the caption is left out: the cut may be there to hide a word.
    """
    kept = [cue if cue.start_ms >= cut_ms else _divided(cue, cut_ms)[1] for cue in cues]
    return moved([cue for cue in kept if cue is not None], -cut_ms)


def cues_before(cues: Sequence[Cue], cut_ms: int) -> list[Cue]:
    """Return the captions of what comes before the cut: everything that `cues_from` leaves out."""
    left_out = [_divided(cue, cut_ms)[0] for cue in cues if cue.start_ms < cut_ms]
    return [cue for cue in left_out if cue is not None]


def moved(cues: Sequence[Cue], by_ms: int) -> list[Cue]:
    """Return captions that are shown `by_ms` later, or earlier if it is negative."""
    return [
        replace(
            cue,
            start_ms=cue.start_ms + by_ms,
            end_ms=cue.end_ms + by_ms,
            words=tuple(_moved_word(word, by_ms) for word in cue.words),
        )
        for cue in cues
    ]


def _moved_word(word: Word, by_ms: int) -> Word:
    return replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms)


def _divided(cue: Cue, cut_ms: int) -> tuple[Cue | None, Cue | None]:
    """Return the parts of a caption before and after the cut. It begins before the cut."""
    later = tuple(word for word in cue.words if word.start_ms >= cut_ms)
    place = _place_of(cue.text, later) if later and cue.end_ms > cut_ms else None
    if place is None:
        return cue, None
    before, after = cue.text[:place].rstrip(), cue.text[place:]
    earlier = tuple(word for word in cue.words if word.start_ms < cut_ms)
    return (
        replace(cue, end_ms=cut_ms, text=before, words=earlier) if before else None,
        replace(cue, start_ms=cut_ms, text=after, words=later),
    )


def _place_of(text: str, words: Sequence[Word]) -> int | None:
    """Return the last place in a text from which on these words follow, or None if there is none.

    It is the last one, because a typed word, whose time is not known, may be the same as the first of them.
    """
    place = len(text)
    for word in reversed(words):
        place = _last_place(text, word.text, place)
        if place < 0:
            return None
    return place


def _last_place(text: str, word: str, end: int) -> int:
    """Return where a whole word begins for the last time in `text[:end]`, or -1."""
    place = text.rfind(word, 0, end)
    while place >= 0:
        behind = place + len(word)
        if not (_joins(text[place - 1 : place], word[0]) or _joins(word[-1], text[behind : behind + 1])):
            return place
        place = text.rfind(word, 0, behind - 1)
    return -1


def _joins(left: str, right: str) -> bool:
    """Return whether two characters next to each other are in the same word. Either may be missing ("")."""
    return left.isalnum() and right.isalnum() and not (is_spaceless(left) or is_spaceless(right))
