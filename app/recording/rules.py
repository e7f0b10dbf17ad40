"""Rules for takes, as pure functions of values. Times are arguments.

The limit on recorded time is never a reason to refuse bytes: the recorder stops at the limit, and everything it sends
is kept. Compare `Media.duration_ms` with the limits of the take to see that a recording is too long. Two things are
refused: a new upload for a take that is already past its limit, and a recording far longer than any plausible overrun
(`media.facts.limits_for`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

MAX_TAKES = 100
"""Maximum number of kept takes of one question. It protects disk space where retakes are unlimited."""
MAX_SEGMENTS = 200
"""Maximum number of uploads of one take. Each page reload during recording begins another upload."""
HIGHEST_SEGMENT = 10 * MAX_SEGMENTS
"""Highest segment number. Numbers may have gaps, because recorders also count segments without bytes."""
EMPTY_TAKE_KEPT = timedelta(days=7)
"""How long an empty take is kept for its first byte. Its recorder may be offline."""
MAX_EMPTY_TAKES = 20
"""Maximum number of empty takes of one question. Each page that starts to record makes one."""
_RECORDER_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")
COMING_BACK = timedelta(hours=24)
"""How long after its deadline a started interview waits for the candidate to return and for uploads to finish."""
QUIET_AFTER_SENDING = timedelta(hours=1)
"""How long a sent take that was never stopped waits for more bytes. A browser that lost its connection retries sooner.
"""
LOST_AFTER = timedelta(days=7)
"""How long a stopped take without any bytes is kept."""
OVER_ITS_LIMIT_MS = 60_000
"""How far a take may be past its limit when another upload begins. Allows for clock differences and slow networks."""
WARN_AT = (60, 30, 10)
"""Remaining seconds of recording at which the page warns the candidate."""
MAX_RECORDED_MS = 7 * 24 * 3600 * 1000
"""Longest recorded time that a recorder can report. Larger values are reduced to it."""


class InvalidReportError(ValueError):
    """The data from a recorder is invalid. The message names the invalid field."""


class TaskState(StrEnum):
    """The state of a question for its candidate. The templates contain the wording."""

    NOT_STARTED = "not started"
    INTERRUPTED = "interrupted"
    AWAITED = "awaited"
    RECORDED = "recorded"
    WRITTEN = "written"
    UNREADABLE = "unreadable"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """A recorder's report about one segment."""

    segment: int
    bytes: int
    recorded_ms: int = 0
    recorder: str | None = None
    """Name of the recorder that made the segment, or None if the recorder has no name."""


@dataclass(frozen=True, slots=True)
class StopReport:
    """A recorder's stop report. `kept`: the candidate keeps an interrupted take as far as it was recorded."""

    recorded_ms: int
    kept: bool
    segments: tuple[SegmentReport, ...] | None
    recorder: str | None = None

    def own(self, begun: Mapping[int, str | None]) -> list[SegmentReport] | None:
        """Return the reported segments, except those that another recorder began. None if no segments were reported.

        `begun` maps segment numbers to recorders. Recorders without a name (None) are not distinguished.
        """
        if self.segments is None:
            return None
        return [
            one
            for one in self.segments
            if None in (self.recorder, owner := begun.get(one.segment)) or owner == self.recorder
        ]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the server has of one upload: the acknowledged bytes, and the length if it is known."""

    segment: int
    offset: int
    length: int | None
    recorded_ms: int = 0
    recorder: str | None = None
    """Name of the recorder that made the upload, or None if the recorder has no name."""


def parse_stop(body: Any) -> StopReport:
    """Parse a stop report. `reason` is stopped, limit or kept. Raises InvalidReportError if the report is invalid."""
    if not isinstance(body, Mapping):
        raise InvalidReportError("an object was expected")
    if body.get("reason", "stopped") not in ("stopped", "limit", "kept"):
        raise InvalidReportError("reason")
    recorder, segments = parse_recorder(body), body.get("segments")
    if segments is not None:
        if not isinstance(segments, Sequence) or isinstance(segments, str) or len(segments) > MAX_SEGMENTS:
            raise InvalidReportError("segments")
        segments = tuple(_segment(entry, recorder) for entry in segments)
    recorded_ms = total_recorded_ms([_count(body, "recorded_ms")])
    return StopReport(recorded_ms, body.get("reason") == "kept", segments, recorder)


def parse_recorder(body: Any) -> str | None:
    """Return the recorder name in a JSON body, or None without a name. Raises InvalidReportError for an invalid name."""
    name = body.get("recorder") if isinstance(body, Mapping) else None
    if name is None:
        return None
    if not isinstance(name, str) or not _RECORDER_NAME.fullmatch(name):
        raise InvalidReportError("recorder")
    return name


def has_arrived(announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived]) -> bool:
    """Return whether everything expected of a stopped take has arrived.

    A client that announced nothing (an ordinary tus client) must have finished each upload. Otherwise each announced
    segment must have its announced length, or must have been ended early because the browser lost the rest. Segments
    that were not announced are ignored.
    """
    here = {upload.segment: upload for upload in uploads}
    if announced is None:
        begun = [upload for upload in here.values() if upload.offset or upload.length]
        return bool(begun) and all(upload.offset == upload.length for upload in begun)
    return all(_is_there(here.get(segment.segment), segment.bytes) for segment in announced if segment.bytes)


def is_whole(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived], *, owner: str | None = None
) -> bool:
    """Return whether nothing is missing: all announced segments have arrived, and all other uploads are finished.

    Recorders create an upload only when they have bytes to send, so an empty upload counts as unfinished. An unnamed
    client that announced nothing may have created an upload twice, so its empty uploads are ignored. `is_owner_awaited`
    explains `owner`.
    """
    here = {upload.segment: upload for upload in uploads}
    announced = None if announced is None else list(announced)
    said = {segment.segment: segment.bytes for segment in announced or ()}
    is_missing = any(size and (number not in here or here[number].offset < size) for number, size in said.items())
    is_cut = any(
        _is_open(one, None)
        for one in here.values()
        if one.segment not in said and (announced is not None or one.offset or one.recorder is not None)
    )
    return not is_missing and not is_cut and not is_owner_awaited(owner, announced, here.values())


def is_owner_awaited(owner: str | None, announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived]) -> bool:
    """Return whether `owner` continued another recorder's take and has sent nothing. It may be recording offline."""
    begun = {upload.recorder for upload in uploads} - {None}
    return owner is not None and bool(begun) and owner not in begun | {one.recorder for one in announced or ()}


