"""Store the body of one request in pieces, to limit memory, and completely or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from app.ids import new_id
from app.recording.upload.tus import Checksum, ProtocolError, TusFault
from app.storage import Flush, Storage

PIECE = 4 * 1024 * 1024
"""Size of the largest stored object in bytes. One request holds no more than this in memory."""
FOLDER = "parts"
FOLDER_SECONDS = 600
"""Parts that begin within this time are in one folder, so that a group of them needs one flush of a folder."""
_KEY = re.compile(rf"{FOLDER}/[a-z0-9]+/(?P<upload>[a-z2-7]{{26}})-(?P<start>\d+)-(?P<at>\d+)-[a-z2-7]{{26}}")


class Body(Protocol):
    """A stream of bytes. `read` returns b"" at its end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """An object in storage that has no database row yet."""

    start: int
    size: int
    sha256: str
    key: str


@dataclass(frozen=True, slots=True)
class Received:
    """The parts stored from the body of one request."""

    parts: tuple[StoredPart, ...]

    @property
    def size(self) -> int:
        """Return the total size of all parts in bytes."""
        return sum(part.size for part in self.parts)

    @property
    def keys(self) -> list[str]:
        """Return the storage keys of all parts."""
        return [part.key for part in self.parts]


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected size of a body in bytes (None: not announced), its maximum size, and its checksum (None: not sent)."""

    size: int | None
    most: int
    checksum: Checksum | None = None


def store_body(
    storage: Storage,
    body: Body,
    upload_id: str,
    start: int,
    expected: Expected,
    *,
    now: datetime,
    later: list[Flush] | None = None,
) -> Received:
    """Store the body of a request durably, in objects of at most PIECE bytes. `start` is its offset in the upload.

    Functions that flush the objects are appended to `later` if it is given. Then the caller must call them, and
    `storage.flush_names`, before it acknowledges the objects.

    Raises ProtocolError if the body is truncated, too large or does not match its checksum. Errors of the storage and
    of the connection are passed on. After any error, the objects stored so far are deleted.
    """
    parts: list[StoredPart] = []
    try:
        _store_pieces(storage, body, upload_id, start, expected, now, parts, later)
        if later is None:
            storage.flush_names(part.key for part in parts)
    except BaseException:
        discard(storage, [part.key for part in parts])
        raise
    return Received(tuple(parts))


def discard(storage: Storage, keys: Iterable[str]) -> None:
    """Delete objects that have no row. Stops at the first failure: the sweeper deletes the remaining objects later."""
    for key in keys:
        try:
            storage.delete(key)
        except OSError:
            return


def part_key(upload_id: str, start: int, now: datetime) -> str:
    """Return a new key for a part. It is random, so that two requests for the same offset never write the same object.

    The key contains its creation time. The sweeper needs it to tell orphans from parts whose row is about to be
    written.
    """
    at = int(now.timestamp())
    return f"{FOLDER}/{at // FOLDER_SECONDS}/{upload_id}-{start}-{at}-{new_id()}"


def origin_of(key: str) -> tuple[str, datetime] | None:
    """Return the upload id and the creation time from the key of a part, or None if the key has another form."""
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
    later: list[Flush] | None,
) -> None:
    whole = expected.checksum.new() if expected.checksum else None
    size = 0
    end = expected.most + 1 if expected.size is None else expected.size
    while (wanted := min(PIECE, end - size)) and (piece := _read_piece(body, wanted)):
        size += len(piece)
        if size > expected.most:
            raise ProtocolError(TusFault.OVER_THE_LIMIT)
        if whole:
            whole.update(piece)
        if size == end or len(piece) < wanted:
            _check_body(size, whole, expected)  # before the last piece is stored
        key = part_key(upload_id, start + size - len(piece), now)
        parts.append(StoredPart(start + size - len(piece), len(piece), hashlib.sha256(piece).hexdigest(), key))
        flush = storage.create(key, piece)
        if later is None:
            flush()
        else:
            later.append(flush)
    _check_body(size, whole, expected)


def _check_body(size: int, whole: Any, expected: Expected) -> None:
    """Check the size and the checksum of a whole body."""
    if expected.size is not None and size != expected.size:
        raise ProtocolError(TusFault.BODY_CUT, "Content-Length")
    if whole and expected.checksum and whole.digest() != expected.checksum.digest:
        raise ProtocolError(TusFault.WRONG_CHECKSUM, "Upload-Checksum")


def _read_piece(body: Body, size: int) -> bytes:
    """Read `size` bytes, or fewer if the body ends. A single read from a connection may return fewer."""
    piece = body.read(size) if size else b""
    while piece and len(piece) < size and (more := body.read(size - len(piece))):
        piece += more
    return piece
