"""Decode pictures, rotate them upright and scale them to one frame size, with PyAV. For the child of `sandbox`.

Pictures are decoded only if a recording cannot be copied. The number of pixels is limited here; `confinement` limits
memory and time.
"""

from __future__ import annotations

import errno
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from app.media.facts import VIDEO, MediaBudget, MediaRefusedError, Refusal
from app.media.reading import OpenedSegment
from app.media.timeline import MICROSECOND, TimeScale

MAX_PACKETS_BEFORE_A_PICTURE = 100
TURNS = {90: [("transpose", "clock")], 180: [("hflip", ""), ("vflip", "")], 270: [("transpose", "cclock")]}
"""Filters for each clockwise turn in degrees."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def fitted_into(self, frame: Size) -> Size:
        """Return the largest size with this aspect ratio that fits into a frame. Sides are even, as 4:2:0 requires."""
        ratio = min(frame.width / self.width, frame.height / self.height)
        return Size(_even(self.width * ratio), _even(self.height * ratio))


def size_to_show(session: OpenedSegment, picture: av.VideoFrame) -> Size:
    """Return the displayed size of a picture: rotated, and with square pixels."""
    stream: Any = session.source.streams[session.tracks[VIDEO].index]
    shape = stream.sample_aspect_ratio or 1
    wide = max(round(picture.width * (shape if 0.1 < shape < 10 else 1)), 1)
    return Size(picture.height, wide) if clockwise_turn(picture) in (90, 270) else Size(wide, picture.height)


def clockwise_turn(picture: av.VideoFrame) -> int:
    """Return the clockwise rotation (0, 90, 180 or 270 degrees) that makes a picture upright."""
    return round(-picture.rotation / 90) * 90 % 360


class PictureReader:
    """The decoder for the pictures of one session. Damaged pictures are skipped and counted in `lost`."""

    def __init__(self, session: OpenedSegment, limits: MediaBudget):
        self.lost = 0
        self._limits = limits
        self._stream: Any = session.source.streams[session.tracks[VIDEO].index]
        context = self._stream.codec_context
        context.options = {"max_pixels": str(limits.encoded_pixels)}
        context.thread_count = (
            1  # One thread only: decoder threads that log would wait for Python, while Python waits for them.
        )
        self._microseconds = TimeScale(session.bases[VIDEO], MICROSECOND)
        self._shift = self._latest = 0
        self._without_time: list[int] = []

    def read(self, packet: Any, time_us: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield (time in microseconds, picture) for each picture that this packet completes."""
        self._latest = max(self._latest, time_us)
        if packet.pts is None:
            heapq.heappush(self._without_time, time_us)
        else:
            self._shift = time_us - self._microseconds(packet.pts)
        yield from self._decode(packet)

    def flush(self) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield the decoder's remaining pictures."""
        yield from self._decode(None)

    def _decode(self, packet: Any) -> Iterator[tuple[int, av.VideoFrame]]:
        try:
            pictures = self._stream.decode(packet)
        except FFmpegError as problem:
            if problem.errno == errno.ENOMEM:
                raise
            self.lost += 1
            return
        for picture in pictures:
            if picture.width * picture.height > self._limits.encoded_pixels:
                raise MediaRefusedError(Refusal.TOO_LARGE_DIMENSIONS, "a picture is larger than the file declares")
            yield self._time_of(picture), picture

    def _time_of(self, picture: av.VideoFrame) -> int:
        # AVI gives only the order in which pictures are decoded. They are shown in the order of their times.
        if self._without_time:
            return heapq.heappop(self._without_time)
        if picture.pts is None:
            return self._latest
        return min(self._microseconds(picture.pts) + self._shift, self._latest)


def first_picture(path: Path, limits: MediaBudget) -> tuple[Size, int] | None:
    """Return the displayed size and clockwise turn of a session's first picture, or None if no picture can be decoded.

    Raises MediaRefusedError (too_large_dimensions) if the picture is too large.
    """
    with OpenedSegment(path, limits) as session:
        if VIDEO not in session.tracks:
            return None
        reader = PictureReader(session, limits)
        for number, (kind, packet, time) in enumerate(session.packets()):
            if kind == VIDEO:
                for _, picture in reader.read(packet, time):
                    return size_to_show(session, picture), clockwise_turn(picture)
            if number > MAX_PACKETS_BEFORE_A_PICTURE:
                break
        found = next(reader.flush(), None)
        return (size_to_show(session, found[1]), clockwise_turn(found[1])) if found else None


class PictureFitter:
    """Rotates pictures upright and scales them into one frame, with black bars if the aspect ratio differs."""

    def __init__(self, frame: Size):
        self.frame = frame
        self._shape: tuple[Any, ...] | None = None
        self._graph: Any = None

    def fit(self, session: OpenedSegment, picture: av.VideoFrame) -> av.VideoFrame:
        """Return the picture in the size of the frame, in 8-bit 4:2:0."""
        turn = clockwise_turn(picture)
        shape = (picture.width, picture.height, picture.format.name, turn)
        if shape != self._shape:
            self._graph, self._shape = self._build(picture, turn, size_to_show(session, picture)), shape
        picture.pts, picture.time_base = 0, MICROSECOND
        self._graph.push(picture)
        fitted: av.VideoFrame = self._graph.pull()
        return fitted

    def _build(self, picture: av.VideoFrame, turn: int, shown: Size) -> Any:
        inside = shown.fitted_into(self.frame)
        left, top = (self.frame.width - inside.width) // 2, (self.frame.height - inside.height) // 2
        graph = av.filter.Graph()
        graph.threads = 1
        steps = [graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=MICROSECOND
        )]  # fmt: skip
        wanted = [
            *TURNS.get(turn, []),
            ("scale", f"{inside.width}:{inside.height}"),
            ("format", "yuv420p"),
            ("pad", f"{self.frame.width}:{self.frame.height}:{left & ~1}:{top & ~1}"),
            ("setsar", "1"),
            ("buffersink", ""),
        ]
        for name, options in wanted:
            steps.append(graph.add(name, options) if options else graph.add(name))
            steps[-2].link_to(steps[-1])
        graph.configure()
        return graph


def _even(value: float) -> int:
    return max(int(value) // 2 * 2, 2)
