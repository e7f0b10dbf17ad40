"""What is asked and found out about a recording, what it may cost, and why one is refused. Pure: no file is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from app.media.kinds import Container, content_type

VIDEO, AUDIO = "video", "audio"
SOUND = "sound"
"""What the file is called that holds the sound alone."""
ORIGINAL = "original"
"""What copies of what was recorded are called, before their number, where it was encoded again."""
SAMPLE_RATE = 16_000
"""Samples a second of decoded sound: what Whisper listens to."""
SAMPLE_BYTES = 2
"""Bytes of each. A recording is 30 MB a quarter of an hour so, half of what its decoder gives."""


class Refusal(StrEnum):
    """Why a recording was refused: a closed list, the same words in the database and in the log."""

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
    """What is made of the segments of a take."""

    COPY = "copy"
    """One file that every browser plays; NeedsEncoding where copying does not make one."""
    ENCODE = "encode"
    """One file that every browser plays, encoded again."""
    LOOK = "look"
    """Nothing: the first bytes of one file say what is in it."""
    COPY_ANYWAY = "copy anyway"
    """As few files as copying makes, whether or not every browser plays them: for what cannot be encoded again."""


class MediaRefused(Exception):
    """Trying again would end the same way: it is the recording. Nothing of it was removed."""

    def __init__(self, code: str, message: str):
        self.code = Refusal(code)
        self.message = message
        super().__init__(f"{self.code}: {message}")


class NotMedia(MediaRefused):
    """The bytes begin like none of the kinds of file that are accepted."""

    def __init__(self, message: str = "not a kind of recording that is accepted"):
        super().__init__(Refusal.NOT_MEDIA, message)


class NeedsEncoding(Exception):
    """What was recorded cannot be copied into one file that every browser plays."""


class NoAudio(Exception):
    """There is nothing to hear: no audio track, or none that can be decoded. A signed answer may be like this."""


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What one recording may cost. Durations are seconds of the recording, or of the machine where it says so."""

    duration_seconds: int = 4 * 3600
    side_pixels: int = 8192
    pixels: int = 8192 * 4608
    """Of one picture as it is decoded, whatever the container's header says. A phone's 8K has 33 million."""
    encoded_pixels: int = 4096 * 2304
    """Of one picture that is decoded to be encoded again; a phone's 4K has 8.3 million. Larger ones stay as they are."""
    streams: int = 16
    packets_a_second: int = 1000
    """Packets for each second of the recording. Opus has 400 at most, a phone's slow motion 240."""
    spare_packets: int = 5000
    """Packets that any recording may have, however short it is."""
    memory_bytes: int = 768 * 1024 * 1024
    """Address space of the child; its own code and libraries are 130 MB of it."""
    cpu_seconds: int = 600
    wall_seconds: int = 840


MARGIN_SECONDS = 30 * 60


def limits_for(recording_seconds: int | None) -> MediaLimits:
    """Return what the recording of a take may cost whose limit is so many seconds; None is no limit.

    Its own limit again, and half an hour at least: a recorder that overran, or a file that was made before, is kept
    whole. What is longer than that answers no question of this length, and hours of it cost hours of the processor.
    """
    limits = MediaLimits()
    if recording_seconds is None:
        return limits
    longest = recording_seconds + max(recording_seconds, MARGIN_SECONDS)
    return replace(limits, duration_seconds=min(longest, limits.duration_seconds))


def encoding_limits(limits: MediaLimits) -> MediaLimits:
    """Return what it may cost to encode a recording again. `encoding` allows a short one less."""
    return replace(
        limits, cpu_seconds=3 * limits.duration_seconds + 300, wall_seconds=6 * limits.duration_seconds + 600
    )


@dataclass(frozen=True, slots=True)
class Track:
    """One audio or video track that is kept. Two tracks that are `alike` can follow one another in one file."""

    index: int
    codec: str
    width: int | None = None
    height: int | None = None
    rate: int | None = None
    channels: int | None = None
    setup: bytes = b""
    """The decoder's set-up (extradata)."""
    rotation: int = 0
    """By how many degrees the file asks its pictures to be turned."""

    def is_alike(self, other: Track) -> bool:
        """Whether one decoder, set up once, plays both.

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
    """What one segment is. Found by reading all of its packets, so the duration is measured and never believed."""

    container: Container
    duration_ms: int
    tracks: dict[str, Track]
    """By kind, "video" and "audio"; a track without a packet is not among them."""
    is_intact: bool
    """False: the file itself shows that something is missing. True proves nothing; checksums do."""
    shift_us: int
    """By how much all of it moves so that it begins at 0, microseconds."""
    decode_times_us: tuple[int, ...] = ()
    """Decode times of the video packets, made up where a file has none (Matroska with B-frames)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file that plays and seeks. It begins at `starts_at_ms` of the take."""

    path: Path
    container: Container
    duration_ms: int
    starts_at_ms: int
    video_codec: str | None
    audio_codec: str | None
    width: int | None
    height: int | None
    seams_ms: tuple[int, ...] = ()
    """Where in the part the sound of the second and later segments begins: there a decoder has to start afresh."""

    @property
    def codecs(self) -> str:
        """The codecs of its picture and its sound."""
        return ", ".join(filter(None, (self.video_codec, self.audio_codec)))

    @property
    def content_type(self) -> str:
        """The media type to serve it with; it says whether there is a picture."""
        return content_type(self.container, has_video=self.video_codec is not None)


@dataclass(frozen=True, slots=True)
class Look:
    """What the beginning of a file says of it."""

    codecs: str
    plays_everywhere: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A segment in which there was nothing to keep: its place among the segments, from 0, and why."""

    segment: int
    code: Refusal


@dataclass(frozen=True, slots=True)
class Remuxed:
    """What came of the segments of one take: one part, or several where sessions cannot share a file.

    Parts are several only when a take was begun with one recorder and continued with another that speaks another codec
    (a laptop's WebM, then a phone's MP4), and it was not possible to encode all of it again into one.
    """

    parts: tuple[Part, ...]
    skipped: tuple[Skipped, ...]
    complete: bool
    """False: something is known to be missing. True proves nothing; checksums do."""
    sound: Path | None = None
    """The longest part without its picture; None where it has no picture, or no sound."""
    originals: tuple[Path, ...] = ()
    """Where the part was encoded again: what was recorded, its packets copied, for those who want it as it was."""
    plays_everywhere: bool = True
    """Whether every browser plays it; else it was copied as it is."""

    @property
    def path(self) -> Path:
        """The file, where there is one. Raises ValueError where there are several: use `parts`."""
        return self.only.path

    @property
    def only(self) -> Part:
        """The one part. Raises ValueError where there are several, so that none is forgotten."""
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
        """Whether there is an audio track; whether it can be decoded is another question."""
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
    """Return the segments in order, put together where they can follow one another in one file.

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
