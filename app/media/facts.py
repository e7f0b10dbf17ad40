"""Requests, results, limits and refusals of reading media, as values. Pure: reads no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from app.media.kinds import Container, content_type

VIDEO, AUDIO = "video", "audio"
SOUND = "sound"
"""Name of the file with only the sound."""
ORIGINAL = "original"
"""Name of copies of the original recording, before their number, if it was encoded again."""
SAMPLE_RATE = 16_000
"""Samples per second of decoded sound, as Whisper needs them."""
SAMPLE_BYTES = 2
"""Bytes per sample. A quarter of an hour takes 30 MB, half of the decoder's output."""


class Refusal(StrEnum):
    """Why a recording was refused: a closed list. The database and the log use the same names."""

    EMPTY = "empty"
    NOT_MEDIA = "not_media"
    TOO_LONG = "too_long"
    TOO_LARGE_DIMENSIONS = "too_large_dimensions"
    TOO_MANY_STREAMS = "too_many_streams"
    CODEC = "codec"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    TOO_COSTLY = "too_costly"
    DAMAGED = "damaged"


class Way(StrEnum):
    """How to make files from the segments of a take."""

    COPY = "copy"
    """Copy into one file that every browser plays; raises NeedsEncodingError if that is impossible."""
    ENCODE = "encode"
    """One file that every browser plays, encoded again."""
    LOOK = "look"
    """Nothing: the first bytes of one file say what is in it."""
    COPY_ANYWAY = "copy anyway"
    """Copy into as few files as possible, even if not every browser plays them. For recordings that cannot be encoded."""


class MediaRefusedError(Exception):
    """The recording itself is the cause, so a retry would give the same result. It was not deleted."""

    def __init__(self, code: str, message: str):
        self.code = Refusal(code)
        self.message = message
        super().__init__(f"{self.code}: {message}")


class NotMediaError(MediaRefusedError):
    """The first bytes match no accepted kind of file."""

    def __init__(self, message: str = "not a kind of recording that is accepted"):
        super().__init__(Refusal.NOT_MEDIA, message)


class NeedsEncodingError(Exception):
    """The recording cannot be copied into one file that every browser plays."""


class NoAudioError(Exception):
    """No sound: no audio track, or none that can be decoded. Normal for a signed answer."""


@dataclass(frozen=True, slots=True)
class MediaBudget:
    """Limits for reading one recording. Durations are seconds of the recording unless stated otherwise."""

    duration_seconds: int = 4 * 3600
    side_pixels: int = 8192
    pixels: int = 8192 * 4608
    """Pixels of one decoded picture, independent of the container's header. 8K has 33 million."""
    encoded_pixels: int = 4096 * 2304
    """Pixels of one picture that is decoded for encoding. 4K has 8.3 million. Larger recordings are copied unchanged."""
    streams: int = 16
    packets_a_second: int = 1000
    """Packets per second of the recording. Opus has at most 400, a phone's slow motion 240."""
    spare_packets: int = 5000
    """Packets that even the shortest recording may have."""
    memory_bytes: int = 768 * 1024 * 1024
    """Address space of the child; its own code and libraries are 130 MB of it."""
    cpu_seconds: int = 600
    wall_seconds: int = 840


MARGIN_SECONDS = 30 * 60


def limits_for(recording_seconds: int | None) -> MediaBudget:
    """Return the limits for the recording of a take with this recording limit in seconds; None means unlimited.

    Twice its own limit, and at least half an hour, so that recorders that overran and files made elsewhere are kept whole.
    Longer recordings are no answers to a question of this length, and would cost hours of processor time.
    """
    limits = MediaBudget()
    if recording_seconds is None:
        return limits
    longest = recording_seconds + max(recording_seconds, MARGIN_SECONDS)
    return replace(limits, duration_seconds=min(longest, limits.duration_seconds))


def encoding_limits(limits: MediaBudget) -> MediaBudget:
    """Return the limits for encoding a recording again. `encoding` lowers them for short recordings."""
    return replace(
        limits, cpu_seconds=3 * limits.duration_seconds + 300, wall_seconds=6 * limits.duration_seconds + 600
    )


@dataclass(frozen=True, slots=True)
class Track:
    """One audio or video track that is kept. Two tracks that are `alike` can be joined in one file."""

    index: int
    codec: str
    width: int | None = None
    height: int | None = None
    rate: int | None = None
    channels: int | None = None
    setup: bytes = b""
    """The decoder's set-up (extradata)."""
    rotation: int = 0
    """Rotation of the pictures in degrees, from the file."""

    def is_alike(self, other: Track) -> bool:
        """Whether one decoder with one set-up can play both.

        VP8, VP9 and AV1 carry their size in every key frame, and an Opus packet says itself whether it is mono
        (RFC 7845, 5.1.1); the others rely on the set-up in the header, so it must be the same to the byte.
        """
        if (self.codec, self.rotation) != (other.codec, other.rotation):
            return False
        if self.codec in ("vp8", "vp9", "av1", "opus"):
            return True
        return (self.rate, self.channels, self.setup) == (other.rate, other.channels, other.setup)


