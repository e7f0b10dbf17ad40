"""Makes recordings like those of browsers: live WebM without duration or index, and fragmented MP4.

The sound is a tone of 0.1 s at every full second, so that tests can check times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

RATE = 48_000
FRAMES_PER_SECOND = 15
BEEP_SECONDS = 0.1
LIVE = {"live": "1"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
QUICKLY = {
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none"},
    "vorbis": {"strict": "-2"},
}


@dataclass(frozen=True)
class Recipe:
    """The settings for one kind of recording."""

    muxer: str
    video: str | None = None
    audio: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    channels: int = 1
    b_frames: int = 0
    rate: int = RATE


def _recipe(muxer: str, video: str | None, audio: str | None, options: dict[str, str], **more: int) -> Recipe:
    return Recipe(muxer, video, audio, tuple(options.items()), **more)


RECIPES = {
    "vp8.webm": _recipe("webm", "libvpx", "libopus", LIVE),
    "vp9.webm": _recipe("webm", "libvpx-vp9", "libopus", LIVE),
    "av1.webm": _recipe("webm", "libsvtav1", "libopus", LIVE),
    "h264.webm": _recipe("matroska", "libx264", "libopus", LIVE),
    "silent.webm": _recipe("webm", "libvpx", None, LIVE),
    "opus.webm": _recipe("webm", None, "libopus", LIVE),
    "vorbis.webm": _recipe("webm", None, "vorbis", LIVE, channels=2),
    "pcm.webm": _recipe("matroska", None, "pcm_f32le", LIVE),
    "h264.mp4": _recipe("mp4", "libx264", "aac", FRAGMENTED),
    "phone.mp4": _recipe("mp4", "libx264", "aac", {}, b_frames=2, channels=2),
    "phone.mov": _recipe("mov", "libx265", "aac", {}),
    "vp9.mp4": _recipe("mp4", "libvpx-vp9", "libopus", FRAGMENTED),
    "memo.m4a": _recipe("mp4", None, "aac", {}),
    "opus.ogg": _recipe("ogg", None, "libopus", {}),
    "desk.mkv": _recipe("matroska", "libx264", "aac", {}, b_frames=2),
    "dictated.mp3": _recipe("mp3", None, "libmp3lame", {}),
    "dictated.wav": _recipe("wav", None, "pcm_s16le", {}),
}
"""A recipe for every kind of file that can be copied without encoding, by file name."""
FOREIGN = {
    "lossless.m4a": _recipe("ipod", None, "alac", {}),
    "lossless.caf": _recipe("caf", None, "alac", {}),
    "linear.caf": _recipe("caf", None, "pcm_s16be", {}),
    "voice.aac": _recipe("adts", None, "aac", {}),
    "voice.amr": _recipe("amr", None, "libopencore_amrnb", {}, rate=8000),
    "voice.3gp": _recipe("3gp", None, "libopencore_amrnb", {}, rate=8000),
    "film.3gp": _recipe("3gp", "h263", "libopencore_amrnb", {}, rate=8000),
    "part 2.3gp": _recipe("3gp", "mpeg4", "aac", {}),
    "dictated.flac": _recipe("flac", None, "flac", {}),
    "dictated.aiff": _recipe("aiff", None, "pcm_s16be", {}, channels=2),
    "wide.aiff": _recipe("aiff", None, "pcm_s24be", {}),
    "adpcm_ms.wav": _recipe("wav", None, "adpcm_ms", {}),
    "adpcm_ima.wav": _recipe("wav", None, "adpcm_ima_wav", {}),
    "mu-law.wav": _recipe("wav", None, "pcm_mulaw", {}, rate=8000),
    "a-law.wav": _recipe("wav", None, "pcm_alaw", {}, rate=8000),
    "8 bit.wav": _recipe("wav", None, "pcm_u8", {}),
    "32 bit.wav": _recipe("wav", None, "pcm_s32le", {}),
    "64 bit.wav": _recipe("wav", None, "pcm_f64le", {}),
    "motion.avi": _recipe("avi", "mjpeg", "pcm_u8", {}),
    "camera.avi": _recipe("avi", "mpeg4", "libmp3lame", {}),
    "bidirectional.avi": _recipe("avi", "mpeg4", "pcm_s16le", {}, b_frames=2),
    "lossless.mov": _recipe("mov", "libx264", "alac", {}),
}
"""A recipe for every kind of file that is accepted but must be encoded, except HEVC, AV1 and unusual pairs of codecs.
"""


def record(
    path: Path,
    kind: str | None = None,
    seconds: float = 2.0,
    *,
    size: tuple[int, int] = (160, 120),
    channels: int | None = None,
    frame_times: Sequence[float] | None = None,
    starts_at: float = 0.0,
    sound_from: float = 0.0,
    rotation: int = 0,
) -> Path:
    """Write a recording to `path` and return the path. `kind` is a key of RECIPES or FOREIGN, by default the file name.

    Times are in seconds. `frame_times` are the times of the frames (by default 15 a second), `starts_at` is the first
    timestamp of the recorder's clock, and `sound_from` is when the sound begins.
    """
    recipe = (RECIPES | FOREIGN)[kind or path.name]
    times = frame_times if frame_times is not None else np.arange(0, seconds, 1 / FRAMES_PER_SECOND)
    with av.open(str(path), "w", format=recipe.muxer, options=dict(recipe.options)) as out:
        video = _add_video(out, recipe, size, rotation) if recipe.video else None
        audio = _add_audio(out, recipe, channels or recipe.channels) if recipe.audio else None
        timed: list[tuple[float, Any, Any]] = []
        if video is not None:
            timed += [(time, video, _picture(time, starts_at, size)) for time in times]
        if audio is not None:
            timed += [(time, audio, frame) for time, frame in _sound(seconds, starts_at, sound_from, audio)]
        for _, stream, frame in sorted(timed, key=lambda entry: entry[0]):
            out.mux(stream.encode(frame))
        for stream in (video, audio):
            if stream is not None:
                out.mux(stream.encode(None))
    return path


def packets(path: Path, kind: str | None = None) -> dict[str, list[str]]:
    """Return a hash of each packet's payload in order, for "video" and "audio" or only for `kind`."""
    found: dict[str, list[str]] = {}
    with av.open(str(path)) as source:
        for packet in source.demux():
            if packet.size and packet.stream.type in ("video", "audio") and kind in (None, packet.stream.type):
                found.setdefault(packet.stream.type, []).append(hashlib.sha256(bytes(packet)).hexdigest())
    return found


