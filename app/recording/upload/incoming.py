"""The bytes of one request into storage: in pieces, so that memory stays small, and all of them or none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from app.ids import new_id
from app.recording.upload.tus import Checksum, ProtocolError, TusFault
from app.storage import Storage

PIECE = 4 * 1024 * 1024
"""Bytes of the largest object that is made; also what one request holds in memory."""
FOLDER = "parts"
_KEY = re.compile(rf"{FOLDER}/[a-z2-7]{{2}}/(?P<upload>[a-z2-7]{{26}})-(?P<start>\d+)-(?P<at>\d+)-[a-z2-7]{{26}}")


class Body(Protocol):
    """Where bytes are read from; it ends with an empty answer."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """An object that has been stored and that no row speaks of yet."""

    start: int
    size: int
    sha256: str
    key: str


@dataclass(frozen=True, slots=True)
class Received:
    """What one request brought."""

    parts: tuple[StoredPart, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @property
    def keys(self) -> list[str]:
        """Return the storage keys of all parts."""
        return [part.key for part in self.parts]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a body has to be: its size where it was announced, the most it may be, and its checksum where one was
    sent.
    """

    size: int | None
    most: int
    checksum: Checksum | None = None


def store_body(
    storage: Storage, body: Body, upload_id: str, start: int, expected: Expected, *, now: datetime
) -> Received:
    """Store a body that begins at byte `start` of an upload, durably, in objects of at most PIECE bytes.

    Raises ProtocolError for a body that is cut short, too long or not what its checksum says, and whatever storage or
    connection raise; then nothing of it is left behind.
    """
    parts: list[StoredPart] = []
    try:
        _store_pieces(storage, body, upload_id, start, expected, now, parts)
    except BaseException:
        discard(storage, [part.key for part in parts])
        raise
    return Received(tuple(parts))


def discard(storage: Storage, keys: Iterable[str]) -> None:
    """Delete objects that no row speaks of. What cannot be deleted now is an orphan, and the sweeper comes by."""
    for key in keys:
        try:
            storage.delete(key)
        except OSError:
            return


def part_key(upload_id: str, start: int, now: datetime) -> str:
    """Return a new key. It is random, so that two requests for one place never write one object; it says when it was
    made, so that an orphan can be told from a part whose row is about to be written.
    """
    return f"{FOLDER}/{upload_id[:2]}/{upload_id}-{start}-{int(now.timestamp())}-{new_id()}"


def origin_of(key: str) -> tuple[str, datetime] | None:
    """Return the upload of a key and when it was made; None for a key that is no part."""
    found = _KEY.fullmatch(key)
    return (found["upload"], datetime.fromtimestamp(int(found["at"]), UTC)) if found else None


def _store_pieces(
    storage: Storage,
    body: Body,
    upload_id: str,
    start: int,
    expected: Expected,
    now: datetime,
    parts: list[StoredPart],
) -> None:
    whole = expected.checksum.new() if expected.checksum else None
    size = 0
    end = expected.most + 1 if expected.size is None else expected.size
    while piece := _read_piece(body, min(PIECE, end - size)):
        if size + len(piece) > expected.most:
            raise ProtocolError(TusFault.OVER_THE_LIMIT)
        if whole:
            whole.update(piece)
        key = part_key(upload_id, start + size, now)
        parts.append(StoredPart(start + size, len(piece), hashlib.sha256(piece).hexdigest(), key))
        storage.put(key, piece)
        size += len(piece)
    if expected.size is not None and size != expected.size:
        raise ProtocolError(TusFault.BODY_CUT, "Content-Length")
    if whole and expected.checksum and whole.digest() != expected.checksum.digest:
        raise ProtocolError(TusFault.WRONG_CHECKSUM, "Upload-Checksum")


def _read_piece(body: Body, size: int) -> bytes:
    """Read until there are `size` bytes or the body has ended: a connection gives as little as it likes at a time."""
    piece = body.read(size) if size else b""
    while piece and len(piece) < size and (more := body.read(size - len(piece))):
        piece += more
    return piece
