"""The times of a caption as files write them. Pure.

WebVTT has 00:01.500 and 01:00:01.500, SRT has 00:00:01,500. Programs write much else that is clear all the same: no hours,
no fraction, six digits of it, frames (of 25 a second), a comma for a point, another arrow, a space too many.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LATEST_MS = 24 * 3_600_000
"""Later than any recording."""
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
MAX_TIMING_CHARACTERS = 1000
"""Of a line with times and settings."""


class Timing(NamedTuple):
    """The times of one caption in milliseconds, as they stand: they may be negative, or the end before the start."""

    start_ms: int
    end_ms: int
    is_usual: bool


def read_timing(line: str, *, is_vtt: bool) -> Timing | None:
    """Return the times that a line holds, None for a line that is no line of times."""
    match = _TIMING.match(line) if has_arrow(line) and len(line) <= MAX_TIMING_CHARACTERS else None
    if match is None:
        return None
    start, end = _both(match)
    return Timing(start, end, (_USUAL_VTT if is_vtt else _USUAL_SRT).match(line) is not None)


def read_loose_timing(line: str) -> Timing | None:
    """Return the times of a line that has another arrow, or a comma as YouTube's SBV has, and nothing else.

    For a file that has no line with the arrow of WebVTT and SRT: beside those, such a line is words.
    """
    match = _LOOSE_TIMING.fullmatch(line) if len(line) <= MAX_TIMING_CHARACTERS else None
    return Timing(*_both(match), is_usual=False) if match else None


def has_arrow(line: str) -> bool:
    """Whether a line holds the arrow of WebVTT and SRT."""
    return "-->" in line


def is_broken_timing(line: str) -> bool:
    """Whether a line that `read_timing` cannot read was most likely meant for times."""
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
