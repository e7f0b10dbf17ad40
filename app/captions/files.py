"""Caption files from elsewhere: bytes become cues, with everything that had to be put right named by its line. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.captions.cues import Cue
from app.captions.vtt import CaptionFileError, CaptionProblem, read_srt, read_text, read_vtt, times_in

LARGEST_BYTES = 8 * 1024 * 1024
"""Of a file: ten hours of captions have about one MiB, twice that in UTF-16."""
_TIMES = re.compile(r"^[ \t]*-?[0-9][0-9:.,]*[ \t]*-->", re.MULTILINE)
"""Where a line begins with a time and an arrow: in words without times an arrow is a word."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Repair(StrEnum):
    """What was put right in a file, for the person to look at."""

    SORTED = "sorted"
    SHORTENED = "shortened"
    GUESSED_ENCODING = "guessed encoding"
    SPREAD = "spread"
    """The file has no times: its words were spread over the recording."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """What a file holds: cues by start without overlaps, and the repairs, each with the line it is about (0: all of it)."""

    cues: Sequence[Cue]
    repairs: Sequence[tuple[Repair, int]]


def read_file(content: bytes, *, name: str, duration_ms: int) -> FromFile:
    """Return the captions of a WebVTT, SRT or plain text file. What it is, its content says before its name does.

    Text without times is spread over `duration_ms`. Raises CaptionFileError, which names the line.
    """
    if len(content) > LARGEST_BYTES:
        raise CaptionFileError(1, CaptionProblem.TOO_LARGE)
    text, is_guess = decode(content)
    repairs = [(Repair.GUESSED_ENCODING, 0)] if is_guess else []
    if text.startswith("WEBVTT") or name.lower().endswith(".vtt"):
        cues, put_right = _in_order(read_vtt(text), times_in(text))
    elif _TIMES.search(text) or name.lower().endswith(".srt"):
        cues, put_right = _in_order(read_srt(text), times_in(text))
    else:
        cues = read_text(text, duration_ms=duration_ms)
        put_right = [(Repair.SPREAD, 0)]
    return FromFile(cues, [*repairs, *put_right])


def decode(content: bytes) -> tuple[str, bool]:
    """Return the text of a file and whether its encoding was a guess: UTF-8, UTF-16 with its mark, else Windows-1252."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _lines(content[len(mark) :].decode(encoding, errors="replace")), False
    try:
        return _lines(content.decode("utf-8")), False
    except UnicodeDecodeError:
        return _lines(content.decode("cp1252", errors="replace")), True


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_order(cues: Sequence[Cue], times: Sequence[tuple[int, int, int]]) -> tuple[list[Cue], list[tuple[Repair, int]]]:
    """Return cues (by start) one after the other, and the repairs; `times` are those of the file, in its order."""
    repairs: list[tuple[Repair, int]] = []
    latest = 0
    for line, start, _ in times:
        if start < latest:
            repairs.append((Repair.SORTED, line))
        latest = max(latest, start)
    until = 0
    for line, start, end in sorted(times, key=lambda each: each[1:]):
        if start < until:
            repairs.append((Repair.SHORTENED, line))
        until = max(until, end)
    ordered: list[Cue] = []
    for cue in cues:
        before = ordered[-1] if ordered else None
        if before and before.start_ms == cue.start_ms:
            ordered[-1] = Cue(cue.start_ms, cue.end_ms, f"{before.text}\n{cue.text}")
            continue
        if before and before.end_ms > cue.start_ms:
            ordered[-1] = replace(before, end_ms=cue.start_ms)
        ordered.append(cue)
    return ordered, sorted(repairs, key=lambda each: each[1])
