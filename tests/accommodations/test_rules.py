"""Limits: more that is given never takes anything away, in whatever order it comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.accommodations.rules import Limits, limits_in_force

STANDARD = Limits(recording_seconds=120, thinking_seconds=60, retakes=2)
values = st.none() | st.integers(0, 10_000)
limits = st.builds(Limits, values, values, values)
FIELDS = ("recording_seconds", "thinking_seconds", "retakes")


def allows(more: int | None, less: int | None) -> bool:
    return more is None or (less is not None and more >= less)


def test_without_anything_given_the_questions_limits_hold() -> None:
    assert limits_in_force(STANDARD) == STANDARD


def test_twice_the_time_and_two_more_retakes() -> None:
    given = Limits(recording_seconds=240, thinking_seconds=60, retakes=4)
    assert limits_in_force(STANDARD, [given]) == given


def test_untimed_wins_over_every_number() -> None:
    given = [Limits(None, 60, 2), Limits(300, 60, 2)]
    assert limits_in_force(STANDARD, given) == Limits(None, 60, 2)


def test_each_limit_is_lengthened_by_itself() -> None:
    given = [Limits(10, 90, 0), Limits(180, 0, 0)]
    assert limits_in_force(STANDARD, given) == Limits(180, 90, 2)


def test_a_snapshot_gives_the_same_limits_back() -> None:
    assert Limits.from_snapshot(STANDARD.as_snapshot()) == STANDARD


@given(limits, st.lists(limits, max_size=5), limits)
def test_giving_more_never_shortens_anything(base: Limits, before: list[Limits], more: Limits) -> None:
    then, now = limits_in_force(base, before), limits_in_force(base, [*before, more])
    for field in FIELDS:
        assert allows(getattr(now, field), getattr(then, field))
        assert allows(getattr(now, field), getattr(more, field))


@given(limits, st.lists(limits, max_size=5), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_given_does_not_matter(base: Limits, given: list[Limits], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*given, *given]
    random.shuffle(shuffled)
    assert limits_in_force(base, shuffled) == limits_in_force(base, given)


@given(limits, st.lists(limits, max_size=5))
def test_nothing_is_in_force_that_was_not_given(base: Limits, given: list[Limits]) -> None:
    force = limits_in_force(base, given)
    for field in FIELDS:
        assert getattr(force, field) in {getattr(each, field) for each in [base, *given]}
