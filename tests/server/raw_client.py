"""Sends bytes to the web server over a socket."""

from __future__ import annotations

import socket
from contextlib import closing
from functools import partial

from tests.waiting import LONG_SECONDS

HEAD = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Length: 500000\r\n\r\n"
)
"""The head of a request whose body has 500,000 bytes."""


def connect(port: int, sent: bytes = b"") -> socket.socket:
    """Return a connection on which these bytes have been sent."""
    client = socket.create_connection(("127.0.0.1", port), timeout=LONG_SECONDS)
    client.sendall(sent)
    return client


def wait_for_continue(client: socket.socket) -> None:
    """Wait until the server asks for the body of a request with `Expect: 100-continue`. It has read the head then."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += client.recv(1)
    assert received.startswith(b"HTTP/1.1 100")


def exchange(port: int, sent: bytes, *, is_whole: bool = False) -> bytes:
    """Send these bytes, and return everything that the server sends before it closes the connection.

    With `is_whole`, the server is told that nothing follows.
    """
    with closing(connect(port, sent)) as client:
        if is_whole:
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(partial(client.recv, 65536), b""))
