"""Reading, remuxing and decoding recordings: the one file that touches PyAV. Runs in the child of `media_sandbox` only.

A file is opened as a stream of bytes with its demuxer pinned and no protocol allowed, so that nothing written in it can
make another file or address be opened. Packets are copied, never encoded again. Of decoders only those for sound exist
here: a picture is copied without anyone looking at it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.error import FFmpegError

from app.recording.media_facts import (
    AUDIO_CODECS,
    DEMUXERS,
    HEAD_BYTES,
    SAMPLE_RATE,
    SUFFIXES,
    VIDEO_CODECS,
    Container,
    MediaLimits,
    MediaRefused,
    NoAudio,
    NotMedia,
    Part,
    Probe,
    Refusal,
    Remuxed,
    Skipped,
    Track,
    choose_container,
    group_alike,
    identify,
)
from app.recording.tape import SoundLine, Tape, TapeFull
from app.recording.timeline import MICROSECOND, Moment, OutputClock, Timeline, decode_times, rescale, start_shift

VIDEO, AUDIO = "video", "audio"
MILLISECOND = Fraction(1, 1000)
SAMPLE_RATES = range(8_000, 192_001)
CHANNELS = range(1, 9)
READ_BYTES = 1024 * 1024
DECODERS = "opus,vorbis,aac,mp3float,pcm_s16le,pcm_s24le,pcm_f32le"
MOST_READ_ERRORS = 50
"""So many damaged places in a row end the reading; what came before them is kept."""
MUXERS: dict[Container, tuple[str, dict[str, str]]] = {
    Container.WEBM: ("webm", {"cues_to_front": "1"}),
    Container.MATROSKA: ("matroska", {"cues_to_front": "1"}),
    Container.MP4: ("mp4", {"movflags": "+faststart"}),
    Container.MP3: ("mp3", {"write_xing": "1"}),
    Container.WAV: ("wav", {}),
}
"""Where the index lies decides how many requests a seek costs: it goes to the front. `bitexact` is added to each, so
that the same segments always give the same bytes."""
OURS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.EACCES, errno.EPERM}
"""Errors of this machine and not of the recording: worth another try."""

av.logging.set_level(av.logging.PANIC)  # Nothing is printed; errors are counted all the same.
av.logging.set_skip_repeated(False)  # A repeated message would be told at the next file's expense.


def probe(path: Path, limits: MediaLimits) -> Probe:
    """Read every packet of one segment and return what it is. Nothing is decoded.

    Raises MediaRefused: empty, not_media, too_many_streams, too_large_dimensions, codec, damaged.
    """
    with _Segment(path, limits) as segment:
        shown: dict[str, list[int]] = {kind: [] for kind in segment.tracks}
        lacks_decode_times = False
        for kind, packet, time in segment.packets():
            shown[kind].append(time)
            lacks_decode_times |= kind == VIDEO and packet.dts is None
        kept = {kind: track for kind, track in segment.tracks.items() if shown[kind]}
        first, end = segment.timeline.first, segment.timeline.end
        if end is None or not kept:
            raise MediaRefused(Refusal.EMPTY, "a header and nothing recorded")
        return Probe(
            container=segment.container,
            duration_ms=max(end + start_shift(first), 0) // 1000,
            tracks=kept,
            is_intact=segment.errors == 0 and not segment.timeline.has_jumps,
            shift_us=start_shift(first),
            decode_times_us=decode_times(shown[VIDEO]) if lacks_decode_times else (),
        )


def remux(segments: Sequence[Path], folder: Path, limits: MediaLimits) -> Remuxed:
    """Copy the packets of the segments into as few files as they fit in, each with its duration and its index in front.

    A segment with nothing to keep is left out and named. Raises MediaRefused when nothing is left, or when all of it is
    longer than the limit.
    """
    probed, skipped = _probe_all(segments, limits)
    if sum(facts.duration_ms for _, facts in probed) > limits.duration_seconds * 1000:
        raise MediaRefused(Refusal.TOO_LONG, f"longer than {limits.duration_seconds} s")
    parts: list[Part] = []
    complete = not skipped and all(facts.is_intact for _, facts in probed)
    for number, group in enumerate(group_alike(probed)):
        starts_at = sum(part.duration_ms for part in parts)
        part, is_whole = _write_part(group, folder / f"part-{number}", starts_at, limits)
        parts.append(part)
        complete &= is_whole
    return Remuxed(tuple(parts), tuple(skipped), complete)


def decode_audio(parts: Sequence[Part], target: Path, limits: MediaLimits) -> int:
    """Write the sound of the parts as raw float32, mono, 16 kHz, each sample at its time in the take; return how many.

    Where sound is missing there is silence (a hole in the file, which takes no room), so that a caption's time is the
    player's time. Raises NoAudio; MediaRefused (too_long) when there is more sound than the limit.
    """
    with target.open("wb") as file:
        tape = Tape(file, (limits.duration_seconds + 1) * SAMPLE_RATE)
        try:
            for part in parts:
                if part.audio_codec:
                    _decode_part(part, tape)
        except TapeFull:
            raise MediaRefused(Refusal.TOO_LONG, f"more sound than {limits.duration_seconds} s") from None
    if tape.written == 0:
        target.unlink()
        raise NoAudio
    return tape.written


def refusal_of(error: Exception) -> MediaRefused | None:
    """Return what an error says about the recording; None when it says something about this machine instead."""
    if isinstance(error, MediaRefused):
        return error
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return MediaRefused(Refusal.MEMORY, "needs more memory than a recording may")
    if isinstance(error, FFmpegError) and error.errno not in OURS:
        return MediaRefused(Refusal.DAMAGED, "cannot be read")
    return None


class _Segment:
    """One file, opened; its packets come with their times put in order."""

    def __init__(self, path: Path, limits: MediaLimits):
        self.timeline = Timeline()
        self._file = path.open("rb")
        try:
            self.container = _identify(self._file)
            self.source, self.errors = _open(self._file, self.container)
            self.tracks = _choose_tracks(self.source, limits)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> _Segment:
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        self._file.close()

    def packets(self) -> Iterator[tuple[str, Any, int]]:
        """Yield kind of track, packet and time (microseconds), in the order of the file. Damaged places are skipped."""
        kinds = {track.index: kind for kind, track in self.tracks.items()}
        streams = [self.source.streams[index] for index in kinds]
        complaints = av.logging.get_last_error()[0]
        in_a_row = 0
        while streams and in_a_row < MOST_READ_ERRORS:
            try:
                for packet in self.source.demux(streams):
                    in_a_row = 0
                    if packet.is_corrupt:
                        self.errors += 1
                    elif packet.size:
                        yield kinds[packet.stream_index], packet, self._place(packet)
                break
            except FFmpegError as problem:
                if problem.errno in OURS or problem.errno == errno.ENOMEM:
                    raise
                in_a_row += 1
        self.errors += in_a_row + av.logging.get_last_error()[0] - complaints

    def _place(self, packet: Any) -> int:
        shown = packet.pts if packet.pts is not None else packet.dts
        time = None if shown is None else rescale(shown, packet.time_base, MICROSECOND)
        if packet.is_discard and time is not None:  # Decoded and never shown: it is before the beginning.
            return time + self.timeline.jump
        duration = rescale(packet.duration or 0, packet.time_base, MICROSECOND)
        return self.timeline.place(packet.stream_index, time, duration)


def _identify(file: BinaryIO) -> Container:
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise MediaRefused(Refusal.EMPTY, "no bytes")
    container = identify(head)
    if container is None:
        raise NotMedia
    return container


def _open(file: BinaryIO, container: Container) -> tuple[av.container.InputContainer, int]:
    """Return the opened recording, and how many errors FFmpeg found in what it read of it until now."""
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


def _choose_tracks(source: av.container.InputContainer, limits: MediaLimits) -> dict[str, Track]:
    """Return the first picture and the first sound. Cover pictures, subtitles and a phone's notes of place stay out."""
    if len(source.streams) > limits.streams:
        raise MediaRefused(Refusal.TOO_MANY_STREAMS, f"more than {limits.streams} tracks")
    pictures = [s for s in source.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    found = {VIDEO: _first(pictures, VIDEO_CODECS), AUDIO: _first(source.streams.audio, AUDIO_CODECS)}
    return {kind: _describe(stream, limits) for kind, stream in found.items() if stream is not None}


def _first(streams: Sequence[Any], accepted: frozenset[str]) -> Any:
    chosen = next((stream for stream in streams if _codec(stream) in accepted), None)
    if streams and chosen is None:
        raise MediaRefused(Refusal.CODEC, f"codec {_codec(streams[0])} is not accepted")
    return chosen


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context else "unknown"


def _describe(stream: Any, limits: MediaLimits) -> Track:
    context, codec = stream.codec_context, _codec(stream)
    setup = bytes(context.extradata or b"")
    if stream.type == AUDIO:
        if context.sample_rate not in SAMPLE_RATES or context.channels not in CHANNELS:
            raise MediaRefused(Refusal.CODEC, f"{context.channels} channels at {context.sample_rate} Hz")
        return Track(stream.index, codec, rate=context.sample_rate, channels=context.channels, setup=setup)
    if max(context.width, context.height) > limits.side_pixels:
        raise MediaRefused(Refusal.TOO_LARGE_DIMENSIONS, f"a side is longer than {limits.side_pixels} pixels")
    return Track(stream.index, codec, width=context.width, height=context.height, setup=setup)


def _probe_all(segments: Sequence[Path], limits: MediaLimits) -> tuple[list[tuple[Path, Probe]], list[Skipped]]:
    probed: list[tuple[Path, Probe]] = []
    refusals: list[tuple[int, MediaRefused]] = []
    for place, path in enumerate(segments):
        try:
            probed.append((path, probe(path, limits)))
        except (MediaRefused, FFmpegError) as problem:
            refusal = refusal_of(problem)
            if refusal is None or refusal.code is Refusal.MEMORY:
                raise
            refusals.append((place, refusal))
    if not probed:
        raise refusals[0][1] if refusals else MediaRefused(Refusal.EMPTY, "no segments")
    return probed, [Skipped(place, refusal.code) for place, refusal in refusals]


def _write_part(
    group: Sequence[tuple[Path, Probe]], stem: Path, starts_at_ms: int, limits: MediaLimits
) -> tuple[Part, bool]:
    """Return the file made of segments that fit together, and whether every packet went into it."""
    templates = {kind: (path, facts.tracks[kind]) for path, facts in reversed(group) for kind in facts.tracks}
    tracks = {kind: track for kind, (_, track) in templates.items()}
    video, audio = tracks.get(VIDEO), tracks.get(AUDIO)
    codecs = (video.codec if video else None, audio.codec if audio else None)
    container = choose_container(*codecs, group[0][1].container)
    path = stem.with_suffix(SUFFIXES[container])
    muxer, options = MUXERS[container]
    start_us = 0
    with ExitStack() as stack:
        out = stack.enter_context(av.open(f"file:{path}", "w", format=muxer, options=options | {"fflags": "+bitexact"}))
        outputs = {}
        for kind, (source, track) in sorted(templates.items(), reverse=True):
            template = stack.enter_context(_Segment(source, limits)).source.streams[track.index]
            outputs[kind] = out.add_stream_from_template(template, opaque=True)
            if (container, track.codec) == (Container.MP4, "hevc"):
                outputs[kind].codec_context.codec_tag = "hvc1"  # The only name under which Safari plays it.
        out.start_encoding()
        copier = _Copier(out, outputs)
        for source, facts in group:
            copier.copy(source, facts, start_us, limits)
            start_us += facts.duration_ms * 1000
    part = Part(
        path=path, container=container, duration_ms=start_us // 1000, starts_at_ms=starts_at_ms,
        video_codec=codecs[0], audio_codec=codecs[1], width=video.width if video else None,
        height=video.height if video else None, seams_ms=tuple(copier.sound_begins_ms[1:]),
    )
    return part, copier.lost == 0


class _Copier:
    """Puts packets of one segment after another into a file, each at its place in time."""

    def __init__(self, out: av.container.OutputContainer, outputs: dict[str, Any]):
        self.out = out
        self.outputs = outputs
        self.clocks = {kind: OutputClock(stream.time_base) for kind, stream in outputs.items()}
        self.lost = 0
        self.sound_begins_ms: list[int] = []
        """For each segment with sound, when its first sound comes in the file."""

    def copy(self, path: Path, facts: Probe, start_us: int, limits: MediaLimits) -> None:
        """Copy every packet of the tracks that are kept. One that the muxer refuses is counted and passed over."""
        shift = start_us + facts.shift_us
        made_up = (time + shift for time in facts.decode_times_us)
        awaits_sound = True
        with _Segment(path, limits) as segment:
            for kind, packet, time in segment.packets():
                if kind not in facts.tracks:
                    continue
                moment = Moment(packet.pts, packet.dts, packet.duration or 0, packet.time_base)
                moved = self.clocks[kind].move(moment, time + shift, next(made_up, None) if kind == VIDEO else None)
                packet.stream, packet.time_base = self.outputs[kind], moved.base
                packet.pts, packet.dts, packet.duration = moved.shown, moved.decoded, moved.duration
                if kind == AUDIO and awaits_sound and moved.shown is not None:
                    awaits_sound = False
                    self.sound_begins_ms.append(rescale(moved.shown, moved.base, MILLISECOND))
                try:
                    self.out.mux(packet)
                except FFmpegError as problem:
                    if problem.errno in OURS or problem.errno == errno.ENOMEM:
                        raise
                    self.lost += 1


def _decode_part(part: Part, tape: Tape) -> None:
    sound = SoundLine(tape, part.starts_at_ms, lambda: av.AudioResampler("flt", "mono", SAMPLE_RATE))
    with part.path.open("rb") as file:
        source, _ = _open(file, part.container)
        with source:
            stream = source.streams.audio[0]
            seams = list(part.seams_ms)
            for packet in source.demux(stream):
                if seams and packet.pts is not None and rescale(packet.pts, packet.time_base, MILLISECOND) >= seams[0]:
                    seams.pop(0)
                    stream.codec_context.flush_buffers()
                    sound.begin_segment()
                try:
                    frames = packet.decode()
                except FFmpegError as problem:
                    if problem.errno == errno.ENOMEM:
                        raise
                    continue
                for frame in frames:
                    if frame.sample_rate in SAMPLE_RATES:
                        sound.add(frame)
    sound.flush()
