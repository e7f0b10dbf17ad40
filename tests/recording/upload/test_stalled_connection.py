"""A stalled connection to the real server writes nothing after its upload was taken over, even if it continues at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask

from app.recording.models import Take
from app.recording.upload import tus as tus_protocol
from tests.recording.uploading import Tus, acknowledged, known_keys, stored_keys
from tests.server.raw_client import connect, exchange, wait_for_continue
from tools.local_server import served


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    with served(app, threads=4) as port:
        yield port


def head(tus: Tus, method: str, address: str, *lines: str) -> bytes:
    """Return the head of a request with the session of a candidate."""
    cookie = tus.client.get_cookie("fairtake")
    assert cookie is not None
    fixed = ["Host: localhost", f"Tus-Resumable: {tus_protocol.VERSION}", f"Cookie: fairtake={cookie.value}"]
    return "\r\n".join([f"{method} {address} HTTP/1.1", *fixed, *lines, "", ""]).encode()


def part(tus: Tus, address: str, offset: int, length: int, *lines: str) -> bytes:
    described = [
        "Content-Type: application/offset+octet-stream",
        f"Upload-Offset: {offset}",
        f"Content-Length: {length}",
    ]
    return head(tus, "PATCH", address, *described, *lines)


def test_connection_that_stalled_before_a_take_over_writes_nothing(tus: Tus, take: Take, port: int) -> None:
    address = tus.begin(take)
    tus.patch(address, 0, b"abc")
    with closing(connect(port, part(tus, address, 3, 4, "Expect: 100-continue") + b"de")) as stalled:
        wait_for_continue(stalled)
        answer = exchange(port, head(tus, "HEAD", address, "Connection: close"))
        assert b"upload-offset: 3" in answer.lower()
        stalled.sendall(b"fg")
        assert stalled.recv(12) == b"HTTP/1.1 409"
    assert acknowledged(address) == b"abc"
    assert stored_keys() == known_keys(), "the bytes of the stalled connection are deleted"
    answer = exchange(port, part(tus, address, 3, 4, "Connection: close") + b"defg")
    assert answer.startswith(b"HTTP/1.1 204")
    assert acknowledged(address) == b"abcdefg"


def test_connection_that_stalls_may_go_on_if_nobody_asked(tus: Tus, take: Take, port: int) -> None:
    address = tus.begin(take)
    with closing(connect(port, part(tus, address, 0, 4, "Expect: 100-continue") + b"ab")) as slow:
        wait_for_continue(slow)
        slow.sendall(b"cd")
        assert slow.recv(12) == b"HTTP/1.1 204"
    assert acknowledged(address) == b"abcd"
