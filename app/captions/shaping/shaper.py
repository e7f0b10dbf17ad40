"""The caption shaper: turns words with times into readable cues. No I/O.

Dynamic programming chooses the ends of all cues of a recording together, so that the total cost is lowest. A cue costs
more if it misses limits in `cues`, if breaking after its last word is bad (`phrases`), and if its lines break badly
(`lines`). Afterwards `timing` chooses when each cue is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf

from app.captions.shaping.cues import (
    MAX_CUE_MS,
    MAX_LINE_LENGTH,
    MAX_LINES,
    MAX_READING_SPEED,
    MIN_CUE_MS,
    READING_SPEED,
    SHORT_MS,
    SILENCE_MS,
    Cue,
    Word,
)
from app.captions.shaping.grammar import Grammar, grammar_of
from app.captions.shaping.lines import WordLines, columns, pieces
from app.captions.shaping.marks import belongs_to_next, belongs_to_previous
from app.captions.shaping.measures import CaptionMeasures, measure
from app.captions.shaping.phrases import AFTER_SENTENCE, ends_sentence
from app.captions.shaping.scripts import is_spaceless, joined
from app.captions.shaping.timing import LINGER_MS, Slot, schedule

__all__ = ["CaptionMeasures", "Cue", "Word", "measure", "shape_cues"]

EACH_CUE = 6.0
LONE_WORD, LONE_SENTENCE = 2000.0, 8.0
"""Cost of a cue with one word: LONE_SENTENCE if the word is a whole sentence ("Yes."), otherwise LONE_WORD.
"""
SENTENCE_END_INSIDE, SENTENCE_START_INSIDE = 3.0, 15.0
"""Cost of a sentence that ends inside a cue, and of a sentence that begins inside a cue without a full stop before it.
"""
LONG_PAUSE_MS, LONG_PAUSE = 1000, 15.0
"""Minimum length and cost per second of a pause inside a cue.

Words after the pause would be shown long before they are spoken.
"""
TOO_FAST, FAST = (80.0, 40.0), (10.0, 15.0)
"""Cost of exceeding a reading speed: a fixed part, and a part for each character per second above that speed."""
TOO_SHORT, SHORT = 150.0, 15.0
MAX_CUE_WORDS, MAX_SPACELESS_WORDS = 22, 32
"""Maximum number of words in a cue. Two full lines have about 16 words of usual length, or 32 characters of a script
without spaces, where each may be a word.

