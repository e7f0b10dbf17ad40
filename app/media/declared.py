"""Find where a file should end according to its own header, to notice that its end is missing. Knows no FFmpeg.

FFmpeg reports no error if a file of consecutive samples is cut between two packets. Files that were written while they
were recorded often state no length, and say nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from app.media.kinds import Container, adts_bytes, tag_bytes

MAX_CHUNKS = 200_000
"""Maximum number of chunks or boxes that are read. A file with more is not checked."""
OPEN_FROM = 0x7FFF0000
"""Lengths of 32 bits from here on are placeholders of programs that write to a pipe, such as SoX and arecord."""
TOLERANCE_US = 1000
MAX_OGG_PAGE = 27 + 255 + 255 * 255
AMR_FRAME_BYTES = {
    "amr_nb": (13, 14, 16, 18, 20, 21, 27, 32, 6, 6, 6, 6, 1, 1, 1, 1),
    "amr_wb": (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1),
}
"""Bytes of a frame with its header, by frame type (RFC 4867, 5.3)."""
XING_PLACES = (36, 21, 13)
"""Offsets of an Xing or Info header in the first MP3 frame, by version and number of channels."""
VBRI_PLACE = 36


class Declared:
    """What a file says about its length."""

    def __init__(self, file: BinaryIO, container: Container):
        self.container = container
        size = file.seek(0, 2)
        try:
            end = _READERS[container](file) if container in _READERS else None
            self._samples = _flac_samples(file) if container is Container.FLAC else None
        except (OSError, OverflowError):  # the file states an offset that no file can have
            end = self._samples = None
        file.seek(0)
        self.is_cut = end is not None and end > size
        """Whether the file ends before it should by its own header."""
        self.has_open_end = container is Container.WAV and end is None
        """Whether a WAVE file does not say how long its sound is. Its last packet may be shorter than the others."""

    def lacks_samples(self, end_us: int) -> bool:
        """Return whether a file whose packets end at `end_us` (microseconds) is shorter than it says."""
        if self._samples is None:
            return False
        count, rate = self._samples
        return end_us + TOLERANCE_US < count * 1_000_000 // rate

    def is_cut_frame(self, codec: str, frame: bytes) -> bool:
        """Return whether the last frame of a file is shorter than its own header says."""
        if self.container is Container.AAC:
            return len(frame) < adts_bytes(frame[:7])
        if self.container is Container.AMR and codec in AMR_FRAME_BYTES:
            return len(frame) < AMR_FRAME_BYTES[codec][frame[0] >> 3 & 15]
        return False


def _flac_samples(file: BinaryIO) -> tuple[int, int] | None:
    """Return the number of samples and the rate that a FLAC file states (RFC 9639, 8.2), or None."""
    head = _at(file, tag_bytes(_at(file, 0, 10)), 26)
    if len(head) < 26 or head[:4] != b"fLaC" or head[4] & 0x7F:
        return None
    bits = int.from_bytes(head[18:26], "big")
    samples, rate = bits & 0xFFFFFFFFF, bits >> 44
    return (samples, rate) if samples and rate else None


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    file.seek(place)
    return file.read(length)


def _chunks(file: BinaryIO, place: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, offset of the content, length) of the chunks of an RIFF or IFF file."""
    for _ in range(MAX_CHUNKS):
        head = _at(file, place, 8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little" if order == "little" else "big")
        yield head[:4], place + 8, length
        place += 8 + length + length % 2


def _wave(file: BinaryIO) -> int | None:
    long_length = None
    for name, place, length in _chunks(file, 12, "little"):
        if name == b"ds64":  # RF64 and BW64 (ITU-R BS.2088): lengths of 64 bits
            long_length = int.from_bytes(_at(file, place + 8, 8), "little")
        if name == b"data":
            if length == 0xFFFFFFFF and long_length:
                return place + long_length
            return None if length == 0 or length >= OPEN_FROM else place + length
    return None


def _aiff(file: BinaryIO) -> int | None:
    for name, place, length in _chunks(file, 12, "big"):
        if name == b"SSND":
            return None if length <= 8 or length >= OPEN_FROM else place + length
    return None


def _avi(file: BinaryIO) -> int | None:
    length = int.from_bytes(_at(file, 4, 4), "little")
    return None if length == 0 or length >= OPEN_FROM else 8 + length


def _caf(file: BinaryIO) -> int | None:
    place = 8
    for _ in range(MAX_CHUNKS):
        head = _at(file, place, 12)
        if len(head) < 12:
            return None
        length = int.from_bytes(head[4:], "big", signed=True)
        if head[:4] == b"data":
            return None if length < 0 else place + 12 + length
        if length < 0:
            return None
        place += 12 + length
    return None


def _mp4(file: BinaryIO) -> int | None:
    """Return where the last box should end. A file may end after any box, for example between two fragments."""
    size, place = file.seek(0, 2), 0
    for _ in range(MAX_CHUNKS):
        if place >= size:
            return place
        head = _at(file, place, 16)
        if len(head) < 8:
            return place + 8
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:], "big")
        if length < 8:  # the box extends to the end of the file, or is invalid
            return None
        place += length
    return None


def _ogg(file: BinaryIO) -> int | None:
    """Return where the last page should end (RFC 3533, 6)."""
    size = file.seek(0, 2)
    start = max(0, size - MAX_OGG_PAGE)
    tail = _at(file, start, MAX_OGG_PAGE)
    place = tail.rfind(b"OggS\x00")
    if place < 0:
        return None
    page = tail[place:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return size + 1
    length = 27 + page[26] + sum(page[27 : 27 + page[26]])
    begun = page[length : length + 4]
    return size + 1 if begun and b"OggS".startswith(begun) else start + place + length


def _mp3(file: BinaryIO) -> int | None:
    start = tag_bytes(_at(file, 0, 10))
    head = _at(file, start, 256)
    for place in XING_PLACES:
        if head[place : place + 4] in (b"Xing", b"Info"):
            flags = int.from_bytes(head[place + 4 : place + 8], "big")
            at = place + 8 + (4 if flags & 1 else 0)
            return _from(start, head[at : at + 4]) if flags & 2 else None
    return _from(start, head[VBRI_PLACE + 10 : VBRI_PLACE + 14]) if head[VBRI_PLACE:].startswith(b"VBRI") else None


def _from(start: int, length: bytes) -> int | None:
    return start + int.from_bytes(length, "big") or None


_READERS: dict[Container, Callable[[BinaryIO], int | None]] = {
    Container.WAV: _wave, Container.AIFF: _aiff, Container.AVI: _avi, Container.CAF: _caf, Container.MP4: _mp4,
    Container.OGG: _ogg, Container.MP3: _mp3,
}  # fmt: skip
