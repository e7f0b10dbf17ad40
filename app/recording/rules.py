"""What holds for takes: pure functions over values. Times come in as arguments.

A limit on recorded time is never a reason to refuse bytes: the recorder stops at it, and what it sends is kept whole. A
recording that is longer than its limit says so by itself (`Media.duration_ms` beside the limits of the take). What is
refused is another part, begun when a take is past its limit already; and a recording so long that no overrun explains
it (`media.facts.limits_for`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

MAX_TAKES = 100
"""Takes of one question that are kept at once, where retakes have no limit: a guard for the disk."""
MAX_SEGMENTS = 200
"""Uploads of one take: each reload of the page while recording begins one."""
HIGHEST_SEGMENT = 10 * MAX_SEGMENTS
"""The highest number of a segment. Numbers may have gaps, because a recorder counts parts that had no bytes too."""
EMPTY_TAKE_KEPT = timedelta(days=7)
"""How long a take that was begun and brought nothing is kept for its first byte: its recorder may be off line."""
MAX_EMPTY_TAKES = 20
"""Takes of one question that have brought nothing and are kept at once: each page that starts to record makes one."""
_RECORDER_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")
COMING_BACK = timedelta(hours=24)
"""How long after its deadline an interview waits for someone who has begun, and for bytes on their way."""
QUIET_AFTER_SENDING = timedelta(hours=1)
"""How long to wait for a take that was sent but never stopped, when no bytes arrive. Its person has finished, so no
pause explains the silence; a browser that lost its line asks again within a minute, and an hour is enough to open it again.
What comes later is still added, until a reviewer opens the answer.
"""
LOST_AFTER = timedelta(days=7)
"""How long a take that was stopped is waited for when nothing at all has come of it."""
OVER_ITS_LIMIT_MS = 60_000
"""How far past its limit a take may be when another part of it begins: for clocks that differ and a slow network."""
WARN_AT = (60, 30, 10)
"""Seconds that are left when the page warns."""
MAX_RECORDED_MS = 7 * 24 * 3600 * 1000
"""What a recorder may say it recorded; more is taken for this."""


class InvalidReportError(ValueError):
    """What came is no report of a recorder; the message names what is wrong in it."""


class TaskState(StrEnum):
    """Where a question stands, for the candidate. The words are the template's."""

    NOT_STARTED = "not started"
    INTERRUPTED = "interrupted"
    AWAITED = "awaited"
    RECORDED = "recorded"
    WRITTEN = "written"
    UNREADABLE = "unreadable"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """What the recorder says of one of its sessions."""

    segment: int
    bytes: int
    recorded_ms: int = 0
    recorder: str | None = None
    """Whose session it is, where its recorder gives itself a name."""


@dataclass(frozen=True, slots=True)
class StopReport:
    """What the recorder says when it stops; `kept`: an interrupted take is to be kept as it is."""

    recorded_ms: int
    kept: bool
    segments: tuple[SegmentReport, ...] | None
    recorder: str | None = None

    def own(self, begun: Mapping[int, str | None]) -> list[SegmentReport] | None:
        """Return its segments without those that another recorder has begun under the same number. `begun`: recorders by
        the number of their segment; a client without a name is not told apart.
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
    """What the server has of one upload: acknowledged bytes, and the length if it is known."""

    segment: int
    offset: int
    length: int | None
    recorded_ms: int = 0
    recorder: str | None = None
    """Whose session it is, where its recorder gives itself a name."""


def parse_stop(body: Any) -> StopReport:
    """Read the JSON of a stop. `reason` is stopped, limit or kept; `segments` may be missing. Raises InvalidReportError."""
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
    """Return the name that a recorder gives itself in its JSON, None for one that gives none. Raises InvalidReportError."""
    name = body.get("recorder") if isinstance(body, Mapping) else None
    if name is None:
        return None
    if not isinstance(name, str) or not _RECORDER_NAME.fullmatch(name):
        raise InvalidReportError("recorder")
    return name


def has_arrived(announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived]) -> bool:
    """Whether nothing more is to come of a take whose recorder has stopped.

    A recorder that announced nothing (an ordinary tus client) has ended each upload itself. One that did is believed: a
    segment is there once it is as long as was said, or once its upload was ended sooner because the browser has lost the
    rest; and a segment of which it did not know keeps nobody waiting.
    """
    here = {upload.segment: upload for upload in uploads}
    if announced is None:
        begun = [upload for upload in here.values() if upload.offset or upload.length]
        return bool(begun) and all(upload.offset == upload.length for upload in begun)
    return all(_is_there(here.get(segment.segment), segment.bytes) for segment in announced if segment.bytes)


def is_whole(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived], *, owner: str | None = None
) -> bool:
    """Whether nothing is missing of what the recorder announced, nor of a session that it did not know of.

    A recorder begins an upload when it has something for it: one without a byte is on its way. An ordinary client, which
    has no name and announced nothing, may have begun one twice. `owner`: see `is_silent`.
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
    return not is_missing and not is_cut and not is_silent(owner, announced, here.values())


