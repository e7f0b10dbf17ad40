"""The limits of a recording: an additional grant never shortens a limit, and the order of grants does not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accommodations.rules import (
    RANGES,
    UNLIMITED,
    Given,
    Kind,
    Limits,
    OutOfRangeError,
    Policy,
    given_at_once,
    limits_given,
    limits_in_force,
    portion_seconds,
    with_more_time,
)

STANDARD = Limits(recording_seconds=120, thinking_seconds=60, retakes=2)
values = st.none() | st.integers(0, 10_000)
limits = st.builds(Limits, values, values, values)
FIELDS = ("recording_seconds", "thinking_seconds", "retakes")


def allows(more: int | None, less: int | None) -> bool:
    return more is None or (less is not None and more >= less)


def test_without_grants_the_limits_of_the_question_are_in_force() -> None:
    assert limits_in_force(STANDARD) == STANDARD


def test_most_generous_value_of_each_limit_is_in_force() -> None:
    given = Limits(recording_seconds=240, thinking_seconds=60, retakes=4)
    assert limits_in_force(STANDARD, [given]) == given


def test_unlimited_is_more_generous_than_every_number() -> None:
    given = [Limits(None, 60, 2), Limits(300, 60, 2)]
    assert limits_in_force(STANDARD, given) == Limits(None, 60, 2)


def test_each_limit_is_lengthened_separately() -> None:
    given = [Limits(10, 90, 0), Limits(180, 0, 0)]
    assert limits_in_force(STANDARD, given) == Limits(180, 90, 2)


def test_a_snapshot_gives_the_same_limits_back() -> None:
    assert Limits.from_snapshot(STANDARD.as_snapshot()) == STANDARD


@given(limits, st.lists(limits, max_size=5), limits)
def test_additional_limits_never_shorten_a_limit(base: Limits, before: list[Limits], more: Limits) -> None:
    then, now = limits_in_force(base, before), limits_in_force(base, [*before, more])
    for field in FIELDS:
        assert allows(getattr(now, field), getattr(then, field))
        assert allows(getattr(now, field), getattr(more, field))


@given(limits, st.lists(limits, max_size=5), st.randoms(use_true_random=False))
def test_order_of_given_limits_does_not_matter(base: Limits, given: list[Limits], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*given, *given]
    random.shuffle(shuffled)
    assert limits_in_force(base, shuffled) == limits_in_force(base, given)


@given(limits, st.lists(limits, max_size=5))
def test_limit_in_force_is_the_base_or_a_given_limit(base: Limits, given: list[Limits]) -> None:
    force = limits_in_force(base, given)
    for field in FIELDS:
        assert getattr(force, field) in {getattr(each, field) for each in [base, *given]}


kinds = st.sampled_from(sorted(RANGES))
givens = kinds.flatmap(
    lambda kind: st.builds(
        Given,
        st.just(kind),
        st.integers(*RANGES[kind]) | (st.none() if kind in UNLIMITED else st.nothing()),
    )
)


@given(limits, st.lists(givens, max_size=6), givens)
def test_additional_accommodation_never_shortens_a_limit(base: Limits, before: list[Given], more: Given) -> None:
    then, now = limits_given(base, before), limits_given(base, [*before, more])
    for field in FIELDS:
        assert allows(getattr(now, field), getattr(then, field))
        assert allows(getattr(then, field), getattr(base, field))


@given(limits, st.lists(givens, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_accommodations_does_not_matter(base: Limits, had: list[Given], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*had, *had]
    random.shuffle(shuffled)
    assert limits_given(base, shuffled) == limits_given(base, had)


@given(givens, givens, limits)
def test_covering_accommodation_gives_at_least_as_much(one: Given, other: Given, base: Limits) -> None:
    if one.covers(other):
        for field in FIELDS:
            assert allows(getattr(limits_given(base, [one]), field), getattr(limits_given(base, [other]), field))


@given(givens)
def test_part_given_at_once_exceeds_neither_policy_nor_wish(wish: Given) -> None:
    policy = Policy()
    part = given_at_once(policy, wish)
    most = policy.most_of(wish.kind)
    if part is None:
        assert most is None
    else:
        assert most is not None
        assert most.covers(part)
        assert wish.covers(part)


def test_the_default_policy_gives_ten_times_the_time_and_two_more_retakes() -> None:
    wishes = [Given(Kind.RECORDING_TIME, 1000), Given(Kind.THINKING_TIME, 1000), Given(Kind.RETAKES, 2)]
    assert [given_at_once(Policy(), wish) for wish in wishes] == wishes
    assert limits_given(STANDARD, wishes) == Limits(1200, 600, 4)


def test_wish_beyond_the_policy_gets_the_maximum_of_the_policy_at_once() -> None:
    assert given_at_once(Policy(), Given(Kind.RECORDING_TIME, None)) == Given(Kind.RECORDING_TIME, 1000)


def test_wish_without_a_policy_needs_a_decision() -> None:
    policy = Policy(recording_percent=100, thinking_percent=100, retakes=0)
    for kind in (Kind.RECORDING_TIME, Kind.THINKING_TIME, Kind.RETAKES):
        assert given_at_once(policy, Given(kind, None)) is None
    assert given_at_once(Policy(), Given(Kind.HUMAN)) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.RECORDING_TIME, 100),
        (Kind.RECORDING_TIME, 1001),
        (Kind.THINKING_TIME, -200),
        (Kind.RETAKES, 0),
        (Kind.DEADLINE, None),
        (Kind.DEADLINE, 366),
        (Kind.HUMAN, 1),
    ],
)
def test_invalid_value_of_a_kind_is_refused(kind: Kind, value: int | None) -> None:
    with pytest.raises(OutOfRangeError):
        Given(kind, value)


@given(st.integers(1, 3600), st.integers(0, 30))
def test_ten_presses_of_more_time_double_the_standard_at_least(standard: int, presses: int) -> None:
    assert portion_seconds(standard) >= 20
    limit = with_more_time(standard, presses=presses, standard_seconds=standard)
    assert limit is not None
    assert limit * 10 >= standard * (
        10 + presses
    )  # integers, because 360 * 1.1 is slightly more than 396 in floating point


def test_unlimited_stays_unlimited_after_more_time() -> None:
    assert with_more_time(None, presses=3, standard_seconds=120) is None
