"""Compare a transcription with the spoken words. No I/O."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

TimedWord = tuple[str, float, float]
"""A word with its start and end in seconds."""


@dataclass(frozen=True, slots=True)
class Score:
    """The result of a comparison.

    `errors` counts wrong, missing and added words. The time errors are the absolute differences, in seconds, between
    the times of matching words.
    """

    said: int
    errors: int
    start_errors: tuple[float, ...]
    end_errors: tuple[float, ...]

    @property
    def word_error(self) -> float:
        """Errors per spoken word. It exceeds 1 if there are more errors than spoken words."""
        return self.errors / max(self.said, 1)


def plain(word: str) -> str:
    """Return a word in the form in which words are compared: lower case, with only letters, digits and apostrophes."""
    return re.sub(r"[^a-z0-9']", "", word.lower())


def matches(said: Sequence[str], heard: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
    """Return the minimum number of changed, missing and added words in `heard`, and the pairs of equal words.

    The pairs are (index in `said`, index in `heard`).
    """
    rows = [list(range(len(heard) + 1))]
    for i, word in enumerate(said, start=1):
        row = [i]
        for j, other in enumerate(heard, start=1):
            row.append(min(rows[-1][j - 1] + (word != other), rows[-1][j] + 1, row[j - 1] + 1))
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    i, j = len(said), len(heard)
    while i and j:
        same = said[i - 1] == heard[j - 1]
        if rows[i][j] == rows[i - 1][j - 1] + (not same):
            i, j = i - 1, j - 1
            if same:
                pairs.append((i, j))
        elif rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return rows[-1][-1], pairs[::-1]


def score(said: Sequence[TimedWord], heard: Sequence[TimedWord]) -> Score:
    """Compare spoken and transcribed words with their times. Punctuation and case are ignored."""
    truth = [(plain(word), start, end) for word, start, end in said if plain(word)]
    found = [(plain(word), start, end) for word, start, end in heard if plain(word)]
    errors, pairs = matches([word for word, _, _ in truth], [word for word, _, _ in found])
    return Score(
        said=len(truth),
        errors=errors,
        start_errors=tuple(abs(truth[i][1] - found[j][1]) for i, j in pairs),
        end_errors=tuple(abs(truth[i][2] - found[j][2]) for i, j in pairs),
    )


def total(scores: Sequence[Score]) -> Score:
    """Add scores, as if all of them were from one recording."""
    return Score(
        said=sum(score.said for score in scores),
        errors=sum(score.errors for score in scores),
        start_errors=tuple(error for score in scores for error in score.start_errors),
        end_errors=tuple(error for score in scores for error in score.end_errors),
    )


def spread(errors: Sequence[float]) -> tuple[float, float, float]:
    """Return the median, the 95th percentile and the maximum of the errors, or zeros if there are none."""
    if not errors:
        return 0.0, 0.0, 0.0
    ordered = sorted(errors)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], ordered[-1]
