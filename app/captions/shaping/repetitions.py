"""Find words that a speech model may have repeated without hearing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.captions.shaping.cues import Word
from app.captions.shaping.phrases import AROUND

MAX_LOOP_WORDS = 30
"""Number of words in the longest phrase that is searched for, about one long sentence."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """Words `first` to `last` (inclusive indices) are a phrase of `length` words, repeated `times` times."""

    first: int
    last: int
    length: int
    times: int


def flag_repetitions(words: Sequence[Word]) -> list[Repetition]:
    """Return the runs of words in which a phrase repeats so often that the model probably looped.

    Whisper gives loops a high probability, so the probabilities do not help. People who stammer also repeat words, so
    the words are only marked for checking, never removed. Thresholds: one word 6 times, two words 4 times, longer
    phrases 3 times.
    """
    plain = [word.text.strip(AROUND).casefold() for word in words]
    found: list[Repetition] = []
    first = 0
    while first < len(plain):
        loop = _loop_at(plain, first)
        if loop:
            found.append(loop)
        first = loop.last + 1 if loop else first + 1
    return found


def _loop_at(plain: Sequence[str], first: int) -> Repetition | None:
    for length in range(1, min(MAX_LOOP_WORDS, (len(plain) - first) // 3) + 1):
        if plain[first + length] != plain[first]:
            continue
        times = 1
        phrase = plain[first : first + length]
        while plain[first + times * length : first + (times + 1) * length] == phrase:
            times += 1
        if times >= _enough(length):
            return Repetition(first, first + times * length - 1, length, times)
    return None


def _enough(length: int) -> int:
    return {1: 6, 2: 4}.get(length, 3)
