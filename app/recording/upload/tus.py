"""The tus 1.0 protocol, independent of any server: headers are parsed and built, and every fault has a name.

Source of every rule: https://tus.io/protocols/resumable-upload, version 1.0.0, with the extensions in EXTENSIONS.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum
from functools import partial
from typing import Any, Protocol

from app.recording.recorder_reports import MAX_RECORDED_MS

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-defer-length", "checksum", "termination", "expiration")
PART_TYPE = "application/offset+octet-stream"
ALGORITHMS: Mapping[str, Callable[[], Any]] = {
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha256": hashlib.sha256,
}
"""Checksum algorithms. tus servers must support SHA-1, which is used here only to detect transmission errors."""
MAX_METADATA_BYTES = 4096
_NUMBER = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[!-+\--~]+")


class Headers(Protocol):
    """The header fields of a request. Names are case-insensitive."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a header, or None if the header is missing."""


class TusFault(Enum):
    """A fault in a request: its HTTP status, and a name that distinguishes faults with the same status."""

    UNKNOWN_VERSION = (412, "unknown version")
    BAD_HEADER = (400, "bad header")
    WRONG_TYPE = (415, "wrong type")
    WRONG_OFFSET = (409, "wrong offset")
    TAKEN_OVER = (409, "taken over")
    OTHER_LENGTH = (400, "other length")
    UNKNOWN_ALGORITHM = (400, "unknown algorithm")
    WRONG_CHECKSUM = (460, "wrong checksum")
    BODY_CUT = (400, "body cut")
    AFTER_THE_END = (413, "after the end")
    OVER_THE_LIMIT = (413, "over the limit")
    FOREIGN_ORIGIN = (403, "foreign origin")

    @property
    def status(self) -> int:
        """Return the HTTP status of the response."""
        return int(self.value[0])


class ProtocolError(Exception):
    """The request violates the protocol. Nothing was changed."""

    def __init__(self, fault: TusFault, header: str | None = None):
        self.fault = fault
        self.header = header
        super().__init__(fault.name)


@dataclass(frozen=True, slots=True)
class Checksum:
    """The expected digest of a part, and its algorithm."""

    algorithm: str
    digest: bytes

    def new(self) -> Any:
        """Return a new hash object of this algorithm."""
        return ALGORITHMS[self.algorithm]()


@dataclass(frozen=True, slots=True)
class Creation:
    """The headers of a creation request: length in bytes (None: sent later) and metadata."""

    length: int | None
    metadata_header: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """The headers of a PATCH: offset, body size in bytes (None: unknown), upload length, checksum and recorded time."""

    offset: int
    size: int | None
    length: int | None
    checksum: Checksum | None
    recorded_ms: int | None


def check_version(headers: Headers) -> None:
    """Raise ProtocolError if the client's protocol version is missing or unsupported."""
    if headers.get("Tus-Resumable") != VERSION:
        raise ProtocolError(TusFault.UNKNOWN_VERSION, "Tus-Resumable")


def parse_creation(headers: Headers) -> Creation:
    """Parse the headers of a POST.

    Raises ProtocolError if a header is invalid, or unless exactly one of Upload-Length and Upload-Defer-Length is
    present.
    """
    length = _number(headers, "Upload-Length")
    deferred = headers.get("Upload-Defer-Length")
    if deferred not in (None, "1") or (length is None) == (deferred is None):
        raise ProtocolError(TusFault.BAD_HEADER, "Upload-Defer-Length" if deferred else "Upload-Length")
    header = headers.get("Upload-Metadata") or ""
    return Creation(length, header, parse_metadata(header))


def parse_part_headers(headers: Headers) -> PartHeaders:
    """Parse the headers of a PATCH. Raises ProtocolError if a header is missing or invalid."""
    if (headers.get("Content-Type") or "").partition(";")[0].strip().lower() != PART_TYPE:
        raise ProtocolError(TusFault.WRONG_TYPE, "Content-Type")
    offset = _number(headers, "Upload-Offset")
    if offset is None:
        raise ProtocolError(TusFault.BAD_HEADER, "Upload-Offset")
    checksum = headers.get("Upload-Checksum")
    recorded_ms = _number(headers, "Fairtake-Recorded-Ms")
    return PartHeaders(
        offset=offset,
        size=_body_size(headers),
        length=_number(headers, "Upload-Length"),
        checksum=None if checksum is None else parse_checksum(checksum),
        recorded_ms=None if recorded_ms is None else min(recorded_ms, MAX_RECORDED_MS),
    )