def merged(before: Iterable[SegmentReport], later: Iterable[SegmentReport]) -> list[SegmentReport]:
    """Merge two reports, keeping the larger values of each segment. Raises InvalidReportError above MAX_SEGMENTS."""
    found = {segment.segment: segment for segment in before}
    for one in later:
        known = found.get(one.segment, one)
        size, recorded_ms = max(one.bytes, known.bytes), max(one.recorded_ms, known.recorded_ms)
        found[one.segment] = SegmentReport(one.segment, size, recorded_ms, known.recorder or one.recorder)
    if len(found) > MAX_SEGMENTS:
        raise InvalidReportError("segments")
    return [found[number] for number in sorted(found)]


def accepts_more(*, is_complete: bool, is_closed: bool) -> bool:
    """Return whether bytes that arrive now are added to a take.

    A take may be completed because its recorder did not return. It then accepts bytes until a reviewer has opened the
    prepared answer and was shown its end. Candidates are never shown that end: their pages say how much has not
    arrived.
    """
    return not (is_complete and is_closed)


@dataclass(frozen=True, slots=True)
class Coming:
    """How much of an incomplete recording has arrived, and how much is missing, in milliseconds.

    `missing_ms` counts only what recorders announced. `is_open`: more may be missing, of unknown length. `is_empty`: no
    byte has arrived.
    """

    arrived_ms: int
    missing_ms: int
    is_open: bool
    is_empty: bool = False

    @property
    def told(self) -> tuple[int | None, ...]:
        """Return the missing parts for people: whole seconds, rounded up, and None for a part of unknown length."""
        seconds = (-(-self.missing_ms // 1000),) if self.missing_ms else ()
        return (*seconds, None) if self.is_open else seconds


def coming(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived], *, owner: str | None = None
) -> Coming:
    """Return how much of a recording has arrived and how much is missing, according to its recorders."""
    here = {upload.segment: upload for upload in uploads}
    announced = None if announced is None else list(announced)
    said = {segment.segment: segment for segment in announced or ()}
    missing = 0
    for number, segment in said.items():
        upload = here.get(number, Arrived(number, 0, None))
        if upload.offset < segment.bytes:
            missing += max(1, segment.recorded_ms - upload.recorded_ms)
    is_open = announced is None or any(_is_open(one, said.get(one.segment)) for one in here.values())
    is_open = is_open or is_owner_awaited(owner, announced, here.values())
    arrived_ms = sum(one.recorded_ms for one in here.values())
    return Coming(arrived_ms, missing, is_open, is_empty=not any(one.offset for one in here.values()))


def total_recorded_ms(parts: Iterable[int]) -> int:
    """Return the sum of recorded times in milliseconds, at most MAX_RECORDED_MS."""
    return min(sum(parts), MAX_RECORDED_MS)


def takes_left(retakes: int | None, used: int) -> int | None:
    """Return how many takes may still be started, counting the first take and the retakes. None means unlimited."""
    return None if retakes is None else max(0, 1 + retakes - used)


def task_state(
    *,
    is_answered: bool,
    has_recording: bool,
    is_interrupted: bool,
    is_written: bool = False,
    is_awaited: bool = False,
    is_unreadable: bool = False,
) -> TaskState:
    """Return the state of a question. If several states apply, the one closest to done takes precedence.

    `is_unreadable`: one of its recordings cannot be read. `is_awaited`: no bytes of a recording have arrived yet.
    """
    if is_answered:
        return TaskState.ANSWERED
    if has_recording:
        return TaskState.RECORDED
    if is_written:
        return TaskState.WRITTEN
    if is_interrupted:
        return TaskState.INTERRUPTED
    if is_awaited:
        return TaskState.AWAITED
    return TaskState.UNREADABLE if is_unreadable else TaskState.NOT_STARTED


def _is_open(upload: Arrived, said: SegmentReport | None) -> bool:
    """Return whether the end of an upload is unknown.

    An upload without a report (`said`) is open until it is finished. An upload with a report is open if all reported
    bytes have arrived, but its own length is greater.
    """
    if said is None:
        return upload.offset != upload.length
    return upload.offset >= said.bytes and not _is_there(upload, said.bytes)


def _is_there(upload: Arrived | None, size: int) -> bool:
    return upload is not None and (upload.offset == upload.length or (upload.length is None and upload.offset >= size))


def _segment(entry: Any, recorder: str | None) -> SegmentReport:
    if not isinstance(entry, Mapping):
        raise InvalidReportError("segments")
    recorded_ms = total_recorded_ms([_count(entry, "recorded_ms", 0)])
    segment = SegmentReport(_count(entry, "segment"), _count(entry, "bytes"), recorded_ms, recorder)
    if not 1 <= segment.segment <= HIGHEST_SEGMENT:
        raise InvalidReportError("segment")
    return segment


def _count(body: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise InvalidReportError(name)
    return int(value)
