"""Convert dates and times that people type in a time zone into moments, and moments into dates and times."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

END_OF_DAY = time(23, 59)
AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zone_names() -> tuple[str, ...]:
    """Return UTC and the time zones named after a place, sorted."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/", 1)[0] in AREAS))


def moment_of(day: date | None, clock: time | None, zone: str) -> datetime | None:
    """Return the moment in UTC for a date and a time of day in a time zone. None without a date. If there is no time,
    the end of the day is used. A time that a clock change skips or repeats uses the earlier offset (PEP 495).
    """
    if day is None:
        return None
    return datetime.combine(day, clock or END_OF_DAY, ZoneInfo(zone)).astimezone(UTC)


def local_parts(moment: datetime | None, zone: str) -> tuple[date | None, time | None]:
    """Return the date and the time of day of a moment in a time zone. This is the inverse of `moment_of`."""
    if moment is None:
        return None, None
    local = moment.astimezone(ZoneInfo(zone))
    return local.date(), local.time().replace(second=0, microsecond=0)
