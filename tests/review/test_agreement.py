"""The agreement of reviewers equals the example in the paper that defines it."""

from __future__ import annotations

import pytest

from app.review.agreement import Agreement, agreement

KRIPPENDORFF_2011 = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
    [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip
"""Section C of the paper: ratings of twelve units by four observers. Only one observer rated the last unit."""


def test_alpha_equals_the_published_example() -> None:
    found = agreement(KRIPPENDORFF_2011)
    assert found.answers == 11
    assert found.alpha == pytest.approx(0.815, abs=0.0005)


def test_full_agreement_on_different_levels_is_one() -> None:
    assert agreement([[1, 1], [2, 2], [3, 3], [1, 1], [2, 2]]) == Agreement(5, 100.0, 1.0)


def test_systematic_disagreement_is_below_zero() -> None:
    alpha = agreement([[1, 4], [4, 1], [1, 4], [4, 1], [1, 4]]).alpha
    assert alpha is not None
    assert alpha < 0


def test_percentage_counts_pairs() -> None:
    assert agreement([[1, 1, 2], [3, 3]]).percent == pytest.approx(50)


def test_one_level_for_everything_has_a_percentage_and_no_alpha() -> None:
    assert agreement([[2, 2]] * 6) == Agreement(6, 100.0, None)


def test_few_answers_have_no_alpha() -> None:
    assert agreement([[1, 1], [2, 2], [3, 3], [4, 4]]).alpha is None


@pytest.mark.parametrize("scores", [[], [[1]], [[1], [2]]])
def test_agreement_without_a_pair_is_none(scores: list[list[int]]) -> None:
    assert agreement(scores) == Agreement(0, None, None)
