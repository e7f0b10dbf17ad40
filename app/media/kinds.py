"""The accepted kinds of media file and codecs, and how to identify files by their first bytes. No I/O.

The lists contain no more than is needed. Browsers record WebM (VP8, VP9, AV1, H.264; Opus), MP4 (H.264, VP9, AV1; AAC,
Opus) and Ogg (Opus). The other kinds are for files made elsewhere: phones use HEVC, AAC, AMR, 3GP, Apple Lossless and
CAF; dictation machines use MP3, FLAC, WAV and AIFF; older cameras use AVI. Files that some browsers cannot play
(`plays_everywhere`) are encoded again.
"""

from __future__ import annotations

from enum import StrEnum

HEAD_BYTES = 4096
"""Number of bytes that `identify` needs."""
VIDEO_CODECS = frozenset({"vp8", "vp9", "av1", "h264", "hevc", "mpeg4", "h263", "mjpeg"})
PCM_CODECS = frozenset(
    f"pcm_{name}" for name in (
        "u8", "s8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be", "f32le", "f32be", "f64le", "f64be", "mulaw",
        "alaw",
    )
)  # fmt: skip
AUDIO_CODECS = PCM_CODECS | {
    "opus", "vorbis", "aac", "mp3", "alac", "flac", "amr_nb", "amr_wb", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt",
    "adpcm_g722",
}  # fmt: skip
DECODER_NAMES = {"mp3": "mp3float", "amr_nb": "amrnb", "amr_wb": "amrwb", "adpcm_g722": "g722", "av1": "libdav1d"}
"""Names of FFmpeg's decoders that differ from the name of the codec."""
PLAYABLE_H264 = (66, 77, 88, 100)
"""H.264 profiles that all browsers play (ISO/IEC 14496-10, A.2): 8 bits per sample, 4:2:0 colour."""
PICTURE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "})
"""Brands of files with MP4 structure that are photographs."""


class Container(StrEnum):
    """A kind of media file."""

    WEBM = "webm"
    MATROSKA = "matroska"
    MP4 = "mp4"
    OGG = "ogg"
    MP3 = "mp3"
    WAV = "wav"
    AAC = "aac"
    AMR = "amr"
    FLAC = "flac"
    AIFF = "aiff"
    CAF = "caf"
    AVI = "avi"
    QUICKTIME = "quicktime"


DEMUXERS = {
    Container.WEBM: "matroska",
    Container.MATROSKA: "matroska",
    Container.MP4: "mov",
    Container.OGG: "ogg",
    Container.MP3: "mp3",
    Container.WAV: "wav",
    Container.AAC: "aac",
    Container.AMR: "amr",
    Container.FLAC: "flac",
    Container.AIFF: "aiff",
    Container.CAF: "caf",
    Container.AVI: "avi",
    Container.QUICKTIME: "mov",
}
"""The only demuxers used for recordings. None of them can open other files."""
SUFFIXES = {
    Container.WEBM: ".webm",
    Container.MATROSKA: ".mkv",
    Container.MP4: ".mp4",
    Container.MP3: ".mp3",
    Container.WAV: ".wav",
    Container.QUICKTIME: ".mov",
}
"""Suffixes of the kinds of file that are written. Ogg is rewritten as WebM, in which every browser can seek."""
TYPE_NAMES = {Container.MATROSKA: "x-matroska", Container.MP3: "mpeg"}


SIGNATURES = (
    (b"OggS\x00", Container.OGG),
    (b"fLaC", Container.FLAC),
    (b"caff\x00\x01", Container.CAF),
    (b"#!AMR\n", Container.AMR),
    (b"#!AMR-WB\n", Container.AMR),
)
CHUNKS = {
    (b"RIFF", b"WAVE"): Container.WAV,
    (b"RF64", b"WAVE"): Container.WAV,
    (b"BW64", b"WAVE"): Container.WAV,
    (b"RIFF", b"AVI "): Container.AVI,
    (b"FORM", b"AIFF"): Container.AIFF,
    (b"FORM", b"AIFC"): Container.AIFF,
}
FIRST_ATOMS = (b"moov", b"wide", b"mdat", b"free", b"skip")
"""Possible first atoms of old QuickTime files that have no `ftyp`."""
MAX_FIRST_ATOM_BYTES = 0x20000000
"""If the size of the first atom seems to be larger, the file is text, and the bytes of the "size" are letters."""


