"""Open and read recordings with PyAV. Runs only in the child process of `sandbox`.

A file is opened as a stream of bytes with a fixed demuxer and no protocols, so that its content cannot make FFmpeg open
other files or addresses. Only sound is decoded here; `pictures` decodes pictures.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Self

import av
from av.error import FFmpegError

from app.media.cost import CostMeter, check_size
from app.media.declared import Declared
from app.media.facts import (
    AUDIO,
    VIDEO,
    MediaBudget,
    MediaFile,
    MediaRefusedError,
    NotMediaError,
    Probe,
    Refusal,
    Track,
)
from app.media.kinds import (
    AUDIO_CODECS,
    DECODER_NAMES,
    DEMUXERS,
    HEAD_BYTES,
    VIDEO_CODECS,
    Container,
    identify,
    tag_bytes,
)
from app.media.picture_sizes import picture_size, setup_size
from app.media.timeline import MICROSECOND, MILLISECOND, Timeline, TimeScale, decode_times, start_shift

SAMPLE_RATES = range(8_000, 192_001)
CHANNELS = range(1, 9)
READ_BYTES = 1024 * 1024
DECODERS = ",".join(sorted(DECODER_NAMES.get(codec, codec) for codec in AUDIO_CODECS))
MAX_READ_ERRORS = 50
"""Number of consecutive read errors after which reading ends. The packets read before the errors are used."""

av.logging.set_level(av.logging.PANIC)  # No message is printed, but errors are counted.
av.logging.set_skip_repeated(False)  # Otherwise a repeated message would count for the next file.


def probe(path: Path, limits: MediaBudget) -> Probe:
    """Read every packet of one segment and return the properties of the segment. No packet is decoded.

    Raises MediaRefusedError: empty, not_media, too_many_streams, too_large_dimensions, codec, damaged, memory, too_long
    or too_costly.
    """
    try:
        return _measure(path, limits)
    except (FFmpegError, MemoryError) as problem:
        raise refusal_of(problem) or problem from problem


def _measure(path: Path, limits: MediaBudget) -> Probe:
    with OpenedSegment(path, limits) as segment:
        seen: set[str] = set()
        shown: list[int] = []
        lacks_decode_times = False
        for kind, packet, time in segment.packets():
            seen.add(kind)
            if kind == VIDEO:
                track = segment.tracks[kind]
                check_size(picture_size(track.codec, memoryview(packet), track.setup), limits)
                shown.append(time)
                lacks_decode_times |= packet.dts is None
        kept = {kind: track for kind, track in segment.tracks.items() if kind in seen}
        first, end = segment.timeline.first, segment.timeline.end
        if end is None or not kept:
            raise MediaRefusedError(Refusal.EMPTY, "a header without a recording")
        return Probe(
            container=segment.container,
            duration_ms=max(end + start_shift(first), 0) // 1000,
            tracks=kept,
            is_intact=segment.errors == 0 and not segment.timeline.has_jumps,
            shift_us=start_shift(first),
            decode_times_us=decode_times(shown) if lacks_decode_times else (),
        )


def refusal_of(error: Exception) -> MediaRefusedError | None:
    """Return the refusal for an error that the recording caused, or None if this machine caused it.

    A retry can help only if the machine was the cause.
    """
    if isinstance(error, MediaRefusedError):
        return error
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return MediaRefusedError(Refusal.MEMORY, "needs more memory than the limit")
    if isinstance(error, FFmpegError):  # Only reading raises this; errors of writing are OSErrors.
        return MediaRefusedError(Refusal.DAMAGED, "cannot be read")
    if isinstance(error, OSError):
        is_ours = error.errno != errno.EFBIG  # EFBIG: the file exceeded the size that `sandbox` allows.
        return None if is_ours else MediaRefusedError(Refusal.TOO_COSTLY, "what comes of it is larger than it may be")
    return MediaRefusedError(Refusal.DAMAGED, f"reading failed ({type(error).__name__})")


class OpenedSegment:
    """An open recording. Its packets have corrected times."""

    def __init__(self, path: Path, limits: MediaBudget):
        self.timeline = Timeline()
        self._file = path.open("rb")
        try:
            self.container = _identify(self._file)
            self.declared = Declared(self._file, self.container)
            self.meter = CostMeter(limits, path.stat().st_size)
            self.source, self.errors = open_container(self._file, self.container)
            self.errors += self.declared.is_cut
            self.tracks = choose_tracks(self.source, limits)
            self.bases = {kind: time_base_of(self.source.streams[track.index]) for kind, track in self.tracks.items()}
            """The time unit of each track: one object for all its packets, because PyAV would make one for each."""
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        self._file.close()

    def packets(self) -> Iterator[tuple[str, Any, int]]:
        """Yield (kind of track, packet, time in microseconds) in file order. Damaged places are skipped."""
        kinds = {track.index: kind for kind, track in self.tracks.items()}
        scales = {track.index: TimeScale(self.bases[kind], MICROSECOND) for kind, track in self.tracks.items()}
        streams = [self.source.streams[index] for index in kinds]
        complaints = av.logging.get_last_error()[0]
        in_a_row = 0
        last: tuple[str, Any] | None = None
        while streams and in_a_row < MAX_READ_ERRORS:
            try:
                for packet in self.source.demux(streams):
                    in_a_row = 0
                    self.meter.count(packet.size, (self.timeline.end or 0) - (self.timeline.first or 0))
                    if packet.is_corrupt and not self.declared.has_open_end:
                        self.errors += 1
                    elif packet.size:
                        index = packet.stream_index
                        last = kinds[index], packet
                        yield kinds[index], packet, self._place(packet, index, scales[index])
                break
            except FFmpegError as problem:
                if problem.errno == errno.ENOMEM:
                    raise
                in_a_row += 1
        self.errors += in_a_row + av.logging.get_last_error()[0] - complaints
        if last is not None:
            self.errors += self.declared.is_cut_frame(self.tracks[last[0]].codec, bytes(last[1]))
            self.errors += self.declared.lacks_samples(self.timeline.end or 0)

    def _place(self, packet: Any, index: int, microseconds: TimeScale) -> int:
        shown = packet.pts
        if shown is None:
            shown = packet.dts
        time = None if shown is None else microseconds(shown)
        if (
            packet.is_discard and time is not None
        ):  # The packet is decoded but not shown, because it is before the start.
            return time + self.timeline.jump
        return self.timeline.place(index, time, microseconds(packet.duration or 0))


def sound_frames(part: MediaFile) -> Iterator[av.AudioFrame | None]:
    """Yield the decoded sound frames of a part, and None before the first frame of each later segment.

    The decoder restarts at each segment, because its state after one session would damage the first 0.1 s of the next
    session. Packets that cannot be decoded are skipped.
    """
    with part.path.open("rb") as file:
        source, _ = open_container(file, part.container)
        with source:
            stream = source.streams.audio[0]
            milliseconds = TimeScale(time_base_of(stream), MILLISECOND)
            seams = list(part.seams_ms)
            for packet in source.demux(stream):
                if seams and packet.pts is not None and milliseconds(packet.pts) >= seams[0]:
                    seams.pop(0)
                    stream.codec_context.flush_buffers()
                    yield None
                yield from frames_of(packet)


def frames_of(packet: Any) -> list[av.AudioFrame]:
    """Return the decoded sound frames of a packet, or none if it cannot be decoded."""
    try:
        frames = packet.decode()
    except FFmpegError as problem:
        if problem.errno == errno.ENOMEM:
            raise
        return []
    return [frame for frame in frames if frame.sample_rate in SAMPLE_RATES]


def _identify(file: BinaryIO) -> Container:
    head = file.read(HEAD_BYTES)
    file.seek(tag_bytes(head))
    behind_tag = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise MediaRefusedError(Refusal.EMPTY, "no bytes")
    container = identify(head, behind_tag)
    if container is None:
        raise NotMediaError
    return container


def open_container(file: BinaryIO, container: Container) -> tuple[av.container.InputContainer, int]:
    """Return the opened recording, and the number of errors that FFmpeg reported while opening it."""
    demuxer = DEMUXERS[container]
    options = {"format_whitelist": demuxer, "protocol_whitelist": "none", "codec_whitelist": DECODERS}
    if demuxer == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as said:
            source = av.open(
                file, "r", format=demuxer, options=options, metadata_errors="replace", buffer_size=READ_BYTES
            )
    finally:
        av.logging.set_level(av.logging.PANIC)
    return source, sum("whitelist" not in message for _, _, message in said)


def choose_tracks(source: av.container.InputContainer, limits: MediaBudget) -> dict[str, Track]:
    """Return the first video track and the first audio track. Cover pictures, subtitles and location data are ignored."""
    if len(source.streams) > limits.streams:
        raise MediaRefusedError(Refusal.TOO_MANY_STREAMS, f"more than {limits.streams} tracks")
    pictures = [s for s in source.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    found = {VIDEO: _first(pictures, VIDEO_CODECS), AUDIO: _first(source.streams.audio, AUDIO_CODECS)}
    return {kind: _describe(stream, limits) for kind, stream in found.items() if stream is not None}


def _first(streams: Sequence[Any], accepted: frozenset[str]) -> Any:
    chosen = next((stream for stream in streams if _codec(stream) in accepted), None)
    if streams and chosen is None:
        raise MediaRefusedError(Refusal.CODEC, f"codec {_codec(streams[0])} is not accepted")
    return chosen


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context else "unknown"


def time_base_of(stream: Any) -> Fraction:
    """Return the time unit of a track."""
    return stream.time_base or MICROSECOND


def _describe(stream: Any, limits: MediaBudget) -> Track:
    context, codec = stream.codec_context, _codec(stream)
    setup = bytes(context.extradata or b"")
    if stream.type == AUDIO:
        if context.sample_rate not in SAMPLE_RATES or context.channels not in CHANNELS:
            raise MediaRefusedError(Refusal.CODEC, f"{context.channels} channels at {context.sample_rate} Hz")
        return Track(stream.index, codec, rate=context.sample_rate, channels=context.channels, setup=setup)
    check_size((context.width, context.height), limits)
    check_size(setup_size(codec, setup), limits)
    return Track(stream.index, codec, width=context.width, height=context.height, setup=setup)
