"""Parse the timing lines of caption files. No I/O.

WebVTT writes 00:01.500 or 01:00:01.500, SRT writes 00:00:01,500. Other forms are accepted if they are clear: without
hours or a fraction, with a six-digit fraction, with frames (25 a second), with a comma instead of a point, with another
arrow, or with extra spaces.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LATEST_MS = 24 * 3_600_000
"""The latest time accepted in a caption, 24 hours. No recording is longer."""
FRAME_MS = 40
_STAMP = (
    r"(-?)(?:(\d{1,9})\s?:\s?(\d{1,9})\s?:\s?(\d{1,9})(?:\s?[.,]\s?(\d+)|[:;](\d\d)(?!\d))?"
    r"|(\d{1,9})\s?:\s?(\d{1,9})(?:\s?[.,]\s?(\d+))?|(\d{1,9})[.,](\d+))"
)
_TIMING = re.compile(rf"[\s\ufeff]*{_STAMP}\s*-->\s*{_STAMP}", re.ASCII)
_OTHER_ARROW = r"(?:-{1,3}>|-\s->|[–—―]+\s?>|=+>|--?&gt;|[→⟶]|,)"
_LOOSE_TIMING = re.compile(rf"[\s\ufeff]*{_STAMP}\s*{_OTHER_ARROW}\s*{_STAMP}\s*", re.ASCII)
_USUAL_VTT = re.compile(
    r"\s*(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}\s*-->\s*(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}(?!\d)", re.ASCII
)
_USUAL_SRT = re.compile(r"\s*\d+:[0-5]?\d:[0-5]?\d[,.]\d{1,3}\s*-->\s*\d+:[0-5]?\d:[0-5]?\d[,.]\d{1,3}(?!\d)", re.ASCII)
_BROKEN = re.compile(r"[\s\ufeff]*-?\d+[:;.,]\d[\d:;.,\s]*-->|.*-->\s*-?\d+[:.,]\d", re.ASCII)
_CLEAR_TIMES = re.compile(r"\s*-?\d+\s?:[^A-Za-z]*(?:[>→⟶]|&gt;)\s*-?\d+\s?:[\d:;.,\s]*", re.ASCII)
"""Times that contain a colon, on both sides of an arrow. Text such as a sum or a score does not match."""
_OTHER_SPACES = dict.fromkeys((0xA0, 0x2007, 0x202F, 0x3000), " ")
"""Spaces that word processors and some keyboards write instead of the usual one."""
MAX_TIMING_CHARACTERS = 1000
"""Maximum length of a timing line with its settings. Longer lines are read as text."""


class Timing(NamedTuple):
    """The times of a cue in milliseconds, as written: they may be negative, and the end may be before the start."""

    start_ms: int
    end_ms: int
    is_usual: bool


def read_timing(line: str, *, is_vtt: bool) -> Timing | None:
    """Return the times in a timing line, or None if the line is not a timing line."""
    if not has_arrow(line) or len(line) > MAX_TIMING_CHARACTERS:
        return None
    match = _TIMING.match(line.translate(_OTHER_SPACES))
    if match is None:
        return None
    start, end = _both(match)
    return Timing(start, end, (_USUAL_VTT if is_vtt else _USUAL_SRT).match(line) is not None)


def read_loose_timing(line: str) -> Timing | None:
    """Return the times in a line with another separator: a different arrow, or a comma as in YouTube's SBV.

    Used only for files without any "-->". In other files, such a line is text.
    """
    match = _LOOSE_TIMING.fullmatch(line) if len(line) <= MAX_TIMING_CHARACTERS else None
    return Timing(*_both(match), is_usual=False) if match else None


def read_mistyped_timing(line: str) -> Timing | None:
    """Return the times of a line that contains only two times and another arrow, or None.

    Used for files in which other lines have the usual arrow.
    """
    return read_loose_timing(line) if _CLEAR_TIMES.fullmatch(line) else None


def has_arrow(line: str) -> bool:
    """Return whether a line contains "-->", the arrow of WebVTT and SRT."""
    return "-->" in line


def is_broken_timing(line: str) -> bool:
    """Return whether a line looks like a timing line that `read_timing` cannot parse."""
    return has_arrow(line) and _BROKEN.match(line) is not None


def _both(match: re.Match[str]) -> tuple[int, int]:
    fields = match.groups()
    return _ms(fields[: len(fields) // 2]), _ms(fields[len(fields) // 2 :])


def _ms(fields: tuple[str | None, ...]) -> int:
    sign, *numbers = fields
    hours, minutes, seconds, part, frames, short_minutes, short_seconds, short_part, bare, bare_part = numbers
    whole = (int(hours or 0) * 60 + int(minutes or short_minutes or 0)) * 60 + int(
        seconds or short_seconds or bare or 0
    )
    fraction = (part or short_part or bare_part or "0")[:3].ljust(3, "0")
    ms = whole * 1000 + int(fraction) + int(frames or 0) * FRAME_MS
    return -ms if sign else ms
