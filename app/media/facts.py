"""The values with which `app.media` is called and that it returns: requests, results, limits and refusals. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from app.media.kinds import Container, content_type

VIDEO, AUDIO = "video", "audio"
SOUND = "sound"
"""Base name of the file with only the sound."""
ORIGINAL = "original"
"""Base name of copies of an original recording that was encoded again, followed by a number."""
SAMPLE_RATE = 16_000
"""Samples per second of decoded sound, as Whisper requires."""
SAMPLE_BYTES = 2
"""Bytes per decoded sample. A quarter of an hour takes 30 MB, half as much as with 32-bit samples."""


class Refusal(StrEnum):
    """Reason for refusing a recording. The database and the log use these values."""

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


class Preparation(StrEnum):
    """What to do with the segments of a take."""

    COPY = "copy"
    """Copy packets into one file that every browser plays. Raises NeedsEncodingError if that is impossible."""
    ENCODE = "encode"
    """Encode into one file that every browser plays."""
    LOOK = "look"
    """Only inspect the first bytes of one file."""
    COPY_ANYWAY = "copy anyway"
    """Copy packets into as few files as possible, even if some browsers cannot play the files.

    For recordings that cannot be encoded.
    """


class MediaRefusedError(Exception):
    """The recording cannot be used because of its content, so a retry would fail too. The recording is not deleted."""

    def __init__(self, code: str, message: str):
        self.code = Refusal(code)
        self.message = message
        super().__init__(f"{self.code}: {message}")


class NotMediaError(MediaRefusedError):
    """The first bytes of the file match no accepted kind of file."""

    def __init__(self, message: str = "not a kind of recording that is accepted"):
        super().__init__(Refusal.NOT_MEDIA, message)


class NeedsEncodingError(Exception):
    """The recording cannot be copied into one file that every browser plays."""


class NoAudioError(Exception):
    """The recording has no audio track that can be decoded. Normal for an answer in sign language."""


@dataclass(frozen=True, slots=True)
class MediaBudget:
    """Limits for reading one recording. `cpu_seconds` and `wall_seconds` limit the time of the child process."""

    duration_seconds: int = 4 * 3600
    side_pixels: int = 8192
    pixels: int = 8192 * 4608
    """Maximum number of pixels in a picture, whatever the file's header says. 8K has 33 million."""
    encoded_pixels: int = 4096 * 2304
    """Maximum number of pixels in a picture that is encoded again. 4K has 8.3 million.

    Larger recordings are only copied.
    """
    streams: int = 16
    packets_a_second: int = 1000
    """Maximum number of packets per second of recording. Opus has at most 400, a phone's slow motion 240."""
    spare_packets: int = 5000
    """Number of packets that are allowed in addition, so that short recordings are not refused."""
    memory_bytes: int = 768 * 1024 * 1024
    """Address space of the child process, including 130 MB for its code and libraries."""
    cpu_seconds: int = 600
    wall_seconds: int = 840


MARGIN_SECONDS = 30 * 60


def limits_for(recording_seconds: int | None) -> MediaBudget:
    """Return the limits for the recording of a take, given the take's recording limit in seconds (None: unlimited).

    The recording may be twice as long as the limit, or half an hour longer than the limit if that is more. So
    recordings of recorders that ran too long, and files made elsewhere, are accepted. A longer recording cannot be an
    answer to the question, and would cost hours of processor time.
    """
    limits = MediaBudget()
    if recording_seconds is None:
        return limits
    longest = recording_seconds + max(recording_seconds, MARGIN_SECONDS)
    return replace(limits, duration_seconds=min(longest, limits.duration_seconds))


def encoding_limits(limits: MediaBudget) -> MediaBudget:
    """Return the limits for encoding a recording. `transcoding` lowers them further for short recordings."""
    return replace(
        limits, cpu_seconds=3 * limits.duration_seconds + 300, wall_seconds=6 * limits.duration_seconds + 600
    )


@dataclass(frozen=True, slots=True)
class Track:
    """An audio or video track that is used.

    Tracks for which `is_alike` is true can be joined in one file.
    """

    index: int
    codec: str
    width: int | None = None
    height: int | None = None
    rate: int | None = None
    channels: int | None = None
    setup: bytes = b""
    """The decoder's setup data (extradata)."""
    rotation: int = 0
    """Rotation of the pictures in degrees, as stated in the file."""

    def is_alike(self, other: Track) -> bool:
        """Return whether one decoder with the same setup data can play both tracks.

        VP8, VP9 and AV1 carry their size in every key frame, and each Opus packet says whether it is mono (RFC 7845,
        5.1.1). Decoders of other codecs rely on the setup data in the header, so this data must be identical.
        """
        if (self.codec, self.rotation) != (other.codec, other.rotation):
            return False
        if self.codec in ("vp8", "vp9", "av1", "opus"):
            return True
        return (self.rate, self.channels, self.setup) == (other.rate, other.channels, other.setup)


