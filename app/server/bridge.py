"""Run the Flask application behind an ASGI server.

A request reaches the application after its whole body has arrived, so slow uploads do not occupy threads, and a
truncated body never reaches the application. The size limit of each route is applied as soon as the head has arrived: a
body that is too large, or comes without a session, is read and discarded, and the application responds with an error
page. Responses are read from the application in large pieces, so slow downloads do not occupy threads either.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import IO, Any, Protocol
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.wsgi import FileWrapper

from app.accounts.access import limit_at_head
from app.body_limits import ARRIVED_HEADER, DISCARDED_HEADER, SMALL_BODY, has_session
from app.server import ranges
from app.server.bodies import Body, Room
from app.server.ranges import PIECE

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

THREADS = 8
_SINGLE = {b"content-type", b"content-length", b"host"}


class Quick(Protocol):
    """Handles frequent requests without Flask."""

    async def __call__(self, scope: Message, body: IO[bytes], arrived: float) -> dict[str, str] | None:
        """Return the headers of a 204 response, or None to leave the request to Flask. `arrived`: Unix seconds."""

    def close(self) -> None:
        """End the threads when they have finished their current work."""


class Pieces(Protocol):
    """A body that is read in pieces."""

    @property
    def has_more(self) -> bool:
        """Return whether there are bytes after the pieces that were read."""

    def next_piece(self) -> bytes:
        """Return the next piece."""


class Bridge:
    """An ASGI application that runs a Flask application in threads. `quick` may handle a request first."""

    def __init__(self, app: Flask, *, threads: int = THREADS, quick: Quick | None = None):
        self.app, self.quick, self.decisions, self.room = app, quick, ranges.Decisions(), Room()
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one request."""
        wanted = self.decisions.find(scope)
        if wanted is not None and await self._send_range(wanted, receive, send):
            return
        self.decisions.forget(scope)
        arrived, began_at = time.time(), self.decisions.now()
        with await self._new_body(scope) as body:
            if not await body.read(receive):
                return  # the client is gone
            if self.quick is not None and body.discarded is None:
                headers = await self.quick(scope, body.file, arrived)
                if headers is not None:
                    await _send_204(send, headers)
                    return
                body.file.seek(0)
            context = contextvars.copy_context()
            response = _Response(self.app, environ_of(scope, body, arrived))
            loop = asyncio.get_running_loop()
            try:
                piece = await loop.run_in_executor(self.pool, context.run, response.begin)
                self.decisions.forget(scope)  # again, because a decision may have been made meanwhile
                head = ranges.Response(response.status, response.headers, began_at)
                self.decisions.keep(scope, response.environ, head)
                await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
                await self._send_pieces(receive, send, piece, response, context.run)
            finally:
                if response.is_open:
                    await loop.run_in_executor(self.pool, context.run, response.close)

    async def _send_range(self, wanted: ranges.FileRange, receive: Receive, send: Send) -> bool:
        """Send bytes of a file. Returns False if it cannot be read, so that the application responds."""
        source = ranges.OpenRange(wanted)
        try:
            piece = await asyncio.get_running_loop().run_in_executor(self.pool, source.begin)
            if piece is None:
                return False
            await receive()  # the request, which has no body
            await send({"type": "http.response.start", "status": 206, "headers": wanted.headers})
            await self._send_pieces(receive, send, piece, source)
            return True
        finally:
            source.close()

    async def _send_pieces(
        self, receive: Receive, send: Send, piece: bytes, source: Pieces, run: Callable[..., Any] | None = None
    ) -> None:
        """Send the first piece of a body and all further ones, until the client is gone. `run` runs them in a context."""
        loop = asyncio.get_running_loop()
        work = partial(run, source.next_piece) if run else source.next_piece
        gone = asyncio.ensure_future(receive()) if source.has_more else None
        while source.has_more and not (gone and gone.done()):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await loop.run_in_executor(self.pool, work)
        if gone and not gone.done():
            gone.cancel()
        await send({"type": "http.response.body", "body": piece})

    async def _new_body(self, scope: Message) -> Body:
        """Return the empty body of a request, with the limit of its route. Only before a large body is the database
        asked who sends it.
        """
        headers = dict(scope["headers"])
        cookies = headers.get(b"cookie", b"").decode("latin-1")
        is_known = cache(partial(has_session, self.app, cookies))
        announced = headers.get(b"content-length", b"0")
        size = int(announced) if announced.isdigit() else 0
        if size <= SMALL_BODY and b"transfer-encoding" not in headers:
            return Body(self.room, SMALL_BODY, size, is_known)
        path = unquote_to_bytes(scope["raw_path"]).decode("utf-8", "replace")
        ask = partial(limit_at_head, self.app, scope["method"], path, cookies)
        limit = await asyncio.get_running_loop().run_in_executor(self.pool, ask)
        return Body(self.room, limit, size, is_known)


async def _send_204(send: Send, headers: dict[str, str]) -> None:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 204, "headers": encoded})
    await send({"type": "http.response.body", "body": b""})


def environ_of(scope: Message, body: Body, arrived: float) -> dict[str, Any]:
    """Return the WSGI environment of a request (PEP 3333). `arrived` is when its head had arrived, in Unix seconds.

    Header names with an underscore are left out, because WSGI cannot tell them from names with a hyphen.
    """
    host, port = scope.get("server") or ("localhost", None)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body.file,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": _in_large_pieces,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:
            _add_header(environ, name, value.decode("latin-1"))
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is complete
    if "CONTENT_LENGTH" in environ or body.size:
        environ["CONTENT_LENGTH"] = str(body.size) if body.discarded is None else "0"
    environ[f"HTTP_{ARRIVED_HEADER}"] = repr(arrived)
    environ.pop(f"HTTP_{DISCARDED_HEADER}", None)
    if body.discarded is not None:
        environ[f"HTTP_{DISCARDED_HEADER}"] = body.discarded.value
    return environ


def _in_large_pieces(file: IO[bytes], _size: int = 0) -> FileWrapper:
    """Return the pieces of a file. Werkzeug would read 8 KB at a time, which takes ten times as long for a recording."""
    return FileWrapper(file, PIECE)


def _add_header(environ: dict[str, Any], name: bytes, value: str) -> None:
    key = name.decode("latin-1").upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    if key in environ and name not in _SINGLE:
        value = f"{environ[key]}{'; ' if name == b'cookie' else ','}{value}"
    environ[key] = value


@dataclass
class _Response:
    """A response of the Flask application, which is read in pieces. All methods but the constructor run in threads."""

    app: Flask
    environ: dict[str, Any]
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    has_more: bool = False
    is_open: bool = False
    _iterable: Iterable[bytes] = ()
    _pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def begin(self) -> bytes:
        """Run the application. Returns the first piece of the body, and sets the status and the headers."""
        self._iterable = self.app(self.environ, self._start)
        self.is_open = True
        self._pieces = iter(self._iterable)
        return self.next_piece()

    def next_piece(self) -> bytes:
        """Return the next piece of the body: about PIECE bytes, or the rest."""
        parts: list[bytes] = []
        size, self.has_more = 0, True
        while size < PIECE:
            part = next(self._pieces, None)
            if part is None:
                self.has_more = False
                self.close()
                break
            parts.append(part)
            size += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Release the resources of the response, such as an open file."""
        self.is_open = False
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()

    def _start(self, status: str, headers: list[tuple[str, str]], _problem: object = None) -> Callable[[bytes], object]:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return lambda _data: None  # the old write function of WSGI, which Flask does not use
