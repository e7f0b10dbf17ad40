"""How much of the beginning of a recording may be cut."""

from __future__ import annotations

import pytest

from app.recording.trim_rules import MAX_TRIM_MS, nearest_choice, suggested_trim, trim_choices, trim_in_force


def test_choices_are_steps_of_half_a_second_up_to_ten_seconds_and_never_past_the_end() -> None:
    assert trim_choices(None) == list(range(500, MAX_TRIM_MS + 1, 500))
    assert trim_choices(60_000) == trim_choices(None)
    assert trim_choices(2600) == [500, 1000, 1500, 2000]
    assert trim_choices(2500)[-1] == 2000
    assert trim_choices(2499)[-1] == 1500
    assert trim_choices(999) == trim_choices(0) == []


@pytest.mark.parametrize(("length", "expected"), [(60_000, 3000), (3100, 2600), (400, 0), (0, 0)])
def test_half_a_second_is_always_left(length: int, expected: int) -> None:
    assert trim_in_force(3000, length) == expected


def test_suggestion_removes_the_voice_and_nothing_that_is_not_offered() -> None:
    assert suggested_trim(1300, 60_000) == 1500
    assert suggested_trim(1500, 60_000) == 1500
    assert suggested_trim(None, 60_000) is None
    assert suggested_trim(1300, 1800) is None


def test_nearest_choice() -> None:
    assert nearest_choice(1700, [500, 1000, 1500]) == 1500
