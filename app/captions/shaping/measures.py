"""Measure how well captions meet the limits in `cues`. Used by tests and the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.captions.shaping.cues import (
    IN_TIME_MS,
    JOIN_MS,
    LINE_AIM,
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
from app.captions.shaping.lines import columns, reading_length
from app.captions.shaping.phrases import (
    AFTER_BINDING_WORD,
    INSIDE_PHRASE,
    by_words,
    ends_sentence,
    inside_phrases,
    is_forbidden,
)
from app.captions.shaping.scripts import needs_space

REQUIRED_SHARE = 0.95
"""The share of cues that must meet a limit, for limits that a few cues may miss."""
BELONGS_MS = 1000
"""Two words with a shorter gap between them than this should be in one cue."""


@dataclass(frozen=True, slots=True)
class CaptionMeasures:
    """Quality measures of captions. Shares are of cues or lines, from 0 to 1 (1 if there are none).

    Names ending in `_ms` are milliseconds; the other numbers are counts, unless stated otherwise.
    """

    cues: int
    readable: float
    """Share of cues with at most 17 characters per second, or nine wide ones."""
    fastest: float
    """Reading speed of the fastest cue, in characters per second."""
    lines_within_aim: float
    longest_line: float
    """Width of the longest line in columns. A wide character has 2.6 columns, so 16 of them fit on a line."""
    most_lines: int
    long_enough: float
    """Share of cues that are shown for at least 1.33 s."""
    shortest_ms: int
    longest_ms: int
    overlaps: int
    narrow_gaps: int
    """Number of gaps longer than 0 and shorter than 0.1 s."""
    in_time: float
    """Share of cues that start within 0.3 s of their first word."""
    furthest_ms: int
    """The greatest distance of a cue's start from its first word."""
    silences_spanned: int
    lone_words: int
    """Number of one-word cues that could have been joined with a word of the same sentence."""
    bad_breaks: int
    """Number of lines or cues that end after an article or inside a name."""
    cut_phrases: int
    """Number of cues that end inside a phrase: after a preposition, pronoun or other word that belongs to the next one.
    """
    split_phrases: int
    """Number of lines or cues that end inside a phrase of a language without spaces."""
    words_kept: bool
    """True if the cues contain every word exactly once and in order."""

    def failures(self) -> list[str]:
        """Return the names of the measures that miss their limit. Empty if all limits are met."""
        passed = {
            "readable": self.readable >= REQUIRED_SHARE,
            "fastest": self.fastest <= MAX_READING_SPEED,
            "longest_line": self.longest_line <= MAX_LINE_LENGTH,
            "most_lines": self.most_lines <= MAX_LINES,
            "long_enough": self.long_enough >= REQUIRED_SHARE,
            "shortest_ms": self.shortest_ms >= MIN_CUE_MS,
            "longest_ms": self.longest_ms <= MAX_CUE_MS,
            "overlaps": self.overlaps == 0,
            "narrow_gaps": self.narrow_gaps == 0,
            "in_time": self.in_time >= REQUIRED_SHARE,
            "silences_spanned": self.silences_spanned == 0,
            "lone_words": self.lone_words == 0,
            "bad_breaks": self.bad_breaks == 0,
            "words_kept": self.words_kept,
        }
        return [name for name, is_met in passed.items() if not is_met]


