"""Measures how well captions meet the limits in `cues`: for the shaper, tests and the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.captions.shaping.cues import (
    FASTEST_READING_SPEED,
    IN_TIME_MS,
    JOIN_MS,
    LINE_AIM,
    MAX_CUE_MS,
    MAX_LINE_LENGTH,
    MAX_LINES,
    MIN_CUE_MS,
    READING_SPEED,
    SHORT_MS,
    SILENCE_MS,
    Cue,
    Word,
)
from app.captions.shaping.lines import needs_space
from app.captions.shaping.phrases import ends_sentence, is_forbidden

MOST = 0.95
"""The share of cues that must meet the bars that allow exceptions."""
BELONGS_MS = 1000
"""Words with less than this between them belong together."""


@dataclass(frozen=True, slots=True)
class CaptionMeasures:
    """Shares are of cues or lines, from 0 to 1 (1 where there are none); times in milliseconds; the rest are counts."""

    cues: int
    readable: float
    """Share of cues at 17 characters a second or less."""
    fastest: float
    """Characters a second of the fastest cue."""
    lines_within_aim: float
    longest_line: int
    most_lines: int
    long_enough: float
    """Share of cues shown for 1.33 s or more."""
    shortest_ms: int
    longest_ms: int
    overlaps: int
    narrow_gaps: int
    """Gaps of more than nothing and less than 0.1 s."""
    in_time: float
    """Share of cues that start within 0.3 s of their first word."""
    furthest_ms: int
    """The furthest that a cue starts from its first word."""
    silences_spanned: int
    lone_words: int
    """Cues of one word that could have had another of the same sentence beside it."""
    bad_breaks: int
    """Lines or cues that end after an article or inside a name."""
    words_kept: bool
    """Every word is there, once and in order."""

    def failures(self) -> list[str]:
        """Return the names of the limits that are not met; empty if all are met."""
        passed = {
            "readable": self.readable >= MOST,
            "fastest": self.fastest <= FASTEST_READING_SPEED,
            "longest_line": self.longest_line <= MAX_LINE_LENGTH,
            "most_lines": self.most_lines <= MAX_LINES,
            "long_enough": self.long_enough >= MOST,
            "shortest_ms": self.shortest_ms >= MIN_CUE_MS,
            "longest_ms": self.longest_ms <= MAX_CUE_MS,
            "overlaps": self.overlaps == 0,
            "narrow_gaps": self.narrow_gaps == 0,
            "in_time": self.in_time >= MOST,
            "silences_spanned": self.silences_spanned == 0,
            "lone_words": self.lone_words == 0,
            "bad_breaks": self.bad_breaks == 0,
            "words_kept": self.words_kept,
        }
        return [name for name, is_met in passed.items() if not is_met]


def measure(cues: Sequence[Cue], words: Sequence[Word]) -> CaptionMeasures:
    """Measure cues against the words that they were made from."""
    lines = [line for cue in cues for line in cue.text.split("\n")]
    away = [abs(cue.start_ms - cue.words[0].start_ms) for cue in cues if cue.words]
    gaps = [after.start_ms - before.end_ms for before, after in pairwise(cues)]
    return CaptionMeasures(
        cues=len(cues),
        readable=_share(cue.reading_speed <= READING_SPEED for cue in cues),
        fastest=max((cue.reading_speed for cue in cues), default=0.0),
        lines_within_aim=_share(len(line) <= LINE_AIM for line in lines),
        longest_line=max(map(len, lines), default=0),
        most_lines=max((cue.text.count("\n") + 1 for cue in cues), default=0),
        long_enough=_share(cue.duration_ms >= SHORT_MS for cue in cues),
        shortest_ms=min((cue.duration_ms for cue in cues), default=MIN_CUE_MS),
        longest_ms=max((cue.duration_ms for cue in cues), default=0),
        overlaps=sum(gap < 0 for gap in gaps),
        narrow_gaps=sum(0 < gap < JOIN_MS for gap in gaps),
        in_time=_share(ms <= IN_TIME_MS for ms in away),
        furthest_ms=max(away, default=0),
        silences_spanned=sum(_spans_silence(cue) for cue in cues),
        lone_words=_lone_words(cues),
        bad_breaks=_bad_breaks(cues),
        words_kept=_letters(word.text for word in words) == _letters(cue.text for cue in cues),
    )


def _share(facts: Iterable[bool]) -> float:
    every = list(facts)
    return sum(every) / len(every) if every else 1.0


def _spans_silence(cue: Cue) -> bool:
    if not cue.words:
        return False
    edges = [cue.start_ms, *(ms for word in cue.words for ms in (word.start_ms, word.end_ms)), cue.end_ms]
    return any(after - before >= SILENCE_MS for before, after in zip(edges[::2], edges[1::2], strict=True))


def _lone_words(cues: Sequence[Cue]) -> int:
    alone = 0
    for index, cue in enumerate(cues):
        if len(cue.words) != 1:
            continue
        before, after = cues[index - 1] if index else None, cues[index + 1] if index + 1 < len(cues) else None
        could_join = before is not None and _could_share(before.words, cue.words, give=-1)
        alone += could_join or (after is not None and _could_share(cue.words, after.words, give=1))
    return alone


def _could_share(before: Sequence[Word], after: Sequence[Word], *, give: int) -> bool:
    """Whether the lone word of two neighbours could have the other's nearest word beside it, or all its words."""
    if not before or not after or ends_sentence(before[-1].text):
        return False
    if after[0].start_ms - before[-1].end_ms >= BELONGS_MS:
        return False
    giver = before if give < 0 else after
    shared = [*before, *after] if len(giver) <= 2 else [before[-1], after[0]]
    text = sum(len(word.text) + 1 for word in shared) - 1
    return text <= MAX_LINE_LENGTH and shared[-1].end_ms - shared[0].start_ms <= MAX_CUE_MS


def _bad_breaks(cues: Sequence[Cue]) -> int:
    """Count broken articles and names, where the words could have stood together: not across a silence."""
    count = 0
    for index, cue in enumerate(cues):
        lines = cue.text.split("\n")
        count += sum(_is_broken(upper, lower) for upper, lower in pairwise(lines))
        if index + 1 < len(cues) and cues[index + 1].start_ms - cue.end_ms < SILENCE_MS:
            count += _is_broken(lines[-1], cues[index + 1].text)
    return count


def _is_broken(upper: str, lower: str) -> bool:
    if not upper.split() or not lower.split() or not needs_space(upper, lower):
        return False
    return is_forbidden(upper.split()[-1], lower.split()[0])


def _letters(texts: Iterable[str]) -> str:
    """The text without its spaces: equal exactly when no character was lost, added or moved."""
    return "".join("".join(texts).split())
