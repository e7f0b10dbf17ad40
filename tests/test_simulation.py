"""The simulation of many candidates predicts what was measured on two cores."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.simulate import SEED, Check, Costs, checks, finish_times, uploads


@pytest.mark.parametrize("check", checks(Costs(), SEED), ids=lambda check: check.name)
def test_measured_figure_is_predicted_within_20_percent(check: Check) -> None:
    assert check.is_met, str(check)


def test_same_seed_gives_the_same_numbers() -> None:
    def run() -> object:
        return uploads(Costs(), Random(SEED), candidates=200, processes=2, pause=5, seconds=10)

    assert run() == run()


def test_short_answers_do_not_wait_for_long_ones() -> None:
    long, *short = finish_times(Costs(), [600.0, 20.0, 20.0, 20.0], workers=1)
    assert max(short) < long