def is_silent(owner: str | None, announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived]) -> bool:
    """Whether the recorder that a take belongs to continued what another one began, and has not sent or announced anything:
    it may be recording off line.
    """
    begun = {upload.recorder for upload in uploads} - {None}
    return owner is not None and bool(begun) and owner not in begun | {one.recorder for one in announced or ()}


def merged(before: Iterable[SegmentReport], later: Iterable[SegmentReport]) -> list[SegmentReport]:
    """Return what two reports of one take say together: the larger number for each segment that either names.

    Raises InvalidReportError when they name more segments than a take can have.
    """
    found = {segment.segment: segment for segment in before}
    for one in later:
        known = found.get(one.segment, one)
        size, recorded_ms = max(one.bytes, known.bytes), max(one.recorded_ms, known.recorded_ms)
        found[one.segment] = SegmentReport(one.segment, size, recorded_ms, known.recorder or one.recorder)
    if len(found) > MAX_SEGMENTS:
        raise InvalidReportError("segments")
    return [found[number] for number in sorted(found)]


def accepts_more(*, is_complete: bool, is_closed: bool) -> bool:
    """Whether bytes that arrive now are added to a take.

    A take that was completed with what had arrived, because nobody came back, stays open for the rest until somebody has
    been shown that the recording ends there. Showing means: a reviewer has opened the prepared answer. The candidate is
    never told so: their pages say how much has not arrived.
    """
    return not (is_complete and is_closed)


@dataclass(frozen=True, slots=True)
class Coming:
    """What has arrived of a recording that is not all here, and what has not, in milliseconds.

    `missing_ms` counts what recorders have announced. `is_open`: one has not said where it ended, and nobody else knows.
    `is_empty`: not one byte has arrived.
    """

    arrived_ms: int
    missing_ms: int
    is_open: bool
    is_empty: bool = False

    @property
    def told(self) -> tuple[int | None, ...]:
        """What a person is told: seconds up to the next whole one, and None for more that nobody can count."""
        seconds = (-(-self.missing_ms // 1000),) if self.missing_ms else ()
        return (*seconds, None) if self.is_open else seconds


def coming(
    announced: Iterable[SegmentReport] | None, uploads: Iterable[Arrived], *, owner: str | None = None
) -> Coming:
    """Return what has arrived of a recording and what has not, as far as its recorders have said."""
    here = {upload.segment: upload for upload in uploads}
    announced = None if announced is None else list(announced)
    said = {segment.segment: segment for segment in announced or ()}
    missing = 0
    for number, segment in said.items():
        upload = here.get(number, Arrived(number, 0, None))
        if upload.offset < segment.bytes:
            missing += max(1, segment.recorded_ms - upload.recorded_ms)
    is_open = announced is None or any(_is_open(one, said.get(one.segment)) for one in here.values())
    is_open = is_open or is_silent(owner, announced, here.values())
    arrived_ms = sum(one.recorded_ms for one in here.values())
    return Coming(arrived_ms, missing, is_open, is_empty=not any(one.offset for one in here.values()))


def total_recorded_ms(parts: Iterable[int]) -> int:
    """Return the milliseconds that recorders say they recorded in all, bounded: each of many may claim the most."""
    return min(sum(parts), MAX_RECORDED_MS)


def takes_left(retakes: int | None, used: int) -> int | None:
    """Return how many takes may still be started: the first and its retakes; None is no limit."""
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
    """Return the state of a question; a state nearer to done takes precedence. `is_unreadable`: a recording of it is;
    `is_awaited`: no bytes of a recording have arrived yet.
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
    """Whether nobody knows where an upload ends: its own end was not declared, nor what is `said` of it has come."""
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
