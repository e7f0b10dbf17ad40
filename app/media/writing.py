"""Write the output files with PyAV. For the child of `sandbox`.

The packets come from `reading` or from an encoder.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from app.media.kinds import Container
from app.media.reading import OpenedSegment
from app.media.timeline import PacketTimes

MUXERS: dict[Container, tuple[str, dict[str, str]]] = {
    Container.WEBM: ("webm", {"cues_to_front": "1"}),
    Container.MATROSKA: ("matroska", {"cues_to_front": "1"}),
    Container.MP4: ("mp4", {"movflags": "+faststart"}),
    Container.MP3: ("mp3", {"write_xing": "1"}),
    Container.WAV: ("wav", {}),
    Container.QUICKTIME: ("mov", {"movflags": "+faststart"}),
}
"""The muxer and its options for each kind of file.

The index is at the front of each file, so that a seek needs few requests. `bitexact` is added to the options, so that
equal segments always give equal bytes.
"""
NAMES = {(Container.MP4, "hevc"): "hvc1"}
"""Codec tags that differ from FFmpeg's default. Safari plays HEVC only with this tag."""
OURS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.EACCES, errno.EPERM}
"""Write errors that this machine causes, not the recording. A retry may help."""


class Output:
    """An output file. First add tracks, then call `start`, then write packets."""

    def __init__(self, path: Path, container: Container):
        muxer, options = MUXERS[container]
        self.container = container
        self.bases: dict[str, Fraction] = {}
        """The time unit of each track, known after `start`."""
        self._streams: dict[str, Any] = {}
        self._file = av.open(f"file:{path}", "w", format=muxer, options=options | {"fflags": "+bitexact"})

    def __enter__(self) -> Output:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the buffered packets and the index."""
        with _writing():
            self._file.close()

    def add_track(self, kind: str, segment: OpenedSegment) -> None:
        """Create a track like that of a segment, with the rotation but without metadata about time, place and device."""
        track = segment.tracks[kind]
        stream = self._file.add_stream_from_template(segment.source.streams[track.index], opaque=True)
        if (self.container, track.codec) in NAMES:
            stream.codec_context.codec_tag = NAMES[self.container, track.codec]
        self._streams[kind] = stream

    def add_encoder(self, kind: str, codec: str, rate: int, options: dict[str, str], **more: Any) -> Any:
        """Create a track whose packets come from an encoder, and return PyAV's stream object.

        `rate` is pictures or samples per second.
        """
        self._streams[kind] = self._file.add_stream(codec, rate=rate, options=options, **more)
        return self._streams[kind]

    def start(self) -> None:
        """Write the header."""
        with _writing():
            self._file.start_encoding()
        self.bases = {kind: stream.time_base for kind, stream in self._streams.items()}

    def put(self, kind: str, packet: Any, moment: PacketTimes) -> bool:
        """Write a packet at these times. Returns False if the muxer refuses it."""
        packet.stream, packet.time_base = self._streams[kind], moment.base
        packet.pts, packet.dts, packet.duration = moment.shown, moment.decoded, moment.duration
        try:
            self._file.mux(packet)
        except FFmpegError as problem:
            if problem.errno == errno.ENOMEM:
                raise
            # The file is open, so EPERM means that the muxer refused an unusual packet.
            if problem.errno != errno.EPERM:
                _raise_if_ours(problem)
            return False
        return True


@contextmanager
def _writing() -> Iterator[None]:
    """Convert write errors that this machine causes to OSError."""
    try:
        yield
    except FFmpegError as problem:
        _raise_if_ours(problem)
        raise


def _raise_if_ours(problem: FFmpegError) -> None:
    if problem.errno in OURS:
        raise OSError(problem.errno, problem.strerror) from problem
