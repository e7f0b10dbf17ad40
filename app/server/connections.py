"""Connections of the web server: timers for slow clients, and limits on request heads and on the number of connections.

Uvicorn closes a connection that is idle between two requests. It has no timers for unfinished heads, stalled bodies or
clients that read nothing, so those are here. All connections of a process are checked every few seconds.
"""

from __future__ import annotations

import asyncio
import heapq
import resource
import time
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEAD_SECONDS = 20
"""Maximum time for a complete request head. Some attacks hold thousands of unfinished requests open."""
IDLE_SECONDS = 60
"""Maximum time without a byte: between two requests, during a body, and while a client reads a response."""
CHECK_SECONDS = 1.0
"""How often the timers are checked."""
MAX_HEAD_BYTES = 32 * 1024
"""Maximum size of a request head. The longest from a browser, with a session cookie, has 3 KB."""
MAX_HEADERS = 100
"""Maximum number of headers of a request. Each takes some hundred bytes of memory, even if it is empty."""
MAX_PIPELINED = 8
"""Maximum number of requests that may wait on a connection for the response before them. Browsers send none."""
MAX_PIPELINED_BYTES = 16 * 1024
"""Maximum size of the bodies of the requests that wait."""
MAX_UNSENT_BYTES = 512 * 1024 * 1024
"""Maximum size of the responses that wait for their clients, of all connections of a process together. Beyond it, the
connections whose clients have read nothing for longest are closed.
"""
MAX_CONNECTIONS = 10_000
"""Maximum number of connections of one process. Beyond it, the connections that have been idle longest are closed."""
FILES_PER_CONNECTION = 2
"""File descriptors of a connection: its own, and that of a body on disk or of a file that is being sent."""
OTHER_FILES = 256
"""File descriptors reserved for everything except connections, such as the database and the storage."""
_checks: WeakKeyDictionary[ServerState, asyncio.Task[None]] = WeakKeyDictionary()
"""For each server of this process, the task that checks the timers of its connections."""


def connection_limit() -> int:
    """Raise this process's limit on open files as far as needed and allowed. Returns how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS * FILES_PER_CONNECTION + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max((wanted - OTHER_FILES) // FILES_PER_CONNECTION, 100)


class Connection(HttpToolsProtocol):
    """A connection to a client, which is closed if the client is too slow."""

    limit = MAX_CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request head. Close idle connections if there are too many."""
        super().connection_made(transport)
        self.heard_at = time.monotonic()
        self.head_since: float | None = self.heard_at
        self.head_bytes = self.header_bytes = 0
        self.unread: tuple[int, float] | None = None
        check = _checks.get(self.server_state)
        if check is None or check.done():
            _checks[self.server_state] = self.loop.create_task(_close_slow_ones(self.server_state))
        if len(self.connections) > self.limit:
            self._close_idle_ones()

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived. A request head that is too large ends the connection."""
        self.heard_at = time.monotonic()
        super().data_received(data)
        if self.head_since is None or self.transport.is_closing():
            return
        self.head_bytes += len(data)
        if self.head_bytes > MAX_HEAD_BYTES:
            self.send_400_response("The request head is too large.")

    def on_message_begin(self) -> None:
        """Start the timer of a request head."""
        self.head_since, self.head_bytes, self.header_bytes = self.heard_at, 0, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header. Raises ValueError, which Uvicorn turns into a 400, if the head is too large."""
        self.header_bytes += len(name) + len(value)
        if self.header_bytes > MAX_HEAD_BYTES or len(self.headers) >= MAX_HEADERS:
            raise ValueError("the request head is too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the timer of the request head."""
        self.head_since = None
        super().on_headers_complete()
        self._limit_pipeline()

    def on_body(self, body: bytes) -> None:
        """Add bytes to the body of the newest request."""
        super().on_body(body)
        self._limit_pipeline()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request and close the connection. A response before it may be unfinished, so nothing is added."""
        if self.pipeline:
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def _limit_pipeline(self) -> None:
        """Raise ValueError, which ends the connection, if too much waits for the response to an earlier request."""
        waiting = sum(len(cycle.body) for cycle, _app in self.pipeline)
        if len(self.pipeline) > MAX_PIPELINED or waiting > MAX_PIPELINED_BYTES:
            raise ValueError("too many requests at once")

    def close_if_slow(self, now: float) -> None:
        """Close the connection if its client has been too slow. `now` is in seconds of the monotonic clock."""
        if self.transport.is_closing():
            return
        is_slow_head = self.head_since is not None and now - self.head_since > HEAD_SECONDS
        if is_slow_head or (self.has_unfinished_body() and now - self.heard_at > IDLE_SECONDS):
            self.transport.close()
        elif self._has_stopped_reading(now):
            self.transport.abort()

    def is_idle(self) -> bool:
        """Return whether no request is being received or handled."""
        return self.cycle is None or self.cycle.response_complete

    def _has_stopped_reading(self, now: float) -> bool:
        size = self.transport.get_write_buffer_size()
        if not size:
            self.unread = None
        elif self.unread is None or self.unread[0] != size:
            self.unread = (size, now)
        return self.unread is not None and now - self.unread[1] > IDLE_SECONDS

    def has_unfinished_body(self) -> bool:
        """Return whether a part of the body of a request has not arrived yet."""
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _close_idle_ones(self) -> None:
        """Close the oldest idle connections or, if there are none, those whose bodies have waited longest for a byte."""
        ours = [each for each in self.connections if isinstance(each, Connection) and each is not self]
        idle = [each for each in ours if each.is_idle()] or [each for each in ours if each.has_unfinished_body()]
        most = max(1, self.limit // 100)
        for each in heapq.nsmallest(most, idle, key=lambda one: one.heard_at):
            each.transport.abort()


async def _close_slow_ones(server: ServerState) -> None:
    """Check the timers of all connections of a server, until it has none."""
    while server.connections:
        await asyncio.sleep(CHECK_SECONDS)
        now = time.monotonic()
        for each in tuple(server.connections):
            if isinstance(each, Connection):
                each.close_if_slow(now)
        _limit_unsent([each for each in server.connections if isinstance(each, Connection) and each.unread])


def _limit_unsent(reading: list[Connection]) -> None:
    """Close the connections whose clients have read nothing for longest, until the rest fits into memory."""
    unsent = sum(each.unread[0] for each in reading if each.unread)
    for each in sorted(reading, key=lambda one: one.unread[1] if one.unread else 0.0):
        if unsent <= MAX_UNSENT_BYTES:
            return
        unsent -= each.unread[0] if each.unread else 0
        each.transport.abort()
