"""What a recording may be, what is found out about one, and why one is refused. Pure: no file is touched here.

The lists are short on purpose. Browsers make WebM (VP8, VP9, AV1, H.264; Opus), MP4 (H.264, VP9, AV1; AAC, Opus) and
Ogg (Opus); HEVC, MP3 and PCM are here for files made elsewhere: phones film in HEVC, dictaphones write MP3 and WAV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HEAD_BYTES = 4096
"""How much of a file `identify` wants to see."""
SAMPLE_RATE = 16_000
"""Samples a second of decoded sound: what Whisper listens to."""
VIDEO_CODECS = frozenset({"vp8", "vp9", "av1", "h264", "hevc"})
AUDIO_CODECS = frozenset({"opus", "vorbis", "aac", "mp3", "pcm_s16le", "pcm_s24le", "pcm_f32le"})
PICTURE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "})
"""MP4-like files that are photographs."""


class Container(StrEnum):
    """A kind of file."""

    WEBM = "webm"
    MATROSKA = "matroska"
    MP4 = "mp4"
    OGG = "ogg"
    MP3 = "mp3"
    WAV = "wav"


DEMUXERS = {
    Container.WEBM: "matroska", Container.MATROSKA: "matroska", Container.MP4: "mov", Container.OGG: "ogg",
    Container.MP3: "mp3", Container.WAV: "wav",
}
"""The only demuxers that a recording is ever opened with. None of them can name another file."""
SUFFIXES = {
    Container.WEBM: ".webm", Container.MATROSKA: ".mkv", Container.MP4: ".mp4", Container.MP3: ".mp3",
    Container.WAV: ".wav",
}
"""The kinds of file that are written. Ogg comes in and goes out as WebM: the same packets, and it seeks everywhere."""
TYPE_NAMES = {Container.MATROSKA: "x-matroska", Container.MP3: "mpeg"}


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
    DAMAGED = "damaged"


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


class NoAudio(Exception):
    """There is nothing to hear: no audio track, or none that can be decoded. A signed answer may be like this."""


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What one recording may cost. Durations are seconds of the recording, or of the machine where it says so."""

    duration_seconds: int = 4 * 3600
    side_pixels: int = 8192
    streams: int = 16
    memory_bytes: int = 768 * 1024 * 1024
    """Address space of the child; its own code and libraries are 130 MB of it."""
    cpu_seconds: int = 600
    wall_seconds: int = 840


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

    def is_alike(self, other: Track) -> bool:
        """Whether one decoder, set up once, plays both.

        VP8, VP9 and AV1 carry their size in every key frame, and an Opus packet says itself whether it is mono
        (RFC 7845, 5.1.1); the others rely on the set-up in the header, so it must be the same to the byte.
        """
        if self.codec != other.codec:
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
    def content_type(self) -> str:
        """The media type to serve it with; it says whether there is a picture."""
        return content_type(self.container, has_video=self.video_codec is not None)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A segment in which there was nothing to keep: its place among the segments, from 0, and why."""

    segment: int
    code: Refusal


@dataclass(frozen=True, slots=True)
class Remuxed:
    """What came of the segments of one take: one part, or several where sessions cannot share a file.

    Parts are several only when a take was begun with one recorder and continued with another that speaks another codec
    (a laptop's WebM, then a phone's MP4). Encoding again would lose quality and leaving one out would lose an answer,
    so each is a file of its own, in order, and the times of sound and captions run through all of them.
    """

    parts: tuple[Part, ...]
    skipped: tuple[Skipped, ...]
    complete: bool
    """False: something is known to be missing. True proves nothing; checksums do."""

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


def identify(head: bytes) -> Container | None:
    """Return what kind of file begins with these bytes (4 KiB of them will do), None for anything else.

    Signatures: RFC 9559 (Matroska), ISO/IEC 14496-12 (`ftyp`), RFC 3533 (Ogg), RIFF/WAVE, and the frame header of
    ISO/IEC 11172-3 or an ID3v2 tag (MP3). A text file, a playlist, a picture or an archive begins like none of them.
    """
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Container.WEBM if b"webm" in head[:64] else Container.MATROSKA
    if head[4:8] == b"ftyp" and len(head) >= 16:
        return None if head[8:12] in PICTURE_BRANDS else Container.MP4
    if head.startswith(b"OggS\x00"):
        return Container.OGG
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return Container.WAV
    if head.startswith(b"ID3") or _is_mp3_frame(head[:4]):
        return Container.MP3
    return None


def choose_container(video: str | None, audio: str | None, source: Container) -> Container:
    """Return the kind of file in which these codecs play in most browsers without being encoded again.

    VP9 never goes into MP4: that would need facts about its pixels that only a decoder finds out.
    """
    codecs = {codec for codec in (video, audio) if codec}
    if source in (Container.MP3, Container.WAV) and video is None:
        return source
    if codecs <= {"vp8", "vp9", "av1", "opus", "vorbis"}:
        return Container.WEBM
    if codecs <= {"h264", "hevc", "av1", "aac", "mp3", "opus"}:
        return Container.MP4
    return Container.MATROSKA


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


def content_type(container: Container, *, has_video: bool) -> str:
    """Return the media type (RFC 9559, RFC 4337, RFC 3003) of a file that was written here."""
    return f"{'video' if has_video else 'audio'}/{TYPE_NAMES.get(container, container)}"


def _is_mp3_frame(header: bytes) -> bool:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    return version != 1 and bitrate not in (0, 15) and rate != 3
