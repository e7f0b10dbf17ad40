"""Find words that a speech model may have repeated without hearing them, and remove impossible repeats.

People who stammer repeat words too, but their repeats take time. The repeats of a model that loops share the remaining
time, so many of them are too short to have been said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.captions.shaping.cues import Word
from app.captions.shaping.marks import AROUND

MAX_LOOP_WORDS = 30
"""Number of words in the longest phrase that is searched for, about one long sentence."""
WORD_MS, LETTER_MS = 150, 40
"""Minimum time of a repeat: per word or per letter, whichever is longer. Fast speech has six short words or 20 letters
per second.
"""
INVENTED = 0.0
"""The probability given to the words that remain of a loop after its impossible repeats were removed."""


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
    following = _next_places(plain)
    found: list[Repetition] = []
    first = 0
    while first < len(plain):
        loop = _loop_at(plain, first, following)
        if loop:
            found.append(loop)
        first = loop.last + 1 if loop else first + 1
    return found


def has_invented(probabilities: Iterable[float]) -> bool:
    """Return whether words with these probabilities contain the remains of a loop."""
    return INVENTED in probabilities


def without_impossible_repeats(words: Sequence[Word]) -> list[Word]:
    """Remove the repeats of a loop that are too fast to have been said.

    A repeat stays if it begins late enough after the previous one that stays. The remaining words of the loop get
    the probability INVENTED. Repeats at the speed of speech are not changed.
    """
    kept = list(words)
    for loop in reversed(flag_repetitions(words)):
        kept[loop.first : loop.last + 1] = _cut_back(words[loop.first : loop.last + 1], loop.length)
    return kept


def _cut_back(loop: Sequence[Word], length: int) -> list[Word]:
    phrases = [loop[place : place + length] for place in range(0, len(loop), length)]
    needed = sum(max(WORD_MS, LETTER_MS * len(word.text.strip(AROUND))) for word in phrases[0])
    until = loop[-1].end_ms
    begins = [*(phrase[0].start_ms for phrase in phrases), until]
    is_rushed = _rushed([after - begin for begin, after in pairwise(begins)], needed)
    kept: list[Word] = []
    earliest = begins[0]
    for place, phrase in enumerate(phrases):
        if phrase[0].start_ms < earliest or (place and is_rushed[place] and until - phrase[0].start_ms < needed):
            continue
        earliest = phrase[0].start_ms + (needed if is_rushed[place] else 0)
        kept += _spread(phrase, needed, until) if is_rushed[place] else phrase
    return kept if len(kept) < len(loop) else list(loop)


def _rushed(lengths: Sequence[int], needed: int) -> list[bool]:
    """Return whether each repeat is too short, together with its neighbours: the times of single words are not exact."""
    around = [lengths[max(0, place - 1) : place + 2] for place in range(len(lengths))]
    return [sum(few) < needed * len(few) for few in around]


def _spread(phrase: Sequence[Word], needed: int, until: int) -> list[Word]:
    """Return the words of a rushed phrase, lengthened into the time of the removed repeats."""
    begin = phrase[0].start_ms
    end = max(begin, min(begin + needed, until))
    edges = [begin + (end - begin) * place // len(phrase) for place in range(len(phrase) + 1)]
    return [
        replace(word, start_ms=start, end_ms=stop, probability=INVENTED)
        for word, (start, stop) in zip(phrase, pairwise(edges), strict=True)
    ]


def _next_places(plain: Sequence[str]) -> list[int]:
    """Return for each word where the same word occurs next, or the number of words."""
    following = [len(plain)] * len(plain)
    seen: dict[str, int] = {}
    for place in reversed(range(len(plain))):
        following[place] = seen.get(plain[place], len(plain))
        seen[plain[place]] = place
    return following


def _loop_at(plain: Sequence[str], first: int, following: Sequence[int]) -> Repetition | None:
    longest = min(MAX_LOOP_WORDS, (len(plain) - first) // 3)
    second = first
    while (length := (second := following[second]) - first) <= longest:
        times = 1
        phrase = plain[first : first + length]
        while plain[first + times * length : first + (times + 1) * length] == phrase:
            times += 1
        if times >= _enough(length):
            return Repetition(first, first + times * length - 1, length, times)
    return None


def _enough(length: int) -> int:
    return {1: 6, 2: 4}.get(length, 3)
