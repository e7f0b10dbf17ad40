"""Write an encoded recording with PyAV: VP9 and Opus in WebM. For the child of `sandbox`.

docs/decisions/006-encoding-again.md gives the reasons for these formats. Sound is written without gaps: gaps in the
recording become silence, so that picture and sound stay in sync in every player.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from app.media.facts import AUDIO, VIDEO
from app.media.kinds import CONTINUOUS, Container
from app.media.pictures import Size
from app.media.reading import SAMPLE_RATES, OpenedSegment
from app.media.timeline import MICROSECOND, MILLISECOND, PacketTimes, TimeScale, rescale
from app.media.writing import Output

RATE = 48_000
"""Samples per second of Opus."""
SAMPLE = Fraction(1, RATE)
SAMPLE_BYTES = 4
FRAMES_A_SECOND = 30
KEY_FRAME_US = 4_000_000
"""Distance between key frames in microseconds. A player can seek directly to key frames."""
MAX_DRIFT = RATE * 40 // 1000
"""Maximum distance (40 ms, in samples) of sound from the position in its timestamp. Beyond it, the sound is moved."""
PIECE = RATE // 2
"""Number of samples that are encoded at once."""
BITS_A_PIXEL = 0.07
MIN_BITS_A_SECOND = 300_000
VP9 = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "lag-in-frames": "0"}


class WebmWriter:
    """The WebM file being written, and a second file with only its sound."""

    def __init__(self, path: Path, frame: Size | None, sound: Path | None, channels: int):
        self.pictures = self.sounds = 0
        """Number of video and audio packets written."""
        self._frame = frame
        self._has_sound = channels > 0
        self._outputs = [Output(path, Container.WEBM)]
        if sound is not None:
            self._outputs.append(Output(sound, Container.WEBM))
        if frame is not None:
            self._picture = self._add_pictures(frame)
        self._sound = [_add_sound(output, channels) for output in self._outputs if channels]
        for output in self._outputs:
            output.start()
        self._last_picture_us = self._last_key_us = -KEY_FRAME_US

    def __enter__(self) -> WebmWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            if self._frame is not None:
                self._put(VIDEO, self._picture.encode(None))
            if self._has_sound:
                self._put(AUDIO, self._sound[0].encode(None))
        for output in self._outputs:
            output.close()

    def wants_picture(self, time_us: int) -> bool:
        """Return whether enough time has passed since the last picture. The caller drops pictures beyond 30 per second."""
        return time_us - self._last_picture_us >= 900_000 // FRAMES_A_SECOND

    def add_picture(self, picture: av.VideoFrame, time_us: int) -> None:
        """Write a picture that is shown from `time_us` (microseconds). The picture must already have the frame size of the file."""
        picture.pts, picture.time_base = time_us // 1000, MILLISECOND
        is_key = time_us - self._last_key_us >= KEY_FRAME_US
        picture.pict_type = av.video.frame.PictureType.I if is_key else av.video.frame.PictureType.NONE
        self._last_picture_us = time_us
        if is_key:
            self._last_key_us = time_us
        self._put(VIDEO, self._picture.encode(picture))

    def add_sound(self, frame: av.AudioFrame) -> None:
        """Encode and write a frame of samples."""
        self._put(AUDIO, self._sound[0].encode(frame))

    def _add_pictures(self, frame: Size) -> Any:
        stream = self._outputs[0].add_encoder(VIDEO, "libvpx-vp9", FRAMES_A_SECOND, VP9)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
        bits = int(frame.width * frame.height * FRAMES_A_SECOND * BITS_A_PIXEL)
        context = stream.codec_context
        context.bit_rate = max(bits, MIN_BITS_A_SECOND)
        context.time_base, context.thread_count = MILLISECOND, 2
        context.gop_size = FRAMES_A_SECOND * KEY_FRAME_US // 1_000_000 * 2
        return stream

    def _put(self, kind: str, packets: Iterable[Any]) -> None:
        for packet in packets:
            moment = PacketTimes(packet.pts, packet.dts, packet.duration or 0, packet.time_base)
            for output in self._outputs if kind == AUDIO else self._outputs[:1]:
                output.put(kind, packet, moment)
            self.pictures += kind == VIDEO
            self.sounds += kind == AUDIO


class SoundTrack:
    """The sound of a file. It is added one recorder session after another, resampled, and placed by its times."""

    def __init__(self, writer: WebmWriter, channels: int):
        self.lost = 0
        self._writer, self._layout, self._channels = writer, "stereo" if channels > 1 else "mono", channels
        self._held = bytearray()
        self._written = 0
        """Number of samples encoded or buffered so far, counted from the start of the file."""
        self._resampler: Any = None
        self._shape: tuple[str, str, int] | None = None
        self._expected = 0.0
        self._ahead = 0
        """Number of samples to drop, because they overlap with samples already written."""

    def read(self, session: OpenedSegment, packet: Any, time_us: int) -> None:
        """Decode the next packet of a session at `time_us` (microseconds).

        Packets that cannot be decoded are counted in `lost`.
        """
        stream = session.source.streams[packet.stream_index]
        try:
            frames = stream.decode(packet)
        except FFmpegError as problem:
            if problem.errno == errno.ENOMEM:
                raise
            self.lost += 1
            return
        shift = 0 if packet.pts is None else time_us - TimeScale(session.bases[AUDIO], MICROSECOND)(packet.pts)
        for frame in frames:
            if frame.sample_rate in SAMPLE_RATES and frame.samples:
                at_us = time_us if frame.pts is None else rescale(frame.pts, frame.time_base, MICROSECOND) + shift
                is_next = self._shape is not None and session.container in CONTINUOUS
                self._add(frame, self._expected if is_next else at_us * RATE / 1_000_000)

    def end_session(self) -> None:
        """Write the resampler's remaining samples, because the next session comes from another recorder."""
        self._flush()
        self._shape = None

    def end(self) -> None:
        """Encode all remaining samples."""
        self._flush()
        self._encode(len(self._held) // self._sample_bytes)

    @property
    def _sample_bytes(self) -> int:
        return SAMPLE_BYTES * self._channels

    def _add(self, frame: Any, at: float) -> None:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._shape is None or shape != self._shape or abs(at - self._expected) > MAX_DRIFT:
            self._flush()
            self._resampler = av.AudioResampler("flt", self._layout, RATE)
            self._shape, self._expected = shape, at
            self._fill_until(round(at))
        self._expected += frame.samples * RATE / frame.sample_rate
        frame.pts = None
        self._take(self._resampler.resample(frame))

    def _fill_until(self, at: int) -> None:
        """Fill the gap before `at` with silence. If `at` is in the past, drop the overlapping samples."""
        self._ahead = max(self._written - at, 0)
        while self._written < at:
            count = min(at - self._written, PIECE)
            self._hold(bytes(count * self._sample_bytes))

    def _flush(self) -> None:
        if self._resampler is not None:
            self._take(self._resampler.resample(None))
            self._resampler = None

    def _take(self, frames: Iterable[Any]) -> None:
        for frame in frames:
            if frame is not None and frame.samples:
                samples = memoryview(frame.planes[0])[: frame.samples * self._sample_bytes]
                known = min(self._ahead, frame.samples)
                self._ahead -= known
                self._hold(samples[known * self._sample_bytes :])

    def _hold(self, samples: bytes | memoryview) -> None:
        self._held += samples
        self._written += len(samples) // self._sample_bytes
        while len(self._held) >= PIECE * self._sample_bytes:
            self._encode(PIECE)

    def _encode(self, count: int) -> None:
        if not count:
            return
        frame = av.AudioFrame("flt", self._layout, count)
        size = count * self._sample_bytes
        frame.planes[0].update(bytes(self._held[:size]).ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.time_base = RATE, SAMPLE
        frame.pts = self._written - len(self._held) // self._sample_bytes
        del self._held[:size]
        self._writer.add_sound(frame)


def _add_sound(output: Output, channels: int) -> Any:
    stream = output.add_encoder(AUDIO, "libopus", RATE, {}, layout="stereo" if channels > 1 else "mono")
    stream.codec_context.bit_rate = 64_000 if channels == 1 else 96_000
    return stream
