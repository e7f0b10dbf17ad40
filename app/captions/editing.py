"""Captions while a person edits them: fields as typed, what can be done to them, and what is wrong with them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from itertools import pairwise
from urllib.parse import urlencode

from app.captions.clock import read_time, write_time
from app.captions.files.cue_text import clean_lines
from app.captions.files.offsets import latest_start
from app.captions.files.problems import MAX_CUES
from app.captions.shaping.cues import (
    FASTEST_READING_SPEED,
    MAX_CUE_MS,
    MAX_LINE_LENGTH,
    MAX_LINES,
    MIN_CUE_MS,
    Cue,
    Word,
)
from app.captions.shaping.repetitions import flag_repetitions

MAX_EDITED_CUES = MAX_CUES
MAX_FORM_BYTES = 1_000_000
"""Of the captions in a form, which is refused at 1 MiB (body_limits) with what else is in it."""
MAX_TEXT_LENGTH = 1000
"""Characters of one caption; two lines have 84."""
NEW_CUE_MS = 2000


class CueFault(StrEnum):
    """What keeps a caption from being saved."""

    START_UNREADABLE = "start unreadable"
    END_UNREADABLE = "end unreadable"
    ENDS_FIRST = "ends first"
    OVERLAPS = "overlaps"
    EMPTY = "empty"
    TOO_LONG = "too long"
    AFTER_END = "after end"
    """It begins after the end of the recording."""

    @property
    def field(self) -> str:
        """The field to go to."""
        places = {
            CueFault.END_UNREADABLE: "end",
            CueFault.ENDS_FIRST: "end",
            CueFault.EMPTY: "text",
            CueFault.TOO_LONG: "text",
        }
        return places.get(self, "start")


class Advice(StrEnum):
    """What makes a caption hard to read, and does not keep it from being saved."""

    FAST = "fast"
    LONG_LINE = "long line"
    MANY_LINES = "many lines"
    SHORT = "short"
    LONG = "long"
    AFTER_END = "after end"
    REPEATED = "repeated"
    """The speech model may have said it again and again without hearing it."""


@dataclass(frozen=True, slots=True)
class EditedCue:
    """One caption as it stands in the form."""

    start: str
    end: str
    text: str


def drafts_of(cues: Sequence[Cue]) -> list[EditedCue]:
    """Return the captions as fields."""
    return [EditedCue(write_time(cue.start_ms), write_time(cue.end_ms), cue.text) for cue in cues]


def cues_of_drafts(
    drafts: Sequence[EditedCue], *, duration_ms: int | None = None
) -> tuple[list[Cue], list[tuple[int, CueFault]]]:
    """Return the captions that the fields hold, by start, and what is wrong: (index of the draft, fault).

    With the length of the recording, captions that begin after its end are at fault.
    """
    faults: list[tuple[int, CueFault]] = []
    read: list[tuple[int, Cue]] = []
    for index, draft in enumerate(drafts):
        start, end, text = read_time(draft.start), read_time(draft.end), "\n".join(clean_lines(draft.text))
        found = _faults(start, end, text)
        if duration_ms and start is not None and start >= latest_start(duration_ms):
            found.append(CueFault.AFTER_END)
        faults += [(index, fault) for fault in found]
        if not found and start is not None and end is not None:
            read.append((index, Cue(start, end, text)))
    read.sort(key=lambda each: (each[1].start_ms, each[1].end_ms))
    for (_, before), (index, cue) in pairwise(read):
        if cue.start_ms < before.end_ms:
            faults.append((index, CueFault.OVERLAPS))
    return [cue for _, cue in read], sorted(faults, key=lambda each: each[0])


def form_bytes(drafts: Sequence[EditedCue]) -> int:
    """Return how many bytes the captions take when a browser sends them in a form."""
    fields = [field for draft in drafts for field in zip(("start", "end", "text"), astuple(draft), strict=True)]
    return len(urlencode([(name, value.replace("\n", "\r\n")) for name, value in fields]))


def advice_on(cue: Cue, *, duration_ms: int = 0) -> list[tuple[Advice, int]]:
    """Return what makes a caption hard to read, each with its number (characters, lines, or milliseconds).

    With the length of the recording, one that begins after its end is never seen.
    """
    lines = cue.text.split("\n")
    longest = max(map(len, lines))
    found = [
        (Advice.FAST, round(cue.reading_speed), cue.reading_speed > FASTEST_READING_SPEED),
        (Advice.LONG_LINE, longest, longest > MAX_LINE_LENGTH),
        (Advice.MANY_LINES, len(lines), len(lines) > MAX_LINES),
        (Advice.SHORT, cue.duration_ms, cue.duration_ms < MIN_CUE_MS),
        (Advice.LONG, cue.duration_ms, cue.duration_ms > MAX_CUE_MS),
        (Advice.AFTER_END, 0, bool(duration_ms) and cue.start_ms >= latest_start(duration_ms)),
    ]
    return [(advice, number) for advice, number, is_so in found if is_so]


def looping_cues(cues: Sequence[Cue]) -> set[int]:
    """Return the indices of cues with words that the speech model likely repeated without hearing them."""
    placed = [(index, Word(0, 0, text, 1.0)) for index, cue in enumerate(cues) for text in cue.text.split()]
    loops = flag_repetitions([word for _, word in placed])
    return {placed[place][0] for loop in loops for place in range(loop.first, loop.last + 1)}


def split(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Divide a caption after its first line, or in the middle where it has one line; its time by the length of the text.

    A caption of one word, or one whose times cannot be read, stays as it is.
    """
    draft = drafts[place]
    start, end = read_time(draft.start), read_time(draft.end)
    first, rest = _halves(draft.text)
    if not rest or start is None or end is None or end - start < 2:
        return list(drafts)
    middle = start + max(1, min(end - start - 1, (end - start) * len(first) // (len(first) + len(rest))))
    at = write_time(middle)
    return [*drafts[:place], replace(draft, end=at, text=first), EditedCue(at, draft.end, rest), *drafts[place + 1 :]]


def merge(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Make one caption of a caption and the next; the last one stays as it is."""
    if place + 1 >= len(drafts):
        return list(drafts)
    one, two = drafts[place : place + 2]
    return [*drafts[:place], EditedCue(one.start, two.end, f"{one.text}\n{two.text}".strip()), *drafts[place + 2 :]]


def remove(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Leave a caption out."""
    return [*drafts[:place], *drafts[place + 1 :]]


def move_earlier(drafts: Sequence[EditedCue], by_ms: int) -> list[EditedCue]:
    """Move all captions by as much; a time that cannot be read stays as it was typed, none comes before the beginning."""

    def moved(typed: str) -> str:
        time = read_time(typed)
        return typed if time is None else write_time(max(0, time - by_ms))

    return [EditedCue(moved(draft.start), moved(draft.end), draft.text) for draft in drafts]


def add_after(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Put an empty caption after another (-1: before all), into the time until the next one, two seconds at most."""
    start = read_time(drafts[place].end) or 0 if 0 <= place < len(drafts) else 0
    following = read_time(drafts[place + 1].start) if place + 1 < len(drafts) else None
    end = start + NEW_CUE_MS
    if following is not None and following > start:
        end = min(end, following)
    return [*drafts[: place + 1], EditedCue(write_time(start), write_time(end), ""), *drafts[place + 1 :]]


def replace_text(
    drafts: Sequence[EditedCue], find: str, replacement: str, *, only_first: bool = False
) -> tuple[list[EditedCue], int]:
    """Replace what is found in the texts, capitals or not; returns how many places that were. Nothing to find: none."""
    if not find:
        return list(drafts), 0
    pattern = re.compile(re.escape(find), re.IGNORECASE)
    changed, count = [], 0
    for draft in drafts:
        done = only_first and count > 0
        text, times = (draft.text, 0) if done else pattern.subn(lambda _: replacement, draft.text, int(only_first))
        changed.append(replace(draft, text=text))
        count += times
    return changed, count


def _faults(start: int | None, end: int | None, text: str) -> list[CueFault]:
    found = [
        (CueFault.START_UNREADABLE, start is None),
        (CueFault.END_UNREADABLE, end is None),
        (CueFault.ENDS_FIRST, start is not None and end is not None and end <= start),
        (CueFault.EMPTY, not text),
        (CueFault.TOO_LONG, len(text) > MAX_TEXT_LENGTH),
    ]
    return [fault for fault, is_so in found if is_so]


def _halves(text: str) -> tuple[str, str]:
    lines = clean_lines(text)
    if len(lines) > 1:
        return lines[0], "\n".join(lines[1:])
    words = " ".join(lines).split(" ")
    middle = (len(words) + 1) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])
