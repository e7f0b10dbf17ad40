"""The only module that reads the system clock. Everything else takes the time as an argument."""

import platform
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

START_OF_TIME = datetime.min.replace(tzinfo=UTC)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def now() -> datetime:
    """Return the current time in UTC, as an aware datetime."""
    return datetime.now(UTC)


@cache
def machine() -> str:
    """Return an id of the machine, at most 36 characters. Processes with the same id share a clock, even in containers.

    On Linux it is the id of the boot, elsewhere the name of the machine.
    """
    try:
        return _BOOT_ID.read_text().strip()[:36]
    except OSError:
        return platform.node()[:36]


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
