"""Measure how far reviewers agree: percentage agreement and Krippendorff's alpha for ordered levels. No I/O.

Alpha is 1 - observed disagreement / expected disagreement, over all pairs of scores of the same answer. Answers with a
single score are left out. The distance between two levels is ordinal: the square of the number of scores between them.
Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections C and E; the test uses his
example. The numbers describe a panel. No decision depends on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

MIN_ANSWERS = 5
"""Minimum number of answers with two or more scores for which alpha is calculated.

With fewer answers, the value of alpha is mostly chance.
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of reviewers on some answers.

    `answers` counts the answers with two or more scores. `percent` is the share of pairs with equal scores, 0 to 100,
    or None if there is no pair. `alpha` is from -1 to 1, or None if there are fewer than MIN_ANSWERS answers or all scores
    are the same level.
    """

    answers: int
    percent: float | None
    alpha: float | None


def agreement(scores: Iterable[Sequence[int]]) -> Agreement:
    """Return how far scores agree.

    Each sequence in `scores` contains the levels that different reviewers gave to one answer.
    """
    units = [Counter(levels) for levels in scores if len(levels) > 1]
    pairs = [pair for unit in units for pair in combinations(unit.elements(), 2)]
    percent = 100 * sum(one == other for one, other in pairs) / len(pairs) if pairs else None
    return Agreement(len(units), percent, ordinal_alpha(units) if len(units) >= MIN_ANSWERS else None)


def ordinal_alpha(units: Sequence[Counter[int]]) -> float | None:
    """Return Krippendorff's alpha of units with two or more values each, or None if all values are the same."""
    totals = sum(units, Counter())
    count = totals.total()
    distances = _distances(totals)
    observed = sum(_disagreement(unit, distances) / (unit.total() - 1) for unit in units)
    expected = _disagreement(totals, distances) / (count - 1) if count > 1 else 0.0
    return 1 - observed / expected if expected else None


def _disagreement(values: Counter[int], distances: dict[tuple[int, int], float]) -> float:
    return 2 * sum(
        values[one] * values[other] * distances[one, other] for one, other in combinations(sorted(values), 2)
    )


def _distances(totals: Counter[int]) -> dict[tuple[int, int], float]:
    """Return the squared ordinal distance of every two values that occur."""
    values = sorted(totals)
    steps = [(totals[one] + totals[other]) / 2 for one, other in pairwise(values)]
    return {(values[low], values[high]): sum(steps[low:high]) ** 2 for low, high in combinations(range(len(values)), 2)}
