"""How far reviewers agree: percentage agreement and Krippendorff's alpha for ordered levels. Pure.

Alpha is 1 - observed / expected disagreement over all pairs of scores of the same answer; scores of an answer that only
one person scored say nothing and are left out. The distance of two levels is the ordinal one: the square of how many
scores lie between them. Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), sections C and E;
his example is the test. It describes a panel. It judges nobody, and nothing is decided by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

FEWEST = 5
"""Answers with two scores or more, below which alpha says more about chance than about people and is not shown."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`answers` with two scores or more; `percent` of their pairs that are equal; alpha from -1 to 1.

    None where it cannot be said: no pair; for alpha also fewer than FEWEST answers, or one level given to all of them.
    """

    answers: int
    percent: float | None
    alpha: float | None


def agreement(scores: Iterable[Sequence[int]]) -> Agreement:
    """Return the agreement of the scores of some answers, each a sequence of levels by different reviewers."""
    units = [Counter(levels) for levels in scores if len(levels) > 1]
    pairs = [pair for unit in units for pair in combinations(unit.elements(), 2)]
    percent = 100 * sum(one == other for one, other in pairs) / len(pairs) if pairs else None
    return Agreement(len(units), percent, ordinal_alpha(units) if len(units) >= FEWEST else None)


def ordinal_alpha(units: Sequence[Counter[int]]) -> float | None:
    """Return Krippendorff's alpha of units with two values or more each; None when all values are the same."""
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
