"""Decode the sound of a recording whose bytes are still arriving. Runs only in a child process, like `reading`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from app.media.cost import CostMeter
from app.media.declared import Declared
from app.media.facts import AUDIO, SAMPLE_RATE, VIDEO, MediaBudget, MediaRefusedError, NotMediaError, Refusal
from app.media.kinds import HEAD_BYTES, Container, choose_container, identify
from app.media.reading import OpenedSegment, choose_tracks, frames_of, open_container, time_base_of
from app.media.sound import SampleTape, SoundLine
from app.media.timeline import MICROSECOND, Timeline, rescale, start_shift

LIVE = (Container.WEBM, Container.MATROSKA, Container.MP4)
"""Kinds of files that recorders write so that they can be read from the beginning while they grow."""


def decode_arriving(descriptor: int, target: Path, limits: MediaBudget, most_bytes: int) -> None:
    """Write the sound of a recording to `target` while its bytes arrive, as `sound.decode_audio` writes a finished one.

    Reads `descriptor` up to its end. Samples that are in the file do not change any more.
    """
    with target.open("wb", buffering=0) as file:
        line = SoundLine(SampleTape(file, (limits.duration_seconds + 1) * SAMPLE_RATE), 0)
        with ArrivingSegment(descriptor, limits, most_bytes) as segment:
            for packet, time in segment.sound_packets():
                for frame in frames_of(packet):
                    _place(frame, packet, time)
                    line.add(frame)


def _place(frame: Any, packet: Any, time_us: int) -> None:
    """Move a frame to the time that its packet has in the finished file."""
    if frame.pts is not None and packet.pts is not None:
        shift = time_us - rescale(packet.pts, packet.time_base, MICROSECOND)
        frame.pts += rescale(shift, MICROSECOND, frame.time_base)


class ArrivingSegment(OpenedSegment):
    """A recording that is read from a pipe."""

    def __init__(self, descriptor: int, limits: MediaBudget, most_bytes: int):
        self.timeline = Timeline()
        arriving = _ArrivingFile(descriptor)
        self._file: Any = arriving
        container = identify(arriving.head, arriving.head)
        if container is None:
            raise NotMediaError
        if container not in LIVE:
            raise MediaRefusedError(Refusal.CODEC, "not a file that can be read while it grows")
        self.container = container
        self.declared = Declared(BytesIO(arriving.head), container)
        self.meter = CostMeter(limits, most_bytes)
        self.source, self.errors = open_container(cast(BinaryIO, arriving), container)
        self.tracks = choose_tracks(self.source, limits)
        video, audio = (self.tracks[kind].codec if kind in self.tracks else None for kind in (VIDEO, AUDIO))
        if audio is None or choose_container(video, audio, container) != container:
            # In a file of another kind, decoders count the samples before the start differently.
            raise MediaRefusedError(Refusal.CODEC, "the finished file is of another kind")
        self.bases = {kind: time_base_of(self.source.streams[track.index]) for kind, track in self.tracks.items()}

    def sound_packets(self) -> Iterator[tuple[Any, int]]:
        """Yield (packet, time in microseconds) of the sound. The start is known once every track has begun."""
        waiting: list[tuple[Any, int]] = []
        seen: set[str] = set()
        for kind, packet, time in self.packets():
            seen.add(kind)
            if kind == AUDIO:
                waiting.append((packet, time))
            if len(seen) == len(self.tracks):
                shift = start_shift(self.timeline.first) if not self._has_begun else self._shift
                self._has_begun, self._shift = True, shift
                yield from ((each, at + shift) for each, at in waiting)
                waiting.clear()

    _has_begun, _shift = False, 0


class _ArrivingFile:
    """A pipe as a file that can only be read in order. `head` has its first bytes, which are read again by `read`."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        self.head = b""
        while len(self.head) < HEAD_BYTES and (more := os.read(descriptor, HEAD_BYTES - len(self.head))):
            self.head += more
        self._rest = self.head

    def read(self, size: int) -> bytes:
        """Return some bytes as soon as there are any, or none at the end."""
        if self._rest:
            piece, self._rest = self._rest[:size], self._rest[size:]
            return piece
        return os.read(self._descriptor, size)

    def close(self) -> None:
        """Do nothing: the pipe belongs to the process."""
