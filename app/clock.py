"""The one place that asks the machine for the time; everything inside takes it as an argument."""

from datetime import UTC, datetime, timedelta

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def later(moment: datetime, by: timedelta) -> datetime:
    """Return the moment that is later by so much, or END_OF_TIME where the calendar has none."""
    try:
        return moment + by
    except OverflowError:
        return END_OF_TIME