def times(path: Path, kind: str) -> list[float]:
    """Return the presentation times of all packets of one kind, in seconds."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0] if kind == "video" else source.streams.audio[0]
        return [float(packet.pts * packet.time_base) for packet in source.demux(stream) if packet.pts is not None]


def beeps(samples: np.ndarray[Any, Any], rate: int = 16_000) -> list[float]:
    """Return the start times of the tones in seconds, rounded to 0.01. A tone within the first 20 ms starts at 0."""
    step = rate // 100
    loud = np.abs(samples[: len(samples) // step * step].reshape(-1, step)).max(axis=1) > 0.1
    loud[:2] = loud[:2].any()
    return [place / 100 for place in np.flatnonzero(loud & ~np.append(False, loud[:-1]))]


def opus_silence(path: Path, seconds: float, *, starts_at: float = 0.0) -> Path:
    """Write a small file with `seconds` of silence: Opus packets of one byte and 120 ms each (RFC 6716, section 3.2)."""
    with av.open(str(path), "w", format="webm", options=LIVE) as out:
        stream = out.add_stream("libopus", rate=RATE, layout="mono")
        for number in range(int(seconds / 0.12)):
            packet = av.Packet(b"\x19")
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = round(starts_at * 1000) + number * 120
            packet.duration = 120
            out.mux(packet)
    return path


def _add_video(out: Any, recipe: Recipe, size: tuple[int, int], rotation: int) -> Any:
    stream = out.add_stream(recipe.video, rate=FRAMES_PER_SECOND, options=QUICKLY.get(str(recipe.video), {}))
    stream.width, stream.height = size
    stream.pix_fmt = "yuvj420p" if recipe.video == "mjpeg" else "yuv420p"
    stream.gop_size = FRAMES_PER_SECOND
    stream.codec_context.max_b_frames = recipe.b_frames
    stream.codec_context.time_base = Fraction(1, 1000)
    if rotation:
        stream.set_display_rotation(rotation)
    return stream


def _add_audio(out: Any, recipe: Recipe, channels: int) -> Any:
    layout = "mono" if channels == 1 else "stereo"
    return out.add_stream(recipe.audio, rate=recipe.rate, layout=layout, options=QUICKLY.get(str(recipe.audio), {}))


def _picture(time: float, starts_at: float, size: tuple[int, int]) -> av.VideoFrame:
    width, height = size
    image = np.full((height * 3 // 2, width), 128, np.uint8)
    image[:height, int(time * 40) % width :] = 220
    frame = av.VideoFrame.from_ndarray(image, "yuv420p")
    frame.pts, frame.time_base = round((starts_at + time) * 1000), Fraction(1, 1000)
    return frame


def _sound(seconds: float, starts_at: float, sound_from: float, stream: Any) -> Iterator[tuple[float, av.AudioFrame]]:
    kind, layout = stream.codec_context.format, stream.codec_context.layout
    at = np.arange(int(seconds * RATE)) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 440 * at) * (at % 1.0 < BEEP_SECONDS)
    resampler = av.AudioResampler(kind, layout, stream.codec_context.sample_rate)
    for start in range(int(sound_from * RATE), len(tone), 960):
        piece = tone[start : start + 960].astype(np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, "flt", "mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = start + round(starts_at * RATE)
        for converted in resampler.resample(frame):
            yield start / RATE, converted


def pictures(path: Path) -> tuple[str, bytes, list[bytes]]:
    """Return the video codec, its setup data, and the bytes of each video packet."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        context = stream.codec_context
        found = [bytes(packet) for packet in source.demux(stream) if packet.size]
        return str(context.codec.canonical_name), bytes(context.extradata or b""), found
