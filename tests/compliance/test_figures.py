"""The figures of a report on a period, calculated without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.compliance.figures import (
    SMALL,
    STEP,
    STEPS,
    CandidateProgress,
    CompletionShare,
    completion,
    people,
    times,
)


def group(has_grants: bool, sent: int, unsent: int) -> list[CandidateProgress]:
    return [CandidateProgress(has_grants, True)] * sent + [CandidateProgress(has_grants, False)] * unsent


def test_median_and_longest_time() -> None:
    found = times([1, 3])
    assert (found.median, found.worst, sum(found.counts)) == (2, 3, 2)


def test_without_decisions_there_is_no_median() -> None:
    assert times([]).median is None


@pytest.mark.parametrize(
    ("hours", "place"), [(0, 0), (3.99, 0), (4, 1), (24, 2), (48, 3), (168, 4), (9999, 4), (-5, 0)]
)
def test_each_time_is_counted_in_one_step(hours: float, place: int) -> None:
    assert times([hours]).counts[place] == 1


@given(st.lists(st.floats(-10, 10_000), max_size=30))
def test_every_decision_is_counted_once(lengths: list[float]) -> None:
    found = times(lengths)
    assert sum(found.counts) == len(lengths)
    assert len(found.counts) == len(STEPS)


def test_large_groups_are_shown() -> None:
    everyone, with_grants, without = completion(group(True, 4, 2) + group(False, 6, 5))
    assert (everyone, with_grants, without) == (
        CompletionShare(60, 15),
        CompletionShare(65, 5),
        CompletionShare(55, 10),
    )


@pytest.mark.parametrize(("sent", "unsent", "per_cent"), [(0, 9, STEP), (9, 0, 100 - STEP), (1, 99, STEP), (1, 1, 50)])
def test_share_is_never_0_or_100_per_cent(sent: int, unsent: int, per_cent: int) -> None:
    assert completion(group(True, 5 * sent, 5 * unsent))[0].per_cent == per_cent


@given(st.integers(SMALL, 60), st.data())
def test_one_more_person_changes_the_figures_of_a_group_by_at_most_one_step(of: int, data: st.DataObject) -> None:
    sent = data.draw(st.integers(0, of))
    before = CompletionShare.from_counts(sent, of)
    for after in (CompletionShare.from_counts(sent, of + 1), CompletionShare.from_counts(sent + 1, of + 1)):
        assert after.of in (before.of, (before.of or 0) + STEP)


@given(st.integers(0, 1000))
def test_number_of_people_is_rounded_and_small_numbers_are_hidden(count: int) -> None:
    told = people(count)
    assert (told is None) == (count < SMALL)
    assert told is None or (told % STEP == 0 and abs(told - count) <= STEP / 2)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_small_group_cannot_be_calculated_from_the_others(a: int, b: int, c: int, d: int) -> None:
    everyone, with_grants, without = completion(group(True, a, b) + group(False, c, d))
    told = [one for one in (everyone, with_grants, without) if one.of is not None]
    if a + b < SMALL or c + d < SMALL:
        assert told in ([], [everyone]), "one of two groups and the total give the other away"
    assert all(one.of is not None and one.of >= SMALL for one in told)


def test_empty_group_has_no_share() -> None:
    assert [one.per_cent for one in completion([])] == [None] * 3
