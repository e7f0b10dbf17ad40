"""Dates and times that people type in their time zone are converted to UTC and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from flask import Flask

from app.i18n import written_moment
from app.interviews.moments import local_parts, moment_of, zone_names

DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 17), ("Europe/London", 17), ("America/New_York", 22), ("Asia/Tokyo", 8)]
)
def test_a_time_means_what_the_clocks_of_its_zone_say(zone: str, hour: int) -> None:
    assert moment_of(DAY, time(17, 0), zone) == datetime(2026, 11, 27, hour, tzinfo=UTC)


def test_summer_time_counts() -> None:
    assert moment_of(date(2026, 7, 1), time(17, 0), "Europe/London") == datetime(2026, 7, 1, 16, tzinfo=UTC)


def test_a_day_without_a_time_lasts_until_its_end() -> None:
    assert moment_of(DAY, None, "UTC") == datetime(2026, 11, 27, 23, 59, tzinfo=UTC)


def test_empty_date_gives_no_time() -> None:
    assert moment_of(None, time(17, 0), "UTC") is None
    assert local_parts(None, "UTC") == (None, None)


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Kathmandu", "America/St_Johns"])
def test_a_typed_moment_is_shown_again_unchanged(zone: str) -> None:
    assert local_parts(moment_of(DAY, time(9, 30), zone), zone) == (DAY, time(9, 30))


def test_time_zones_are_named_after_places() -> None:
    names = zone_names()
    assert names[0] == "UTC"
    assert "Europe/London" in names
    assert "Etc/GMT+5" not in names
    assert "posixrules" not in names


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "Friday, 27 November 2026 at 17:05 (UTC)"),
        ("Europe/London", "Friday, 27 November 2026 at 17:05 (London time)"),
        ("America/New_York", "Friday, 27 November 2026 at 12:05 (New York time)"),
    ],
)
def test_a_moment_is_written_out_with_its_zone(app: Flask, zone: str, text: str) -> None:
    with app.test_request_context():
        assert written_moment(datetime(2026, 11, 27, 17, 5, tzinfo=UTC), zone) == text