Without this limit, a text of single letters takes several times as long as other texts.
"""


def shape_cues(words: Sequence[Word], *, duration_ms: int, language: str = "en") -> list[Cue]:
    """Return cues for the words of a recording of `duration_ms`, in a language (BCP 47; "und" if it is not known).

    `words` must be in the order in which they were spoken. Every word with text appears exactly once and in order. A
    line has at most 42 characters, or 16 wide ones; a longer word is split into pieces that share its time. Times that run backwards or
    leave the recording are corrected first. If speech leaves too little time, `timing` decides which limits are missed.
    Never raises an error.
    """
    spoken = tidy(words, duration_ms=duration_ms)
    if not spoken:
        return []
    shaper = _Shaper(spoken, duration_ms, grammar_of(language))
    runs = shaper.runs()
    slots = [Slot(spoken[a].start_ms, spoken[b].end_ms, ceil(shaper.lines.reading_length(a, b))) for a, b in runs]
    times = schedule(slots, duration_ms=duration_ms)
    return [
        Cue(start, end, shaper.lines.text(a, b), tuple(spoken[a : b + 1]))
        for (a, b), (start, end) in zip(runs, times, strict=True)
    ]


def tidy(words: Sequence[Word], *, duration_ms: int) -> list[Word]:
    """Return words that can be shown: not empty, not longer than a line, with ordered times inside the recording."""
    whole = _with_marks([(word, text) for word in words if (text := " ".join(word.text.split()))])
    tidied: list[Word] = []
    earliest = 0
    for index, (word, text) in enumerate(whole):
        start = min(max(word.start_ms, earliest), duration_ms)
        following = whole[index + 1][0].start_ms if index + 1 < len(whole) else duration_ms
        end = min(max(word.end_ms, start), max(following, start), duration_ms)
        tidied.extend(_shared_out(pieces(text), start, end, word.probability))
        earliest = start
    return tidied


def _with_marks(words: list[tuple[Word, str]]) -> list[tuple[Word, str]]:
    """Return the words with marks that stand alone, such as a French "?", joined to the word that they belong to."""
    joint: list[tuple[Word, str]] = []
    for word, text in words:
        if joint and (belongs_to_previous(text, joint[-1][1]) or belongs_to_next(joint[-1][1])):
            before, start = joint[-1]
            both = joined([start, text])
            if columns(both) <= MAX_LINE_LENGTH and word.start_ms - before.end_ms < LONG_PAUSE_MS:
                probability = min(before.probability, word.probability)
                joint[-1] = (Word(before.start_ms, word.end_ms, both, probability), both)
                continue
        joint.append((word, text))
    return joint


def _shared_out(parts: list[str], start: int, end: int, probability: float) -> list[Word]:
    edges = [start + (end - start) * index // len(parts) for index in range(len(parts) + 1)]
    return [Word(edges[index], edges[index + 1], part, probability) for index, part in enumerate(parts)]


class _Shaper:
    """The dynamic programming over the words of one recording."""

    def __init__(self, words: Sequence[Word], duration_ms: int, grammar: Grammar):
        self.words = words
        self.duration_ms = duration_ms
        self.lines = WordLines(words, grammar)
        self.has_mark = [ends_sentence(word.text, grammar) for word in words]

    def runs(self) -> list[tuple[int, int]]:
        """Return the first and last word of each cue, chosen so that the total cost is lowest."""
        count = len(self.words)
        best = [inf] * count + [0.0]
        cut = [0] * count
        for first in reversed(range(count)):
            for last, cost in self._cues_from(first):
                total = cost + best[last + 1]
                if total < best[first]:
                    best[first], cut[first] = total, last
        runs, first = [], 0
        while first < count:
            runs.append((first, cut[first]))
            first = cut[first] + 1
        return runs

    def _cues_from(self, first: int) -> list[tuple[int, float]]:
        """Return the last word and the cost of every possible cue that begins with word `first`.

        A cue of that word alone is always possible.
        """
        cues: list[tuple[int, float]] = []
        inside = 0.0
        most = MAX_SPACELESS_WORDS if is_spaceless(self.words[first].text[0]) else MAX_CUE_WORDS
        for last in range(first, min(first + most, len(self.words))):
            if last > first:
                pause = self.words[last].start_ms - self.words[last - 1].end_ms
                inside += LONG_PAUSE * pause / 1000 if pause >= LONG_PAUSE_MS else 0.0
                if self.lines.breaks[last - 1] == AFTER_SENTENCE:
                    inside += SENTENCE_END_INSIDE if self.has_mark[last - 1] else SENTENCE_START_INSIDE
                is_too_long = self.words[last].end_ms - self.words[first].start_ms > MAX_CUE_MS
                if (
                    pause >= SILENCE_MS
                    or is_too_long
                    or self.lines.width(first, last) > MAX_LINES * MAX_LINE_LENGTH + 1
                ):
                    break
            layout = self.lines.layout(first, last)
            if layout:
                cost = EACH_CUE + inside + layout.cost + self.lines.breaks[last]
                cues.append((last, cost + self._reading_cost(first, last) + self._lone_cost(first, last)))
        return cues

    def _reading_cost(self, first: int, last: int) -> float:
        start = self.words[first].start_ms
        following = self.words[last + 1].start_ms if last + 1 < len(self.words) else self.duration_ms
        shown = max(1, min(following, self.words[last].end_ms + LINGER_MS, start + MAX_CUE_MS) - start)
        speed = self.lines.reading_length(first, last) * 1000 / shown
        cost = 0.0
        for bar, (missed, each) in ((MAX_READING_SPEED, TOO_FAST), (READING_SPEED, FAST)):
            cost += missed + each * min(speed - bar, bar) if speed > bar else 0.0
        return cost + (TOO_SHORT if shown < MIN_CUE_MS else SHORT if shown < SHORT_MS else 0.0)

    def _lone_cost(self, first: int, last: int) -> float:
        if last > first:
            return 0.0
        return LONE_SENTENCE if self._stands_apart(first - 1) and self._stands_apart(last) else LONE_WORD

    def _stands_apart(self, index: int) -> bool:
        """Return whether a sentence ends, or a long pause begins, after this word.

        Also returns True for the position before the first word and for the last word.
        """
        if not 0 <= index < len(self.words) - 1 or self.lines.breaks[index] == AFTER_SENTENCE:
            return True
        return self.words[index + 1].start_ms - self.words[index].end_ms >= LONG_PAUSE_MS
