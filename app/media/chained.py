"""Split a file that contains several recordings into one segment for each, so that none is skipped.

Ogg allows such files (RFC 3533, 4: chaining), and concatenating files of any kind produces them. A demuxer reads only
the first recording, or gives all recordings the same times, and reports no error in either case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from app.media.facts import MediaRefusedError, Refusal
from app.media.kinds import HEAD_BYTES, Container, identify

MAX_CHAIN_LINKS = 200
"""Maximum number of recordings in one file, equal to the maximum number of segments in a take."""
BLOCK = 1024 * 1024
OGG_PAGE = re.compile(rb"OggS\x00([\x00-\x07])")
OGG_BEGINS = 2
EBML_HEADER = re.compile(rb"\x1aE\xdf\xa3.{1,60}?\x42\x82.(?:webm|matroska)", re.DOTALL)
MAX_PATTERN_BYTES = 80


def separate(segments: Sequence[Path], folder: Path) -> list[Path]:
    """Return the paths of the segments.

    A segment with several recordings is replaced by one new file in `folder` for each. Raises MediaRefusedError
    (too_costly) if a file contains more than MAX_CHAIN_LINKS recordings.
    """
    found: list[Path] = []
    for path in segments:
        starts = _starts(path)
        found += [path] if len(starts) < 2 else _cut(path, starts, folder, len(found))
    return found


def _starts(path: Path) -> list[int]:
    with path.open("rb") as file:
        begin = _BEGINNINGS.get(identify(file.read(HEAD_BYTES)) or Container.MP3)
        starts = [0]
        for start in begin(file) if begin else ():
            starts.append(start)
            if len(starts) > MAX_CHAIN_LINKS:
                raise MediaRefusedError(Refusal.TOO_COSTLY, f"more than {MAX_CHAIN_LINKS} recordings in one file")
    return starts


def _cut(path: Path, starts: Sequence[int], folder: Path, number: int) -> list[Path]:
    links = []
    with path.open("rb") as file:
        for place, (start, end) in enumerate(zip(starts, [*starts[1:], path.stat().st_size], strict=True)):
            link = folder / f"link-{number + place}"
            file.seek(start)
            with link.open("wb") as out:
                while start < end and (piece := file.read(min(BLOCK, end - start))):
                    out.write(piece)
                    start += len(piece)
            links.append(link)
    return links


def _ogg(file: BinaryIO) -> Iterator[int]:
    """Yield the offsets at which a new recording starts: at a first page (of a stream) that follows a later page."""
    follows_content = False
    for place, match in _find(file, OGG_PAGE):
        begins = bool(match[1][0] & OGG_BEGINS)
        if begins and follows_content:
            yield place
        follows_content = not begins


def _matroska(file: BinaryIO) -> Iterator[int]:
    return (place for place, _ in _find(file, EBML_HEADER) if place)


def _mp4(file: BinaryIO) -> Iterator[int]:
    """Yield the offsets at which a new recording starts: at a file type box that follows content boxes."""
    size, place, has_content = file.seek(0, 2), 0, False
    while place + 8 <= size:
        file.seek(place)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if kind == b"ftyp" and has_content:
            yield place
            has_content = False
        has_content |= kind in (b"moov", b"mdat")
        if length < 8:  # the box extends to the end of the file, or is invalid
            return
        place += length


def _wav(file: BinaryIO) -> Iterator[int]:
    size, place = file.seek(0, 2), 0
    while place + 12 <= size:
        file.seek(place)
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        if place:
            yield place
        length = int.from_bytes(head[4:8], "little")
        place += 8 + length + length % 2


def _find(file: BinaryIO, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Yield the offset and the match of each occurrence of a pattern, reading the file in blocks."""
    file.seek(0)
    begin, rest, last = 0, b"", -1
    while block := file.read(BLOCK):
        content = rest + block
        for match in pattern.finditer(content):
            if begin + match.start() > last:
                last = begin + match.start()
                yield last, match
        rest = content[-MAX_PATTERN_BYTES:]
        begin += len(content) - len(rest)


_BEGINNINGS = {
    Container.OGG: _ogg, Container.WEBM: _matroska, Container.MATROSKA: _matroska, Container.MP4: _mp4,
    Container.WAV: _wav,
}  # fmt: skip
