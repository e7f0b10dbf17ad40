"""Format and parse times in a recording as people read and type them.

static/js/clock_time.js does the same for scripts. The tests of both files share the examples in tests/clock_cases.json.
"""

from __future__ import annotations

import re

from app.captions.files.timestamps import LATEST_MS

_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?")


def clock_time(ms: int) -> str:
    """Format a time in a recording as digits without milliseconds: 0:07, 12:30, 1:02:03."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def write_time(ms: int) -> str:
    """Format a time in a recording for a form field, with milliseconds: 0:07.250, 12:30.000, 1:02:03.400."""
    return f"{clock_time(ms)}.{ms % 1000:03}"


def read_time(text: str) -> int | None:
    """Parse a typed time such as "1:02.5", "0:01:02,500" or "62.5" and return milliseconds.

    Returns None if the text is not a time, or if the time is later than a recording can be.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, part = match.groups()
    if (minutes is not None and int(seconds) >= 60) or (hours is not None and int(minutes) >= 60):
        return None
    ms = ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))
    return ms if ms <= LATEST_MS else None
