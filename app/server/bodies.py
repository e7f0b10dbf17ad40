"""Request bodies while they arrive, and what they may take together in a process.

A body is kept in memory, or from a certain size on in a temporary file. Anyone can begin a request, so what people
without a session send is never kept in a file, and takes little memory however many connections send it. Forms are
small, so their beginning always has room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from enum import Enum
from typing import IO, Any, cast

from app import temporary
from app.body_limits import NO_ROOM

MIB = 1024 * 1024
ALWAYS_KEPT = 16 * 1024
"""This much of each body is kept, with or without a session."""
IN_MEMORY = 512 * 1024
"""A longer body is kept in a temporary file, if its sender has a session."""
MAX_UNKNOWN = 16 * MIB
"""While all bodies together have more than this in memory, only senders with a session may add to it."""
MAX_MEMORY = 64 * MIB
"""While all bodies together have this much in memory, further bytes are kept in files."""


class Discarded(Enum):
    """Why no part of a body is kept. The values are those of the header for the application."""

    TOO_LARGE = "too large"
    NO_ROOM = NO_ROOM


class Room:
    """How much memory the bodies of this process take, beyond the beginning of each. Used in one thread only."""

    def __init__(self) -> None:
        self.taken = 0


class Body:
    """The body of a request. If it is longer than `most` bytes or there is no room for it, no part of it is kept.

    `announced` is its length according to its head, or 0. `has_session` says whether its sender has a session.
    """

    def __init__(self, room: Room, most: int, announced: int, has_session: Callable[[], bool]):
        self.room, self.most, self.has_session = room, most, has_session
        self.size = self.taken = 0
        self.is_on_disk = False
        self.discarded = Discarded.TOO_LARGE if announced > most else None
        self.file: IO[bytes] = temporary.spooled_file(0)

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave_memory()
        self.file.close()

    async def read(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bool:
        """Read the whole body. Returns False if the client has closed the connection early."""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return False
            self._keep(message.get("body", b""))
            if not message.get("more_body", False):
                self.file.seek(0)
                return True

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.discarded is not None:
            return
        self.discarded = Discarded.TOO_LARGE if self.size > self.most else self._make_room(len(piece))
        if self.discarded is None:
            self.file.write(piece)
        else:
            self._leave_memory()
            self.file.seek(0)
            self.file.truncate()

    def _make_room(self, added: int) -> Discarded | None:
        """Take memory for bytes that have arrived, or move the body into a file. Returns why neither is possible."""
        if self.is_on_disk or self.size <= ALWAYS_KEPT:
            return None
        if self.size <= IN_MEMORY:
            free = MAX_UNKNOWN - self.room.taken
            if added <= free or (added <= free + MAX_MEMORY - MAX_UNKNOWN and self.has_session()):
                self.taken += added
                self.room.taken += added
                return None
        if not self.has_session():
            return Discarded.TOO_LARGE if self.size > IN_MEMORY else Discarded.NO_ROOM
        cast(Any, self.file).rollover()
        self.is_on_disk = True
        self._leave_memory()
        return None

    def _leave_memory(self) -> None:
        self.room.taken -= self.taken
        self.taken = 0