def identify(head: bytes, behind_tag: bytes = b"") -> Container | None:
    """Return the kind of a file from its first bytes (4 KiB are enough), or None if it is not accepted.

    `behind_tag` are the bytes at `tag_bytes`, for a tag that is longer than `head`, such as one with a cover picture.
    Signatures: RFC 9559 (Matroska), ISO/IEC 14496-12 (`ftyp`), RFC 3533 (Ogg), RFC 9639 (FLAC), RFC 4867 (AMR), Apple's
    CAF, RIFF (WAVE, AVI), IFF (AIFF), the frame headers of ISO/IEC 11172-3 (MP3) and 13818-7 (AAC), or an ID3v2 tag.
    Text files, playlists, pictures and archives match none of them.
    """
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Container.WEBM if b"webm" in head[:64] else Container.MATROSKA
    if head[4:8] == b"ftyp" and len(head) >= 16:
        return None if head[8:12] in PICTURE_BRANDS else Container.MP4
    if (head[:4], head[8:12]) in CHUNKS:
        return CHUNKS[head[:4], head[8:12]]
    for signature, container in SIGNATURES:
        if head.startswith(signature):
            return container
    if head.startswith(b"ID3"):
        behind_tag = behind_tag or head[tag_bytes(head) :]
        if behind_tag.startswith(b"fLaC"):
            return Container.FLAC
        return Container.AAC if _is_adts(behind_tag) else Container.MP3
    if _is_adts(head):
        return Container.AAC
    if _is_mp3_frame(head[:4]):
        return Container.MP3
    return Container.MP4 if _is_old_quicktime(head) else None


def tag_bytes(head: bytes) -> int:
    """Return the length of the ID3v2 tag (four bytes of seven bits) at the start of a file, or 0 if there is none."""
    if not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size + 10


def choose_container(video: str | None, audio: str | None, source: Container) -> Container:
    """Return the kind of file in which most browsers play these codecs without encoding.

    VP9 is not put into MP4, because an MP4 header must describe the pixels, which only decoding reveals.
    """
    codecs = {codec for codec in (video, audio) if codec}
    if source in (Container.MP3, Container.WAV) and video is None:
        return source
    if codecs <= {"vp8", "vp9", "av1", "opus", "vorbis"}:
        return Container.WEBM
    if codecs <= {"h264", "hevc", "av1", "aac", "mp3", "opus"}:
        return Container.MP4
    if codecs & {"amr_nb", "amr_wb"}:
        return Container.QUICKTIME  # The other kinds of file cannot contain AMR.
    return Container.MATROSKA


def plays_everywhere(video: str | None, audio: str | None, source: Container, *, video_setup: bytes = b"") -> bool:
    """Return whether every current browser plays these codecs in the file chosen by `choose_container`.

    HEVC and AV1 need hardware that many machines lack. `video_setup` is the decoder's setup data (extradata), which
    shows whether H.264 has 10 bits or full colour; few browsers play such files.
    """
    if source in (Container.AVI, Container.AAC):
        return False  # Packets of these files lack information that files for browsers need.
    container = choose_container(video, audio, source)
    if container is Container.WAV:
        return audio in ("pcm_s16le", "pcm_s24le", "pcm_f32le")
    if container is Container.WEBM:
        return video != "av1"
    if container is Container.MP4:
        return video is None or (video == "h264" and _h264_profile(video_setup) in (None, *PLAYABLE_H264))
    return container is Container.MP3 and audio == "mp3"


CONTINUOUS = frozenset(
    {Container.WAV, Container.AIFF, Container.FLAC, Container.AMR, Container.AAC, Container.CAF, Container.MP3}
)
"""Audio formats without timestamps. Their samples are consecutive, so times from the demuxer are ignored."""


def content_type(container: Container, *, has_video: bool) -> str:
    """Return the media type (RFC 9559, RFC 4337, RFC 3003) of a file, such as "video/webm", for the HTTP header."""
    return f"{'video' if has_video else 'audio'}/{TYPE_NAMES.get(container, container)}"


def _is_mp3_frame(header: bytes) -> bool:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    return version != 1 and bitrate not in (0, 15) and rate != 3


def _is_adts(head: bytes) -> bool:
    """Return whether these bytes begin with two consecutive AAC frames. A file with a single frame is not accepted."""
    following = adts_bytes(head[:7])
    return following >= 7 and adts_bytes(head[following : following + 7]) >= 7


def adts_bytes(header: bytes) -> int:
    """Return the length of the AAC frame that begins with this header, or 0 if it is not an AAC header."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    return (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5


def _is_old_quicktime(head: bytes) -> bool:
    size = int.from_bytes(head[:4])
    return head[4:8] in FIRST_ATOMS and len(head) >= 16 and (size == 1 or 8 <= size < MAX_FIRST_ATOM_BYTES)


def _h264_profile(setup: bytes) -> int | None:
    """Return the profile in an `avcC` box (ISO/IEC 14496-15, 5.3.3), or None if there is none."""
    return setup[1] if len(setup) > 3 and setup[0] == 1 else None