@dataclass(frozen=True, slots=True)
class Probe:
    """The properties of one segment, found by reading all its packets.

    The duration is measured, not taken from the header.
    """

    container: Container
    duration_ms: int
    tracks: dict[str, Track]
    """The tracks that contain packets, by kind ("video" and "audio")."""
    is_intact: bool
    """False if reading the file showed that data is missing. True does not prove that the file is complete."""
    shift_us: int
    """The shift in microseconds that makes the segment start at 0."""
    decode_times_us: tuple[int, ...] = ()
    """Calculated decode times of the video packets, if the file has no decode times (Matroska with B-frames)."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One playable and seekable file of a take. Its start is at `starts_at_ms` of the take."""

    path: Path
    container: Container
    duration_ms: int
    starts_at_ms: int
    video_codec: str | None
    audio_codec: str | None
    width: int | None
    height: int | None
    seams_ms: tuple[int, ...] = ()
    """Times in the file at which the sound of later segments starts. The decoder must restart there."""

    @property
    def codecs(self) -> str:
        """The video and audio codecs, separated by commas."""
        return ", ".join(filter(None, (self.video_codec, self.audio_codec)))

    @property
    def content_type(self) -> str:
        """The media type for serving the file."""
        return content_type(self.container, has_video=self.video_codec is not None)


@dataclass(frozen=True, slots=True)
class CodecCheck:
    """The codecs of a file and whether every browser plays it, found from the first bytes."""

    codecs: str
    plays_everywhere: bool


@dataclass(frozen=True, slots=True)
class SkippedSegment:
    """A segment without usable content: its index (from 0) and the reason."""

    segment: int
    code: Refusal


@dataclass(frozen=True, slots=True)
class Remuxed:
    """The playable files made from the segments of one take: one part, or several if the segments cannot share a file.

    There are several parts only if the take was continued with a recorder that uses another codec (for example a
    laptop's WebM, then a phone's MP4) and the segments could not be encoded into one file.
    """

    parts: tuple[MediaFile, ...]
    skipped: tuple[SkippedSegment, ...]
    complete: bool
    """False if data is known to be missing. True does not prove that the recording is complete."""
    sound: Path | None = None
    """The file with only the sound of the longest part. None if the part has no picture or no sound."""
    originals: tuple[Path, ...] = ()
    """Copies of the original packets for download, if the recording was encoded."""
    plays_everywhere: bool = True
    """True if every browser plays the recording. Otherwise it was copied without encoding."""

    @property
    def path(self) -> Path:
        """Path of the only part. Raises ValueError if there are several."""
        return self.only.path

    @property
    def only(self) -> MediaFile:
        """The only part. Raises ValueError if there are several parts, so that callers cannot forget the other parts."""
        if len(self.parts) != 1:
            raise ValueError("this recording has several parts")
        return self.parts[0]

    @property
    def content_type(self) -> str:
        """Media type of the only part. Raises ValueError if there are several."""
        return self.only.content_type

    @property
    def duration_ms(self) -> int:
        """Total duration of all parts in milliseconds."""
        return sum(part.duration_ms for part in self.parts)

    @property
    def has_video(self) -> bool:
        """True if at least one part has a picture."""
        return any(part.video_codec for part in self.parts)

    @property
    def has_audio(self) -> bool:
        """True if at least one part has an audio track, even if the track cannot be decoded."""
        return any(part.audio_codec for part in self.parts)

    @property
    def width(self) -> int | None:
        """Width of the first picture in pixels, before rotation. None if there is no picture."""
        return next((part.width for part in self.parts if part.width), None)

    @property
    def height(self) -> int | None:
        """Height of the first picture in pixels, before rotation. None if there is no picture."""
        return next((part.height for part in self.parts if part.height), None)


def group_alike(probed: Sequence[tuple[Path, Probe]]) -> list[list[tuple[Path, Probe]]]:
    """Return the segments in order, grouped so that each group can be joined in one file.

    A segment without a picture can follow one with a picture in the same file.
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
