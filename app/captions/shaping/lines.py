"""Break words into one or two lines, and calculate the cost of each way to break them. The limits are in `cues`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.captions.shaping.cues import LINE_AIM, MAX_LINE_LENGTH, READING_SPEED, Word
from app.captions.shaping.grammar import Grammar
from app.captions.shaping.marks import is_one_letter
from app.captions.shaping.phrases import FORBIDDEN, break_costs
from app.captions.shaping.scripts import is_wide, joined, needs_space

SECOND_LINE = 4.0
LONE_WORD_LINE = 6.0
OVER_AIM = 2.0
"""Cost of each character beyond the preferred line length."""
UNEVEN = 0.1
"""Cost of each character by which the two lines differ in length."""
PHRASE_SHARE = 0.6
"""Factor for the cost of a break between lines, which is less disturbing than a break between cues."""
WIDE_COLUMNS = MAX_LINE_LENGTH / 16
"""Width of a Chinese, Japanese or Korean character, of which 16 fit on a line (Netflix)."""
WIDE_READING = READING_SPEED / 9
"""Length of such a character for the reading speed: people read 9 of them per second (Netflix, Chinese)."""


def columns(text: str) -> float:
    """Return the width of a text in columns. A letter has one, a wide character has WIDE_COLUMNS."""
    wide = sum(map(is_wide, text))
    return len(text) - wide + WIDE_COLUMNS * wide


def reading_length(text: str) -> float:
    """Return the number of characters to read in a text. Wide characters count as WIDE_READING."""
    return len(text) + (WIDE_READING - 1) * sum(map(is_wide, text))


def pieces(text: str, size: int = MAX_LINE_LENGTH) -> list[str]:
    """Split a word into pieces that fit on a line of `size` columns, without separating the parts of a letter.

    A word that fits is returned whole.
    """
    parts: list[str] = []
    at, width = 0, 0.0
    for place, letter in enumerate(text):
        width += WIDE_COLUMNS if is_wide(letter) else 1
        if width > size:
            cut = place
            while cut > at and is_one_letter(text[cut - 1], text[cut]):
                cut -= 1
            cut = cut if cut > at else place  # more parts than fit on a line
            parts.append(text[at:cut])
            at, width = cut, columns(text[cut : place + 1])
    return [*parts, text[at:]]


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to break words first..last into lines, with its cost. If `line_end` equals `last`, there is one line."""

    cost: float
    line_end: int


class WordLines:
    """The measured words of a recording, so that any run of words can be laid out quickly."""

    def __init__(self, words: Sequence[Word], grammar: Grammar):
        self.texts = [word.text for word in words]
        self.breaks = break_costs(words, grammar)
        self._widths = [columns(text) for text in self.texts]
        self._lengths = [reading_length(text) for text in self.texts]
        self._ends: list[tuple[float, float]] = []
        width = length = 0.0
        for index, text in enumerate(self.texts):
            space = int(index > 0 and needs_space(self.texts[index - 1], text))
            width += space + self._widths[index]
            length += space + self._lengths[index]
            self._ends.append((width, length))

    def width(self, first: int, last: int) -> float:
        """Return the number of columns of words first..last on one line, including spaces."""
        return self._ends[last][0] - self._ends[first][0] + self._widths[first]

    def reading_length(self, first: int, last: int) -> float:
        """Return the number of characters to read in words first..last. Wide characters count as WIDE_READING."""
        return self._ends[last][1] - self._ends[first][1] + self._lengths[first]

    def layout(self, first: int, last: int) -> Layout | None:
        """Return the cheapest layout of words first..last on at most two lines, or None if they do not fit."""
        whole = self.width(first, last)
        if whole <= LINE_AIM:
            return Layout(0.0, last)
        best = Layout(OVER_AIM * (whole - LINE_AIM), last) if whole <= MAX_LINE_LENGTH else None
        for end in range(first, last):
            upper, lower = self.width(first, end), self.width(end + 1, last)
            if upper > MAX_LINE_LENGTH:
                break
            if lower > MAX_LINE_LENGTH:
                continue
            cost = self._cost(first, end, last, upper, lower)
            if best is None or cost < best.cost:
                best = Layout(cost, end)
        return best

    def text(self, first: int, last: int) -> str:
        """Return words first..last in their cheapest layout, which must exist."""
        layout = self.layout(first, last)
        assert layout is not None, "words that do not fit were put into one cue"  # noqa: S101
        upper = joined(self.texts[first : layout.line_end + 1])
        return upper if layout.line_end == last else upper + "\n" + joined(self.texts[layout.line_end + 1 : last + 1])

    def _cost(self, first: int, end: int, last: int, upper: float, lower: float) -> float:
        broken = self.breaks[end]
        cost = SECOND_LINE + (broken if broken >= FORBIDDEN else PHRASE_SHARE * broken)
        cost += OVER_AIM * (max(0, upper - LINE_AIM) + max(0, lower - LINE_AIM)) + UNEVEN * abs(upper - lower)
        return cost + (LONE_WORD_LINE if end == first or end + 1 == last else 0.0)