@dataclass(frozen=True, slots=True)
class Probe:
    """Facts about one segment, from reading all of its packets. So the duration is measured, not taken from the header."""

    container: Container
    duration_ms: int
    tracks: dict[str, Track]
    """Tracks by kind, "video" and "audio", without empty tracks."""
    is_intact: bool
    """False: the file itself shows that something is missing. True proves nothing; checksums do."""
    shift_us: int
    """The shift of all times so that it starts at 0, in microseconds."""
    decode_times_us: tuple[int, ...] = ()
    """Decode times of the video packets, computed if the file has none (Matroska with B-frames)."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file that plays and seeks. It starts at `starts_at_ms` of the take."""

    path: Path
    container: Container
    duration_ms: int
    starts_at_ms: int
    video_codec: str | None
    audio_codec: str | None
    width: int | None
    height: int | None
    seams_ms: tuple[int, ...] = ()
    """Times in the part at which the sound of the second and later segments starts: the decoder has to restart there."""

    @property
    def codecs(self) -> str:
        """The codecs of its picture and its sound."""
        return ", ".join(filter(None, (self.video_codec, self.audio_codec)))

    @property
    def content_type(self) -> str:
        """The media type for serving it, which depends on whether it has a picture."""
        return content_type(self.container, has_video=self.video_codec is not None)


@dataclass(frozen=True, slots=True)
class Look:
    """What the beginning of a file says of it."""

    codecs: str
    plays_everywhere: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A segment without usable content: its index, from 0, and the reason."""

    segment: int
    code: Refusal


@dataclass(frozen=True, slots=True)
class Remuxed:
    """The result for the segments of one take: one part, or several if sessions cannot share a file.

    Parts are several only when a take was begun with one recorder and continued with another that speaks another codec
    (a laptop's WebM, then a phone's MP4), and it was not possible to encode all of it again into one.
    """

    parts: tuple[MediaFile, ...]
    skipped: tuple[Skipped, ...]
    complete: bool
    """False: something is known to be missing. True proves nothing; checksums do."""
    sound: Path | None = None
    """The sound of the longest part; None if it has no picture or no sound."""
    originals: tuple[Path, ...] = ()
    """If the part was encoded: copies of the original packets, for download."""
    plays_everywhere: bool = True
    """Whether every browser plays it; otherwise it was copied unchanged."""

    @property
    def path(self) -> Path:
        """The file, if there is only one. Raises ValueError if there are several: use `parts`."""
        return self.only.path

    @property
    def only(self) -> MediaFile:
        """The only part. Raises ValueError if there are several, so that none is forgotten."""
        if len(self.parts) != 1:
            raise ValueError("this recording has several parts")
        return self.parts[0]

    @property
    def content_type(self) -> str:
        """The media type of the one file."""
        return self.only.content_type

    @property
    def duration_ms(self) -> int:
        """Milliseconds of all parts together."""
        return sum(part.duration_ms for part in self.parts)

    @property
    def has_video(self) -> bool:
        """Whether there is anything to see."""
        return any(part.video_codec for part in self.parts)

    @property
    def has_audio(self) -> bool:
        """Whether there is an audio track, which perhaps cannot be decoded."""
        return any(part.audio_codec for part in self.parts)

    @property
    def width(self) -> int | None:
        """Pixels of the first picture, before any rotation that the file asks for."""
        return next((part.width for part in self.parts if part.width), None)

    @property
    def height(self) -> int | None:
        """Pixels of the first picture, before any rotation that the file asks for."""
        return next((part.height for part in self.parts if part.height), None)


def group_alike(probed: Sequence[tuple[Path, Probe]]) -> list[list[tuple[Path, Probe]]]:
    """Return the segments in order, grouped by which can be joined in one file.

    A session without a picture follows one with a picture: the picture pauses.
    """
    groups: list[list[tuple[Path, Probe]]] = []
    tracks: dict[str, Track] = {}
    for path, facts in probed:
        shared = tracks.keys() & facts.tracks.keys()
        if shared and all(tracks[kind].is_alike(facts.tracks[kind]) for kind in shared):
            groups[-1].append((path, facts))
            tracks = facts.tracks | tracks
        else:
            groups.append([(path, facts)])
            tracks = facts.tracks
    return groups
