"""The kinds of file and the codecs that a recording may have, and how to tell them by their first bytes. Pure.

The lists are short on purpose. Browsers make WebM (VP8, VP9, AV1, H.264; Opus), MP4 (H.264, VP9, AV1; AAC, Opus) and
Ogg (Opus); HEVC, MP3 and PCM are here for files made elsewhere: phones film in HEVC, dictaphones write MP3 and WAV.
"""

from __future__ import annotations

from enum import StrEnum

HEAD_BYTES = 4096
"""How much of a file `identify` wants to see."""
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
    Container.WEBM: "matroska",
    Container.MATROSKA: "matroska",
    Container.MP4: "mov",
    Container.OGG: "ogg",
    Container.MP3: "mp3",
    Container.WAV: "wav",
}
"""The only demuxers that a recording is ever opened with. None of them can name another file."""
SUFFIXES = {
    Container.WEBM: ".webm",
    Container.MATROSKA: ".mkv",
    Container.MP4: ".mp4",
    Container.MP3: ".mp3",
    Container.WAV: ".wav",
}
"""The kinds of file that are written. Ogg comes in and goes out as WebM: the same packets, and it seeks everywhere."""
TYPE_NAMES = {Container.MATROSKA: "x-matroska", Container.MP3: "mpeg"}


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


def content_type(container: Container, *, has_video: bool) -> str:
    """Return the media type (RFC 9559, RFC 4337, RFC 3003) of a file that was written here."""
    return f"{'video' if has_video else 'audio'}/{TYPE_NAMES.get(container, container)}"


def _is_mp3_frame(header: bytes) -> bool:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    return version != 1 and bitrate not in (0, 15) and rate != 3
