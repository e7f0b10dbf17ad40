"""A slow and unreliable connection in front of a server: limited bandwidth, lost requests, and outages.

Either a request is lost on its way to the server, or its response on the way back. A lost response is worse, because
the server has processed the request and the browser does not know that.
"""

from __future__ import annotations

import random
import threading
import time
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
PIECE = 1024
"""Number of bytes sent at a time. While one request is sent, another one waits for at most this many bytes."""


class BadLine:
    """A proxy that forwards HTTP to `target`.

    `loss` is the proportion of requests that are lost. While `is_cut` is true, no request succeeds.
    """

    def __init__(self, target: str, *, bits_per_second: int, loss: float = 0.0, seed: int = 7) -> None:
        self.target = urlsplit(target).netloc
        self.loss, self.is_cut = loss, False
        self.lost = self.passed = 0
        self.random = random.Random(seed)
        self.bytes_per_second = bits_per_second / 8
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

    def carry(self, direction: str, size: int) -> None:
        """Wait as long as the connection, shared by all requests, takes for `size` bytes in one direction."""
        for start in range(0, size, PIECE):
            with self.directions[direction]:
                time.sleep(min(PIECE, size - start) / self.bytes_per_second)
            if self.is_cut:
                raise ConnectionError


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: BadLine

    def log_message(self, *_: Any) -> None:
        """Suppress the log of requests."""

    def forward(self) -> None:
        """Forward one request and its response, unless one of them is lost."""
        line = self.line
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_lost = line.random.random() < line.loss
        is_lost_on_its_way_back = is_lost and line.random.random() < 0.5
        try:
            line.carry("up", len(body) + len(str(self.headers)))
            if is_lost and not is_lost_on_its_way_back:
                raise ConnectionError
            answer, content = self.ask(body)
            if is_lost_on_its_way_back:
                raise ConnectionError
            line.carry("down", len(content) + len(str(answer.headers)))
        except ConnectionError:
            line.lost += 1
            self.close_connection = True
            self.connection.close()
            return
        line.passed += 1
        self.reply(answer, content)

    do_GET = do_POST = do_PATCH = do_HEAD = forward

    def ask(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(self.line.target, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def reply(self, answer: HTTPResponse, content: bytes) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
