"""Connections of the web server: how long a request head may take, and how much of a body is kept.

Waitress stores a whole body before the application sees the request. So the limit of each route is applied as soon as
the head has arrived. A body that is too large, or comes without a session, is read and discarded, and nothing is
written to disk. The application then responds with an error page.
"""

from __future__ import annotations

import copy
import io
import resource
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server

from app.body_limits import ARRIVED_HEADER, DISCARDED_HEADER, limit_at_head

HEAD_SECONDS = 20
"""Maximum time for a complete request head. Some attacks hold thousands of unfinished requests open."""
IDLE_SECONDS = 60
"""Maximum idle time of a connection, between two requests or during a body."""
MAX_CONNECTIONS = 10_000
OTHER_FILES = 256
"""File descriptors reserved for everything except connections: the database, the storage, and bodies stored on disk."""


def make_server(app: Flask, **settings: Any) -> Any:
    """Return a Waitress server with the timers and limits of this module. `settings` are passed to Waitress."""
    options = {
        "ident": None,
        "connection_limit": min(MAX_CONNECTIONS, max(_raise_file_limit() - OTHER_FILES, 100)),
        "channel_timeout": IDLE_SECONDS,
        "cleanup_interval": 10,
        "max_request_body_size": app.config["FAIRTAKE"].upload_limit,
        "inbuf_overflow": 512 * 1024,
        "asyncore_use_poll": True,
    }
    server = create_server(app, **{**options, **settings})
    listening = [server] if hasattr(server, "channel_class") else list(server.map.values())
    channel = _channel_class(lambda method, path, cookies: limit_at_head(app, method, path, cookies))
    for one in listening:
        one.channel_class = channel
    return server


def _raise_file_limit() -> int:
    """Raise this process's limit on open files as far as the system allows. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class _NullBuffer:
    """A buffer that discards what is written to it."""

    def append(self, _data: bytes) -> None:
        """Discard the bytes."""

    def getfile(self) -> io.BytesIO:
        """Return an empty body."""
        return io.BytesIO()

    def close(self) -> None:
        """Do nothing."""

    def __len__(self) -> int:
        return 0


def _channel_class(limit: Callable[[str, str, str], int]) -> type[HTTPChannel]:
    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """A request parser that applies the limit of the route as soon as the request head has arrived."""

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            self.headers[ARRIVED_HEADER] = repr(time.time())
            self.headers.pop(DISCARDED_HEADER, None)
            if self.body_rcv is None:
                return
            path = self.path if isinstance(self.path, str) else self.path.decode("latin-1")
            most = limit(
                self.command, path.encode("latin-1").decode("utf-8", "replace"), self.headers.get("COOKIE", "")
            )
            if self.chunked:
                self.adj: Any = copy.copy(self.adj)
                self.adj.max_request_body_size = min(most + 1, self.adj.max_request_body_size)
            elif most < self.content_length < self.adj.max_request_body_size:
                self.body_rcv.buf = _NullBuffer()
                self.headers["CONTENT_LENGTH"] = "0"
                self.headers[DISCARDED_HEADER] = "1"

    class Channel(HTTPChannel):  # type: ignore[misc]
        """A connection that is closed if its request head takes too long."""

        parser_class = Parser

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.head_since: float | None = time.monotonic()
            super().__init__(*arguments, **options)

        def readable(self) -> bool:
            if self.head_since is not None and time.monotonic() - self.head_since > HEAD_SECONDS:
                self.will_close = True
            return bool(super().readable())

        def received(self, data: bytes) -> bool:
            if self.request is None:
                self.head_since = time.monotonic()
            kept = bool(super().received(data))
            if self.request is None or self.request.headers_finished:
                self.head_since = None
            return kept

    return Channel
