"""Read a WebVTT file as Chromium does, following the algorithms of the WebVTT standard.

`tests/browser/test_caption_parsing.py` compares this reader with Chromium. Tests without a browser compare the
application's parser with this reader.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

_STAMP = r"(?:(\d+):)??(\d{2}):(\d{2})\.(\d{3})(?!\d)"
_LONG_STAMP = r"(\d+):(\d{2}):(\d{2})\.(\d{3})(?!\d)"
_TIMING = re.compile(
    rf"[ \t\n\f\r]*(?:{_LONG_STAMP}|{_STAMP})[ \t\n\f\r]*-->[ \t\n\f\r]*(?:{_LONG_STAMP}|{_STAMP})", re.ASCII
)
_LINE_END = re.compile(r"\r\n|\n|\r")


class Shown(NamedTuple):
    """A cue as a browser shows it: times in milliseconds, and text without markup."""

    start_ms: int
    end_ms: int
    text: str


def browser_cues(text: str) -> list[Shown] | None:
    """Return the cues that a browser reads from a file, or None if it refuses the file.

    This includes cues that are never visible.
    """
    lines = _LINE_END.split(text.removeprefix("\ufeff").replace("\0", "\ufffd"))
    if not re.match(r"WEBVTT(?:[ \t\f]|$)", lines[0]):
        return None
    cues: list[Shown] = []
    at = 1
    while at < len(lines) and lines[at] and "-->" not in lines[at]:
        at += 1
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        if "-->" not in lines[at]:
            at += 1
            if at >= len(lines) or not lines[at]:
                continue
        times = _times(lines[at])
        at += 1
        said: list[str] = []
        while at < len(lines) and lines[at] and "-->" not in lines[at]:
            said.append(lines[at])
            at += 1
        if times:
            cues.append(Shown(*times, cue_text("\n".join(said))))
    return cues


def cue_text(raw: str) -> str:
    """Return the text of a cue as a browser shows it: without tags, and without text after a "<" that is never closed."""
    return "".join(html.unescape(part) for part in re.split(r"<[^>]*(?:>|$)", raw))


def _times(line: str) -> tuple[int, int] | None:
    match = _TIMING.match(line)
    if match is None:
        return None
    fields = match.groups()
    start, end = (_ms(fields[side : side + 4], fields[side + 4 : side + 8]) for side in (0, 8))
    return None if start is None or end is None else (start, end)


def _ms(long: tuple[str | None, ...], short: tuple[str | None, ...]) -> int | None:
    hours, minutes, seconds, part = (int(field or 0) for field in (long if long[0] else short))
    if minutes > 59 or seconds > 59:
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + part
