"""If a candidate sends without waiting, the log contains the missing seconds that they were told about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from app.interviews.rules import told_of, was_told


@pytest.mark.parametrize(
    ("told", "coming", "is_enough"),
    [
        ("", {}, True),
        ("1:4", {}, True),
        ("", {1: (4,)}, False),
        ("1:4", {1: (4,)}, True),
        ("1:4", {1: (3,)}, True),  # a part of the missing seconds has arrived since
        ("1:4", {1: (5,)}, False),
        ("1:4", {2: (4,)}, False),
        ("1:4 3:12", {1: (1,), 3: (12,)}, True),
        ("1:?", {1: (None,)}, True),
        ("1:?", {1: (4,)}, False),  # the number of seconds is known now, but the candidate was not told
        ("1:4", {1: (None,)}, False),
        ("1:4 1:?", {1: (None,)}, True),
        ("1:4 1:?", {1: (4, None)}, True),
        ("1:4", {1: (4, None)}, False),
        ("1:?", {1: (4, None)}, False),
        ("1:-4 1:4.5 1:١ 1 : ::", {1: (1,)}, False),
        ("1:" + "9" * 5000, {1: (1,)}, False),
    ],
)
def test_told_seconds_cover_all_bytes_that_have_not_arrived(
    told: str, coming: Mapping[int, Sequence[int | None]], is_enough: bool
) -> None:
    assert was_told(told, coming) == is_enough


@pytest.mark.parametrize("coming", [(12,), (None,), (12, None)])
def test_a_told_value_is_parsed_back(coming: Sequence[int | None]) -> None:
    assert was_told(told_of(3, coming), {3: coming})


def test_missing_seconds_and_missing_parts_of_unknown_length_are_both_told() -> None:
    assert told_of(1, (12, None)) == "1:12 1:?"