def measure(cues: Sequence[Cue], words: Sequence[Word], language: str = "en") -> CaptionMeasures:
    """Measure cues against the words from which they were made, in their language (BCP 47)."""
    grammar = grammar_of(language)
    lines = [line for cue in cues for line in cue.text.split("\n")]
    away = [abs(cue.start_ms - cue.words[0].start_ms) for cue in cues if cue.words]
    speeds = [reading_length(cue.text) * 1000 / max(1, cue.duration_ms) for cue in cues]
    gaps = [after.start_ms - before.end_ms for before, after in pairwise(cues)]
    return CaptionMeasures(
        cues=len(cues),
        readable=_share(speed <= READING_SPEED for speed in speeds),
        fastest=max(speeds, default=0.0),
        lines_within_aim=_share(columns(line) <= LINE_AIM for line in lines),
        longest_line=max(map(columns, lines), default=0),
        most_lines=max((cue.text.count("\n") + 1 for cue in cues), default=0),
        long_enough=_share(cue.duration_ms >= SHORT_MS for cue in cues),
        shortest_ms=min((cue.duration_ms for cue in cues), default=MIN_CUE_MS),
        longest_ms=max((cue.duration_ms for cue in cues), default=0),
        overlaps=sum(gap < 0 for gap in gaps),
        narrow_gaps=sum(0 < gap < JOIN_MS for gap in gaps),
        in_time=_share(ms <= IN_TIME_MS for ms in away),
        furthest_ms=max(away, default=0),
        silences_spanned=sum(_spans_silence(cue) for cue in cues),
        lone_words=_lone_words(cues, grammar),
        bad_breaks=_bad_breaks(cues, grammar),
        cut_phrases=sum(_cuts_phrase(before, after, grammar) for before, after in pairwise(cues)),
        split_phrases=_split_phrases(cues, grammar),
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


def _lone_words(cues: Sequence[Cue], grammar: Grammar) -> int:
    alone = 0
    for index, cue in enumerate(cues):
        if len(cue.words) != 1:
            continue
        before, after = cues[index - 1] if index else None, cues[index + 1] if index + 1 < len(cues) else None
        could_join = before is not None and _could_share(before.words, cue.words, grammar, give=-1)
        alone += could_join or (after is not None and _could_share(cue.words, after.words, grammar, give=1))
    return alone


def _could_share(before: Sequence[Word], after: Sequence[Word], grammar: Grammar, *, give: int) -> bool:
    """Return whether a one-word cue could have received a word from its neighbour, or been joined with it.

    `give` is -1 if the word would come from the earlier cue, 1 if it would come from the later cue.
    """
    if not before or not after or ends_sentence(before[-1].text, grammar):
        return False
    if after[0].start_ms - before[-1].end_ms >= BELONGS_MS:
        return False
    giver = before if give < 0 else after
    shared = [*before, *after] if len(giver) <= 2 else [before[-1], after[0]]
    text = sum(len(word.text) + 1 for word in shared) - 1
    return text <= MAX_LINE_LENGTH and shared[-1].end_ms - shared[0].start_ms <= MAX_CUE_MS


def _bad_breaks(cues: Sequence[Cue], grammar: Grammar) -> int:
    """Count breaks after an article or inside a name. A break at a silence is not counted, because it is unavoidable."""
    count = 0
    for index, cue in enumerate(cues):
        lines = cue.text.split("\n")
        count += sum(_is_broken(upper, lower, grammar) for upper, lower in pairwise(lines))
        if index + 1 < len(cues) and cues[index + 1].start_ms - cue.end_ms < SILENCE_MS:
            count += _is_broken(lines[-1], cues[index + 1].text, grammar)
    return count


def _is_broken(upper: str, lower: str, grammar: Grammar) -> bool:
    if not upper.split() or not lower.split() or not needs_space(upper, lower):
        return False
    return is_forbidden(upper.split()[-1], lower.split()[0], grammar)


def _cuts_phrase(cue: Cue, following: Cue, grammar: Grammar) -> bool:
    if following.start_ms - cue.end_ms >= BELONGS_MS or not cue.text.split() or not following.text.split():
        return False
    last, first = cue.text.split()[-1], following.text.split()[0]
    return not ends_sentence(last, grammar) and by_words(last, first, grammar) >= AFTER_BINDING_WORD


def _split_phrases(cues: Sequence[Cue], grammar: Grammar) -> int:
    lines = [line for cue in cues for line in cue.text.split("\n")]
    return sum(cost >= INSIDE_PHRASE for cost in inside_phrases(lines, grammar))


def _letters(texts: Iterable[str]) -> str:
    """Return the text without spaces. Two results are equal only if no character was lost, added or moved."""
    return "".join("".join(texts).split())
