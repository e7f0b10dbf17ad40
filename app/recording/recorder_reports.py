"""What a recorder reports about its take: the segments that it made, and that it has stopped. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_SEGMENTS = 200
"""Maximum number of uploads of one take. Each page reload during recording begins another upload."""
HIGHEST_SEGMENT = 10 * MAX_SEGMENTS
"""Highest segment number. Numbers may have gaps, because recorders also count segments without bytes."""
MAX_RECORDED_MS = 7 * 24 * 3600 * 1000
"""Longest recorded time that a recorder can report. Larger values are reduced to it."""
_RECORDER_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")


class InvalidReportError(ValueError):
    """The data from a recorder is invalid. The message names the invalid field."""


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


def total_recorded_ms(parts: Iterable[int]) -> int:
    """Return the sum of recorded times in milliseconds, at most MAX_RECORDED_MS."""
    return min(sum(parts), MAX_RECORDED_MS)


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
