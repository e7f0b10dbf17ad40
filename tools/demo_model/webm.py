"""Write media as a browser records it: live WebM without a duration or cues, and the file of a fake camera."""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np

from tools.demo_model.utterances import SAMPLE_RATE

_OPUS_RATE = 48_000
_OPUS_FRAME = 960  # 20 ms, as browsers use

# "live" leaves out values that a recorder cannot know in advance; "bitexact" leaves out random ids and program names.
_LIVE = {"live": "1", "cluster_time_limit": "1000", "fflags": "+bitexact"}


def write_live_webm(
    target: Path | io.BytesIO,
    sound: np.ndarray,
    pictures: Iterable[np.ndarray] = (),
    rate: int = 15,
    video_bits: int = 50_000,
    audio_bits: int = 32_000,
) -> None:
    """Write int16 sound at 16 kHz as Opus, and pictures (uint8, all of one size) at `rate` per second as VP8.

    `video_bits` and `audio_bits` are bits per second. Without pictures, the file has only sound.
    """
    file = str(target) if isinstance(target, Path) else target
    frames = iter(pictures)
    first = next(frames, None)
    with av.open(file, "w", format="webm", options=_LIVE) as container:
        packets = []
        if first is not None:
            film = container.add_stream("libvpx", rate=rate, options={"deadline": "good", "cpu-used": "2", "g": "150"})
            film.width, film.height, film.pix_fmt = first.shape[1], first.shape[0], "yuv420p"
            film.bit_rate, film.thread_count = video_bits, 1
            packets.append(_film_packets(film, chain([first], frames), rate))
        voice = container.add_stream("libopus", rate=_OPUS_RATE, layout="mono", options={"application": "audio"})
        voice.bit_rate = audio_bits
        packets.append(_voice_packets(voice, sound))
        for packet in heapq.merge(*packets, key=lambda packet: float(packet.pts * packet.time_base)):
            container.mux(packet)


def write_camera(path: Path, pictures: Iterable[np.ndarray], rate: int = 10) -> None:
    """Write pictures as Motion JPEG, which Chromium plays in a loop with --use-file-for-fake-video-capture."""
    with av.open(str(path), "w", format="mjpeg", options={"fflags": "+bitexact"}) as container:
        film = None
        for picture in pictures:
            if film is None:
                film = container.add_stream("mjpeg", rate=rate, options={"qmin": "4", "qmax": "4"})
                film.width, film.height, film.pix_fmt = picture.shape[1], picture.shape[0], "yuvj420p"
            container.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        if film is not None:
            container.mux(film.encode(None))


def through_opus(sound: np.ndarray, bits: int) -> np.ndarray:
    """Return int16 sound at 16 kHz after Opus coding at `bits` per second. Samples keep their positions."""
    recorded = io.BytesIO()
    write_live_webm(recorded, sound, audio_bits=bits)
    recorded.seek(0)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    with av.open(recorded, "r") as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    heard = np.concatenate([part.to_ndarray()[0] for part in (*parts, *resampler.resample(None))])
    return np.pad(heard, (0, max(0, len(sound) - len(heard))))[: len(sound)]


def _film_packets(stream: av.VideoStream, pictures: Iterable[np.ndarray], rate: int) -> Iterator[av.Packet]:
    """Yield the encoded packets of pictures, ordered by time."""
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _voice_packets(stream: av.AudioStream, sound: np.ndarray) -> Iterator[av.Packet]:
    """Yield the encoded packets of sound, ordered by time."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_OPUS_RATE, frame_size=_OPUS_FRAME)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.int16)[None, :], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        yield from stream.encode(part)
    yield from stream.encode(None)
