"""Captions during editing: the typed fields, the changes that buttons make, and the checks before saving. No I/O."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from app.captions.clock import read_time, write_time
from app.captions.files.cue_text import clean_lines
from app.captions.files.limits import MAX_CUES
from app.captions.files.offsets import latest_start
from app.captions.shaping.cues import (
    MAX_CUE_MS,
    MAX_LINE_LENGTH,
    MAX_LINES,
    MAX_READING_SPEED,
    MIN_CUE_MS,
    Cue,
    Word,
)
from app.captions.shaping.repetitions import flag_repetitions

MAX_EDITED_CUES = MAX_CUES
MAX_FORM_BYTES = 1_000_000
"""Maximum size in bytes of the encoded captions in a form. The whole form may have 1 MiB (`body_limits`)."""
UNESCAPED = f"{string.ascii_letters}{string.digits}_.-~ ".encode()
"""Characters that stay one character in a form. A space becomes a plus sign."""
MAX_TEXT_LENGTH = 1000
"""Maximum number of characters in one caption. Two full lines have 84 characters."""
NEW_CUE_MS = 2000


class CueFault(StrEnum):
    """A fault that prevents a caption from being saved."""

    START_UNREADABLE = "start unreadable"
    END_UNREADABLE = "end unreadable"
    ENDS_FIRST = "ends first"
    OVERLAPS = "overlaps"
    EMPTY = "empty"
    TOO_LONG = "too long"
    AFTER_END = "after end"
    """The caption begins after the end of the recording."""

    @property
    def field(self) -> str:
        """Name of the field that an error message links to."""
        places = {
            CueFault.END_UNREADABLE: "end",
            CueFault.ENDS_FIRST: "end",
            CueFault.EMPTY: "text",
            CueFault.TOO_LONG: "text",
        }
        return places.get(self, "start")


class Advice(StrEnum):
    """A reason why a caption is hard to read. It can still be saved."""

    FAST = "fast"
    LONG_LINE = "long line"
    MANY_LINES = "many lines"
    SHORT = "short"
    LONG = "long"
    AFTER_END = "after end"
    REPEATED = "repeated"
    """The speech model may have repeated these words without hearing them."""


@dataclass(frozen=True, slots=True)
class EditedCue:
    """One caption as typed in the form."""

    start: str
    end: str
    text: str


def drafts_of(cues: Sequence[Cue]) -> list[EditedCue]:
    """Convert cues to form fields."""
    return [EditedCue(write_time(cue.start_ms), write_time(cue.end_ms), cue.text) for cue in cues]


def cues_of_drafts(
    drafts: Sequence[EditedCue], *, duration_ms: int | None = None
) -> tuple[list[Cue], list[tuple[int, CueFault]]]:
    """Parse the form fields. Return the valid cues, sorted by start, and the faults as (index of the draft, fault).

    If `duration_ms` is given, a caption that begins after the end of the recording is a fault.
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
    """Return the size in bytes of the captions in a form, as a browser encodes them."""
    texts = "".join(text for draft in drafts for text in (draft.start, draft.end, draft.text)).replace("\n", "\r\n")
    encoded = texts.encode("utf-8", "surrogatepass")
    escaped = len(encoded.translate(None, UNESCAPED))  # each of these becomes three characters, such as %20
    return len(encoded) + 2 * escaped + len("start=&end=&text=&") * len(drafts) - bool(drafts)


def advice_on(cue: Cue, *, duration_ms: int = 0) -> list[tuple[Advice, int]]:
    """Return what makes a caption hard to read, as (advice, measured characters, lines or milliseconds).

    If `duration_ms` is given, this includes a caption that begins after the end of the recording.
    """
    lines = cue.text.split("\n")
    longest = max(map(len, lines))
    found = [
        (Advice.FAST, round(cue.reading_speed), cue.reading_speed > MAX_READING_SPEED),
        (Advice.LONG_LINE, longest, longest > MAX_LINE_LENGTH),
        (Advice.MANY_LINES, len(lines), len(lines) > MAX_LINES),
        (Advice.SHORT, cue.duration_ms, cue.duration_ms < MIN_CUE_MS),
        (Advice.LONG, cue.duration_ms, cue.duration_ms > MAX_CUE_MS),
        (Advice.AFTER_END, 0, bool(duration_ms) and cue.start_ms >= latest_start(duration_ms)),
    ]
    return [(advice, number) for advice, number, is_so in found if is_so]


def looping_cues(cues: Sequence[Cue]) -> set[int]:
    """Return the indices of cues whose words the speech model probably repeated without hearing them."""
    placed = [(index, Word(0, 0, text, 1.0)) for index, cue in enumerate(cues) for text in cue.text.split()]
    loops = flag_repetitions([word for _, word in placed])
    return {placed[place][0] for loop in loops for place in range(loop.first, loop.last + 1)}


def split(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Split a caption after its first line, or in the middle if it has one line.

    Its time is divided by the length of the texts. Nothing changes if the caption has only one word or lasts less than
    2 ms, or if its times cannot be parsed.
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
    """Merge a caption with the next one. Nothing changes if it is the last caption."""
    if place + 1 >= len(drafts):
        return list(drafts)
    one, two = drafts[place : place + 2]
    return [*drafts[:place], EditedCue(one.start, two.end, f"{one.text}\n{two.text}".strip()), *drafts[place + 2 :]]


def remove(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Remove a caption."""
    return [*drafts[:place], *drafts[place + 1 :]]


def move_earlier(drafts: Sequence[EditedCue], by_ms: int) -> list[EditedCue]:
    """Move all captions earlier by `by_ms`; times that would become negative become 0.

    Times that cannot be parsed do not change.
    """

    def moved(typed: str) -> str:
        time = read_time(typed)
        return typed if time is None else write_time(max(0, time - by_ms))

    return [EditedCue(moved(draft.start), moved(draft.end), draft.text) for draft in drafts]


def add_after(drafts: Sequence[EditedCue], place: int) -> list[EditedCue]:
    """Add an empty caption after caption `place` (-1: before the first one).

    It lasts two seconds, or until the next caption starts if that is sooner.
    """
    start = read_time(drafts[place].end) or 0 if 0 <= place < len(drafts) else 0
    following = read_time(drafts[place + 1].start) if place + 1 < len(drafts) else None
    end = start + NEW_CUE_MS
    if following is not None and following > start:
        end = min(end, following)
    return [*drafts[: place + 1], EditedCue(write_time(start), write_time(end), ""), *drafts[place + 1 :]]


def replace_text(
    drafts: Sequence[EditedCue], find: str, replacement: str, *, only_first: bool = False
) -> tuple[list[EditedCue], int]:
    """Replace `find` in all captions, ignoring case, and return the captions and the number of replacements.

    With `only_first`, only the first caption that contains `find` changes, once. An empty `find` replaces nothing.
    """
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
