"""Send further ranges of a recording without Flask.

A player asks for many ranges of one file. The application checks each address first: who asks, whether they may watch,
and what they may watch (in blind review perhaps only the sound). Its decision then holds for a few seconds, only in this
process, and only for requests with the same cookies, path and query. Each range is read from the file in large pieces.
docs/decisions/015-permission-for-ranges.md says why it is done like this.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any

from app.recording.serving import SERVED_FILE

HELD_SECONDS = 10.0
"""How long a decision holds. Signing out or losing a permission may take effect this much later in another process."""
MAX_DECISIONS = 10_000
"""Maximum number of decisions, and of people whose forms are remembered, that a process keeps."""
PIECE = 1024 * 1024
"""Number of bytes of a response that a thread prepares at a time."""
SAFE = ("GET", "HEAD", "OPTIONS")
_RANGE = re.compile(rb"bytes=(\d{1,15})?-(\d{1,15})?")
_CONTENT_RANGE = re.compile(rb"bytes \d+-\d+/(\d+)")
_CONDITIONS = (b"if-none-match", b"if-match", b"if-modified-since", b"if-unmodified-since")
_OF_ONE_RANGE = (b"content-length", b"content-range", b"date")
Key = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the application sent for an address: the file, its size, its entity tag and the headers of the response."""

    path: str
    size: int
    etag: bytes
    headers: list[tuple[bytes, bytes]]
    until: float


@dataclass(frozen=True, slots=True)
class FileRange:
    """Bytes of a file to send: `length` bytes from `start`, and the headers of the response."""

    path: str
    size: int
    start: int
    length: int
    headers: list[tuple[bytes, bytes]]


class Decisions:
    """The decisions of the application about ranges, by the cookies of the person. Used in one thread only."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self.now = now
        self._held: dict[bytes, dict[Key, Decision]] = {}
        self._count = 0
        self._forgotten_at: dict[bytes, float] = {}
        """When the latest form of a person began or ended, by their cookies."""
        self._none_before = -inf
        """No decision about an earlier request is kept."""

    def find(self, scope: Mapping[str, Any]) -> FileRange | None:
        """Return the range to send, or None if the application has to decide."""
        if scope["method"] != "GET" or not self._held:
            return None
        headers = dict(scope["headers"])
        decision = self._held.get(_cookies(scope), {}).get(_key(scope))
        if decision is None or decision.until <= self.now() or any(each in headers for each in _CONDITIONS):
            return None
        asked = _RANGE.fullmatch(headers.get(b"range", b""))
        if asked is None or headers.get(b"if-range", decision.etag) != decision.etag or _has_body(headers):
            return None
        return _range_of(decision, asked[1], asked[2])

    def keep(self, scope: Mapping[str, Any], environ: Mapping[str, Any], response: Response) -> None:
        """Keep the decision that the application made about a request, if it may be kept.

        `response.began_at` is when the request began, on the clock of this object. The decision is not newer than that.
        """
        path, cookies = environ.get(SERVED_FILE), _cookies(scope)
        headers = dict(response.headers)
        found = _CONTENT_RANGE.fullmatch(headers.get(b"content-range", b""))
        if path is None or not cookies or response.status != 206 or found is None or b"set-cookie" in headers:
            return
        if response.began_at <= self._forgotten_at.get(cookies, self._none_before):
            return
        kept = [(name, value) for name, value in response.headers if name not in _OF_ONE_RANGE]
        until = response.began_at + HELD_SECONDS
        if self._count >= MAX_DECISIONS:
            self._held.clear()
            self._count = 0
        theirs = self._held.setdefault(cookies, {})
        self._count += _key(scope) not in theirs
        theirs[_key(scope)] = Decision(str(path), int(found[1]), headers.get(b"etag", b""), kept, until)

    def forget(self, scope: Mapping[str, Any]) -> None:
        """Forget all decisions about a person who sends a form, because it may sign them out.

        Decisions about their requests that have begun before are not kept either.
        """
        if scope["method"] in SAFE:
            return
        cookies = _cookies(scope)
        self._count -= len(self._held.pop(cookies, {}))
        if len(self._forgotten_at) >= MAX_DECISIONS:
            self._forgotten_at.clear()
            self._none_before = self.now()
        self._forgotten_at[cookies] = self.now()


@dataclass(frozen=True, slots=True)
class Response:
    """The head of a response of the application, and when its request began."""

    status: int
    headers: list[tuple[bytes, bytes]]
    began_at: float


class OpenRange:
    """A range that is being sent. Its methods block, so they run in threads."""

    def __init__(self, wanted: FileRange):
        self.wanted = wanted
        self.place, self.end = wanted.start, wanted.start + wanted.length
        self.file = -1

    @property
    def has_more(self) -> bool:
        """Return whether there are bytes to read."""
        return self.place < self.end

    def begin(self) -> bytes | None:
        """Open the file and return the first piece, or None if the file is no longer there or has another size."""
        with suppress(OSError):
            self.file = os.open(self.wanted.path, os.O_RDONLY | os.O_CLOEXEC)
            if os.fstat(self.file).st_size == self.wanted.size:
                return self.next_piece()
        return None

    def next_piece(self) -> bytes:
        """Return the next piece. Raises OSError if the file has become shorter, so that the response is cut off."""
        piece = os.pread(self.file, min(PIECE, self.end - self.place), self.place)
        if not piece:
            raise OSError("the file has become shorter")
        self.place += len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        if self.file >= 0:
            os.close(self.file)


def _key(scope: Mapping[str, Any]) -> Key:
    return scope["raw_path"], scope["query_string"]


def _cookies(scope: Mapping[str, Any]) -> bytes:
    """Return the Cookie header, or nothing if there are several, because the session may be in any of them."""
    found = [value for name, value in scope["headers"] if name == b"cookie"]
    return found[0] if len(found) == 1 else b""


def _has_body(headers: Mapping[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _range_of(decision: Decision, first: bytes | None, last: bytes | None) -> FileRange | None:
    """Return the range of a file that `bytes=first-last` asks for (RFC 9110, 14.1.2), or None if there is none."""
    if first is None:
        start, end = max(0, decision.size - int(last or 0)), decision.size
    else:
        start, end = int(first), min(decision.size, int(last) + 1 if last is not None else decision.size)
    if start >= end:
        return None
    headers = [
        *decision.headers,
        (b"content-length", b"%d" % (end - start)),
        (b"content-range", b"bytes %d-%d/%d" % (start, end - 1, decision.size)),
    ]
    return FileRange(decision.path, decision.size, start, end - start, headers)
