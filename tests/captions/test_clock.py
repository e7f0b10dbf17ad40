"""Writing times as digits, tested with the same examples as the scripts (tests/front_end/clock_time.test.js)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.captions.clock import clock_time, read_time, write_time

CASES = json.loads((Path(__file__).parent.parent / "clock_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("ms", "text"), CASES["clock_time"])
def test_place_in_a_recording_is_written_in_digits(ms: int, text: str) -> None:
    assert clock_time(ms) == text


@pytest.mark.parametrize(("ms", "text"), CASES["write_time"])
def test_time_in_a_field_has_milliseconds_and_is_read_back(ms: int, text: str) -> None:
    assert write_time(ms) == text
    assert read_time(text) == ms


@pytest.mark.parametrize(("text", "ms"), CASES["read_time"])
def test_typed_time_is_milliseconds_or_none(text: str, ms: int | None) -> None:
    assert read_time(text) == ms
