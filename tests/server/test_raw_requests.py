"""Requests that no browser sends cause no server error: odd request lines, heads and bodies, byte by byte on the wire."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.server.raw_client import exchange
from tools.local_server import served

LINES: tuple[bytes, ...] = (
    b"GET http://localhost/sign-in HTTP/1.1",
    b"GET http://evil.example/sign-in HTTP/1.1",
    b"GET http://localhost HTTP/1.1",
    b"GET //sign-in HTTP/1.1",
    b"GET /../../etc/passwd HTTP/1.1",
    b"GET /%2e%2e/%00 HTTP/1.1",
    b"GET /sign-in%0d%0aX-A:b HTTP/1.1",
    b"GET /\xff\xfe\xed\xa0\x80 HTTP/1.1",
    b"GET /sign-in?\xff=%ff#fragment HTTP/1.1",
    b"GET /sign-in HTTP/1.0",
    b"GET /sign-in HTTP/0.9",
    b"GET /sign-in HTTP/9.9",
    b"GET /sign-in",
    b"GET  /sign-in  HTTP/1.1",
    b"GET sign-in HTTP/1.1",
    b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"CONNECT localhost:443 HTTP/1.1",
    b"TRACE /sign-in HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"BREW /sign-in HTTP/1.1",
    b"HEAD /sign-in HTTP/1.1",
    b"PATCH /uploads/" + b"a" * 26 + b" HTTP/1.1",
    b"POST /sign-in HTTP/1.1",
    b"POST /uploads/ HTTP/1.1",
    b"GET /" + b"a/" * 10_000 + b" HTTP/1.1",
    b"GET /?" + b"a&" * 10_000 + b" HTTP/1.1",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\0" * 100,
)
HEADERS: tuple[bytes, ...] = (
    b"Host: localhost",
    b"Host: ",
    b"Host: [::1",
    b"Host: a b",
    b"Host: localhost\r\nHost: evil.example",
    b"Host: localhost\r\nContent-Length: -1",
    b"Host: localhost\r\nContent-Length: " + b"9" * 30,
    b"Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6",
    b"Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
    b"Host: localhost\r\nTransfer-Encoding: gzip, chunked",
    b"Host: localhost\r\nTransfer-Encoding: chunked, identity",
    b"Host: localhost\r\nExpect: 100-continue",
    b"Host: localhost\r\nExpect: a-miracle",
    b"Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade",
    b"Host: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
    b"Host: localhost\r\n folded: line",
    b"Host: localhost\r\nno colon",
    b"Host: localhost\r\n: no name",
    b"Host: localhost\r\nX-\xff: \xff\xfe\0",
    b"Host: localhost\r\nCookie: fairtake=" + b"a" * 8000,
    b"Host: localhost\r\nCookie: a=b; fairtake=\xff; =; ;;",
    b"Host: localhost\r\nRange: bytes=0-0, 1-1, -1",
    b"Host: localhost\r\nFairtake-Arrived: nan\r\nFairtake-Body-Discarded: no room",
    b"Host: localhost\r\nX-Forwarded-For: \xff, ::1%25, 999.1.1.1",
    b"Host: localhost\nConnection: close",
)
BODIES: tuple[bytes, ...] = (
    b"",
    b"abcde",
    b"0\r\n\r\n",
    b"5\r\nabcde\r\n0\r\nTrailer: x\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\na",
    b"-1\r\nabc\r\n",
    b'5;ext="\0"\r\nabcde\r\n0\r\n\r\n',
    b"\xff" * 5000,
)
SEED, RANDOM_ONES = 0, 60


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    app.config["TESTING"] = False
    with served(app, threads=4) as port:
        yield port


def heads() -> list[bytes]:
    """Return each odd line with a good header, each odd header with a good line, and some pairs."""
    chance = random.Random(SEED)
    good = LINES[0].replace(b"http://localhost", b"")
    pairs = [(line, HEADERS[0]) for line in LINES]
    pairs += [(line, header) for header in HEADERS for line in (good, good.replace(b"GET", b"POST"))]
    pairs += [(chance.choice(LINES), chance.choice(HEADERS)) for _ in range(RANDOM_ONES)]
    return [
        line + b"\r\n" + header + b"\r\nConnection: close\r\n\r\n" + chance.choice(BODIES) for line, header in pairs
    ]


def test_odd_requests_cause_no_server_error(port: int) -> None:
    """The client has sent everything and closes its side, so that no request waits for more."""
    for sent in heads():
        answer = exchange(port, sent, is_whole=True)
        lines = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.")]
        assert [line for line in lines if line.split()[1] >= b"500"] == [], sent[:200]
        assert b"X-A" not in answer.partition(b"\r\n\r\n")[0], "a header that the client made up"
    assert exchange(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(
        b"HTTP/1.1 200"
    )
