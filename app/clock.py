"""The only module that reads the system clock. Everything else takes the time as an argument."""

from datetime import UTC, datetime, timedelta

START_OF_TIME = datetime.min.replace(tzinfo=UTC)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the current time in UTC, as an aware datetime."""
    return datetime.now(UTC)


def later(moment: datetime, by: timedelta) -> datetime:
    """Return `moment` plus `by`, or END_OF_TIME if the calendar does not reach that far."""
    try:
        return moment + by
    except OverflowError:
        return END_OF_TIME


def earlier(moment: datetime, by: timedelta) -> datetime:
    """Return `moment` minus `by`, or START_OF_TIME if the calendar does not reach that far."""
    try:
        return moment - by
    except OverflowError:
        return START_OF_TIME
