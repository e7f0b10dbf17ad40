"""Times in a recording as people read and type them, in digits. The pages' scripts do the same (static/js/clock_time.js).

tests/clock_cases.json has examples; the tests of both read it.
"""

from __future__ import annotations

import re

from app.captions.files.timestamps import LATEST_MS

_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?")


def clock_time(ms: int) -> str:
    """Return a place in a recording in digits: 0:07, 12:30, 1:02:03."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def write_time(ms: int) -> str:
    """Return milliseconds as a field holds them: 0:07.250, 12:30.000, 1:02:03.400."""
    return f"{clock_time(ms)}.{ms % 1000:03}"


def read_time(text: str) -> int | None:
    """Return milliseconds for "1:02.5", "0:01:02,500" or "62.5"; None for what is no time, or later than any recording."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, part = match.groups()
    if (minutes is not None and int(seconds) >= 60) or (hours is not None and int(minutes) >= 60):
        return None
    ms = ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)) * 1000 + int((part or "0").ljust(3, "0"))
    return ms if ms <= LATEST_MS else None
