"""A slow and unreliable connection in front of a server: limited bandwidth, lost requests, and outages.

Either a request is lost on its way to the server, or its response on the way back. A lost response is worse, because
the server has processed the request and the browser does not know that.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
PIECE = 1024
"""Number of bytes sent at a time. While one request is sent, another one waits for at most this many bytes."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the browser."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A response of the server."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    content: bytes = b""


class BadLine:
    """A proxy that forwards HTTP to `target`.

    `loss` is the proportion of requests that are lost. While `is_cut` is true, no request succeeds. Without
    `bits_per_second`, bandwidth is not limited.
    """

    def __init__(self, target: str, *, bits_per_second: int | None = None, loss: float = 0.0, seed: int = 7) -> None:
        self.target = urlsplit(target).netloc
        self.loss, self.is_cut = loss, False
        self.lost = self.passed = 0
        self.random = random.Random(seed)
        self.bytes_per_second = bits_per_second and bits_per_second / 8
        self.directions = {"up": threading.Lock(), "down": threading.Lock()}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"line": self}))
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """The address of the proxy."""
        return f"http://127.0.0.1:{self.http.server_port}"

    def close(self) -> None:
        """Stop the proxy."""
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(5)

    def answer(self, request: Request) -> Response:
        """Forward a request and return its response. Raises ConnectionError if one of them is lost."""
        is_lost = self.random.random() < self.loss
        is_lost_on_its_way_back = is_lost and self.random.random() < 0.5
        self._carry("up", len(request.body) + len(str(request.headers)))
        if is_lost and not is_lost_on_its_way_back:
            raise ConnectionError
        response = self.forward(request)
        if is_lost_on_its_way_back:
            raise ConnectionError
        self._carry("down", len(response.content) + len(str(response.headers)))
        return response

    def forward(self, request: Request) -> Response:
        """Send a request to the server and return its response."""
        connection = HTTPConnection(self.target, timeout=30)
        connection.request(request.method, request.path, request.body, request.headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Response(answer.status, answer.getheaders(), content)

    def _carry(self, direction: str, size: int) -> None:
        """Wait as long as the connection, shared by all requests, takes for `size` bytes in one direction."""
        for start in range(0, size, PIECE) if self.bytes_per_second else ():
            with self.directions[direction]:
                time.sleep(min(PIECE, size - start) / self.bytes_per_second)
            if self.is_cut:
                raise ConnectionError


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: BadLine

    def log_message(self, *_: Any) -> None:
        """Suppress the log of requests."""

    def respond(self) -> None:
        """Respond to one request, or close the connection if the request or its response is lost."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        try:
            response = self.line.answer(Request(self.command, self.path, headers, body))
        except ConnectionError:
            self.line.lost += 1
            self.close_connection = True
            self.connection.close()
            return
        self.line.passed += 1
        self.send(response)

    do_GET = do_POST = do_PATCH = do_HEAD = respond

    def send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.content)))
        with suppress(ConnectionError):  # the browser did not wait
            self.end_headers()
            self.wfile.write(response.content)