def parse_metadata(header: str) -> dict[str, str]:
    """Parse an Upload-Metadata header, `key base64, ...`. Values may be missing. Raises ProtocolError if it is invalid."""
    metadata: dict[str, str] = {}
    if len(header) > MAX_METADATA_BYTES:
        raise ProtocolError(TusFault.BAD_HEADER, "Upload-Metadata")
    for pair in header.split(",") if header.strip() else ():
        key, _space, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in metadata:
            raise ProtocolError(TusFault.BAD_HEADER, "Upload-Metadata")
        metadata[key] = _text(value.strip())
    return metadata


def parse_checksum(header: str) -> Checksum:
    """Parse an Upload-Checksum header, `algorithm base64`. Raises ProtocolError if it is invalid or unsupported."""
    algorithm, _space, value = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise ProtocolError(TusFault.UNKNOWN_ALGORITHM, "Upload-Checksum")
    digest = _decode(value.strip(), "Upload-Checksum")
    if len(digest) != ALGORITHMS[algorithm]().digest_size:
        raise ProtocolError(TusFault.BAD_HEADER, "Upload-Checksum")
    return Checksum(algorithm, digest)


def check_fits(part: PartHeaders, *, offset: int, length: int | None, room: int, size: int) -> None:
    """Raise ProtocolError if a part of `size` bytes cannot be appended.

    `offset` and `length` are the upload's current offset and its announced length. `room` is its maximum length in
    bytes.
    """
    if part.offset != offset:
        raise ProtocolError(TusFault.WRONG_OFFSET, "Upload-Offset")
    if part.length is not None and length is not None and part.length != length:
        raise ProtocolError(TusFault.OTHER_LENGTH, "Upload-Length")
    end = part.length if length is None else length
    if end is not None and offset + size > end:
        raise ProtocolError(TusFault.AFTER_THE_END, "Upload-Offset")
    if max(offset + size, end or 0) > room:
        raise ProtocolError(TusFault.OVER_THE_LIMIT, "Upload-Length")


def discovery_headers(max_size: int) -> dict[str, str]:
    """Return the headers of an OPTIONS response. `max_size` is in bytes."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Max-Size": str(max_size),
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def state_headers(*, offset: int, length: int | None, metadata: str, expires_at: datetime) -> dict[str, str]:
    """Return the headers of a HEAD response. A finished upload does not expire."""
    headers = {"Upload-Offset": str(offset), "Cache-Control": "no-store"}
    if length is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(length)
    if metadata:
        headers["Upload-Metadata"] = metadata
    if offset != length:
        headers["Upload-Expires"] = format_time(expires_at)
    return headers


def format_time(time: datetime) -> str:
    """Format a time as an HTTP date (RFC 9110, 5.6.7)."""
    return format_datetime(time.astimezone(UTC), usegmt=True)


def _body_size(headers: Headers) -> int | None:
    """Return the size of the body in bytes, or None if it is unknown.

    A request with neither Content-Length nor Transfer-Encoding has no body (RFC 9112, 6.3).
    """
    size = _number(headers, "Content-Length")
    return 0 if size is None and headers.get("Transfer-Encoding") is None else size


def _number(headers: Headers, name: str) -> int | None:
    value = headers.get(name)
    if value is None or (value == "" and name == "Content-Length"):
        return None
    if not _NUMBER.fullmatch(value):
        raise ProtocolError(TusFault.BAD_HEADER, name)
    return int(value)


def _text(value: str) -> str:
    try:
        text = _decode(value, "Upload-Metadata").decode()
    except UnicodeDecodeError:
        raise ProtocolError(TusFault.BAD_HEADER, "Upload-Metadata") from None
    if "\0" in text:  # PostgreSQL cannot store this character
        raise ProtocolError(TusFault.BAD_HEADER, "Upload-Metadata")
    return text


def _decode(value: str, header: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError(TusFault.BAD_HEADER, header) from None
