"""Read WebVTT and SRT files leniently: keep all text that clearly belongs to a cue, and report every repair. No I/O.

WebVTT is read as browsers read it (WebVTT, file parsing), so every cue that a browser shows is returned with its times
and text. Some text that a browser drops is kept too, if it is clear to which cue it belongs: after a blank line, after
a line with an arrow but no times, or below times in an unusual format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.captions.files.cue_text import srt_text, vtt_text
from app.captions.files.problems import Repair, RepairNote
from app.captions.files.timestamps import (
    Timing,
    has_arrow,
    is_broken_timing,
    read_loose_timing,
    read_mistyped_timing,
    read_timing,
)

_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_LOOSE_SIGNATURE = re.compile(r"\s*\ufeff?WEBVTT(?![a-z0-9])", re.IGNORECASE)
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
_OTHER_LINE_END = re.compile(r"(?<!\r\r)\n")
_COUNTER = re.compile(r"\s*[0-9]+\s*")

Row = tuple[int, str]
"""The number of a line (from 1), and its text."""


class FoundCue(NamedTuple):
    """A cue as written in a file: the number of its timing line, its times, and its text without markup."""

    line: int
    start_ms: int
    end_ms: int
    text: str


@dataclass(slots=True)
class ParsedCaptions:
    """The cues of a file in file order, and notes on repairs and omissions."""

    cues: list[FoundCue] = field(default_factory=list)
    notes: list[RepairNote] = field(default_factory=list)


def unify_line_ends(text: str) -> str:
    """Return a text in which every line ends with a line feed.

    If every line ends with CR CR LF, these three characters count as one line end.
    """
    if "\r\r\n" in text and not _OTHER_LINE_END.search(text):
        text = text.replace("\r\r\n", "\n")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_signature(text: str) -> bool:
    """Return whether a file begins with the WebVTT signature, in any case and even after blank lines."""
    return _LOOSE_SIGNATURE.match(text) is not None


def has_times(text: str) -> bool:
    """Return whether at least one line of a file contains the times of a caption."""
    return any(read_timing(line, is_vtt=False) or read_loose_timing(line) for line in text.split("\n"))


def read_timed_text(text: str, *, is_vtt: bool) -> ParsedCaptions:
    """Return the cues of a WebVTT or SRT file, after `unify_line_ends`. Never raises an error."""
    found = ParsedCaptions()
    rows = list(enumerate(text.replace("\0", "\ufffd").removeprefix("\ufeff").split("\n"), start=1))
    rows = [_without_mark(row, found) for row in rows]
    if is_vtt:
        rows = _after_header(rows, found)
    timings = [read_timing(line, is_vtt=is_vtt) for _, line in rows]
    if not any(timings):
        timings = [read_loose_timing(line) for _, line in rows]
    else:
        timings = [found or _where_times_are(rows, place) for place, found in enumerate(timings)]
    _Blocks(found, is_vtt=is_vtt).read(rows, timings)
    return found


def _where_times_are(rows: Sequence[Row], place: int) -> Timing | None:
    """Return the times of a line with a mistyped arrow, or None if the line is text. It counts as times only after a
    blank line, or after a counter that follows a blank line.
    """
    line = rows[place][1]
    first = place - 1 if place and _COUNTER.fullmatch(rows[place - 1][1]) else place
    is_after_blank = first == 0 or not rows[first - 1][1].strip()
    return read_mistyped_timing(line) if is_after_blank else None


def _without_mark(row: Row, found: ParsedCaptions) -> Row:
    number, line = row
    if not line.startswith("\ufeff"):
        return row
    found.notes.append(RepairNote(Repair.HIDDEN_MARK, number))
    return number, line.lstrip("\ufeff")


def _after_header(rows: Sequence[Row], found: ParsedCaptions) -> list[Row]:
    """Return the rows after the WebVTT header. The header ends at the first blank line or the first timing line."""
    first = next((place for place, (_, line) in enumerate(rows) if line.strip()), len(rows))
    if first == len(rows):
        return []
    number, line = rows[first]
    if first or not _SIGNATURE.fullmatch(line):
        found.notes.append(RepairNote(Repair.NO_SIGNATURE, number))
    at = first + 1 if _LOOSE_SIGNATURE.match(line) else first
    while at < len(rows) and rows[at][1] and not read_timing(rows[at][1], is_vtt=True):
        at += 1
    return list(rows[at:])


class _Blocks:
    """Splits the rows of a file into cues. Each timing line ends one cue and begins the next."""

    def __init__(self, found: ParsedCaptions, *, is_vtt: bool):
        self.found = found
        self.is_vtt = is_vtt
        self.is_numbered = False
        self.counter = self.next_counter = 0

    def read(self, rows: Sequence[Row], timings: Sequence[Timing | None]) -> None:
        """Add all cues of the file. `timings` has the parsed times of each row, or None."""
        current: Timing | None = None
        at = -1
        for place, following in enumerate(timings):
            if following:
                self._end_cue(rows, at, place, current, is_last=False)
                current, at = following, place
        self._end_cue(rows, at, len(rows), current, is_last=True)

    def _end_cue(self, rows: Sequence[Row], at: int, until: int, timing: Timing | None, *, is_last: bool) -> None:
        """Add the cue whose timing line is row `at` (-1: before the first cue). Row `until` is the next timing line."""
        blocks = self._blocks(rows[at + 1 : until])
        self.counter = self.next_counter
        if not is_last:
            self._drop_identifier(blocks, is_first=timing is None, number=rows[until][0])
        if timing is None:
            self._leave_out([row for block in blocks if not self._is_comment(block) for row in block])
            return
        number = rows[at][0]
        if not timing.is_usual:
            self.found.notes.append(RepairNote(Repair.READ_TIMES, number))
        raw = self._text(blocks)
        text = self._plain(number, raw)
        self.found.cues.append(FoundCue(number, timing.start_ms, timing.end_ms, text))

    def _blocks(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Split rows into blocks at blank lines. The first block is directly below the timing line.

        In WebVTT, a line of spaces is not blank.
        """
        blocks: list[list[Row]] = [[]]
        for row in rows:
            is_blank = not row[1] if self.is_vtt else not row[1].strip()
            if is_blank:
                blocks.append([])
            else:
                blocks[-1].append(row)
        return blocks

    def _drop_identifier(self, blocks: list[list[Row]], *, is_first: bool, number: int) -> None:
        """Remove the number or identifier of the next cue: the last line before the timing line of that cue."""
        block = blocks[-1]
        stands_apart = is_first or len(blocks) > 1
        if self.is_vtt:
            if block and stands_apart and (len(block) == 1 or not re.search(r"\s", block[-1][1].strip())):
                block.pop()
            return
        has_number = bool(block) and _COUNTER.fullmatch(block[-1][1]) is not None
        if is_first:
            self.is_numbered = has_number
        if has_number and (stands_apart or self.is_numbered):
            self.next_counter = int(block.pop()[1].strip()[:9])
        else:
            self.found.notes.append(RepairNote(Repair.NO_NUMBER, number))

    def _text(self, blocks: list[list[Row]]) -> list[Row]:
        """Return the text rows of a cue: the rows directly below its timing line, and the rows after blank lines."""
        kept: list[Row] = []
        for place, block in enumerate(blocks):
            if not block or (place and (self._is_comment(block) or self._is_empty_cue(block))):
                continue
            if place and self._is_header(block):
                self._leave_out(block)
                continue
            broken = next((index for index, (_, line) in enumerate(block) if is_broken_timing(line)), None)
            clear = block[:broken]
            is_all = self.is_vtt and not place and broken == 1  # a browser would show the number as text
            if broken and _COUNTER.fullmatch(block[broken - 1][1]) and not is_all:
                clear.pop()
            if place and clear:
                self.found.notes.append(RepairNote(Repair.BLANK_LINE, clear[0][0]))
            self.found.notes += [RepairNote(Repair.ARROW, number) for number, line in clear if has_arrow(line)]
            kept += clear
            if broken is not None:
                self._leave_out([row for rest in (block[broken:], *blocks[place + 1 :]) for row in rest])
                break
        return kept

    def _is_comment(self, block: Sequence[Row]) -> bool:
        return self.is_vtt and bool(block) and _COMMENT.fullmatch(block[0][1]) is not None

    def _is_header(self, block: Sequence[Row]) -> bool:
        """Return whether a block is the header of another WebVTT file, which was appended to this one."""
        return self.is_vtt and _SIGNATURE.fullmatch(block[0][1]) is not None

    def _is_empty_cue(self, block: Sequence[Row]) -> bool:
        """Return whether a block is only the number of an empty SRT cue."""
        return not self.is_vtt and len(block) == 1 and block[0][1].strip() == str(self.counter + 1)

    def _plain(self, number: int, rows: Sequence[Row]) -> str:
        raw = "\n".join(line for _, line in rows)
        if not self.is_vtt:
            return srt_text(raw)
        text, strange, has_stray = vtt_text(raw)
        self.found.notes += [RepairNote(Repair.LEFT_OUT, number, tag) for tag in strange]
        if has_stray:
            self.found.notes.append(RepairNote(Repair.BRACKET, number))
        return text

    def _leave_out(self, rows: Sequence[Row]) -> None:
        self.found.notes += [RepairNote(Repair.LEFT_OUT, number, line.strip()) for number, line in rows if line.strip()]
