"""Slow clients do not block other clients of the web server, and their connections are closed."""

from __future__ import annotations

import resource
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress

import psutil
import pytest
from flask import Flask, Response, request

from app.server import connections
from app.server.connections import MAX_HEAD_BYTES, Connection
from tests.server.raw_client import HEAD, connect, exchange, wait_for_continue
from tests.waiting import LONG_SECONDS, wait_until
from tools.local_server import served

SLOW_CLIENTS = 50
HALF_OPEN = 2_100


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    app.config["TESTING"] = False
    app.before_request_funcs[None].insert(0, respond_at_length)
    with served(app, threads=4) as port:
        yield port


def respond_at_length() -> Response | None:
    """Respond to /large with 64 MB."""
    return Response(b"x" * (1 << 20) for _ in range(64)) if request.path == "/large" else None


def page_is_served(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=LONG_SECONDS) as answer:
        return bool(answer.status == 200)


def test_a_page_is_served_while_many_slow_uploads_are_open(port: int) -> None:
    clients = [connect(port, HEAD + b"x" * 1000) for _ in range(SLOW_CLIENTS)]
    assert page_is_served(port)
    for client in clients:
        client.close()


def test_a_page_is_served_while_many_clients_read_nothing(port: int) -> None:
    clients = [connect(port, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(SLOW_CLIENTS)]
    time.sleep(0.5)
    assert page_is_served(port)
    for client in clients:
        client.close()


@pytest.mark.database_independent
def test_pages_are_served_while_thousands_of_connections_are_half_open(port: int) -> None:
    clients = [connect(port, b"GET /healthz HTTP/1.1\r\nHost: loc" if at % 2 else b"") for at in range(HALF_OPEN)]
    assert page_is_served(port)
    for client in clients:
        client.close()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: loc"])
def test_connection_without_a_whole_head_is_closed(port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with closing(connect(port, sent)) as client:
        assert client.recv(1) == b""


def test_connection_whose_next_head_is_not_whole_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(connect(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea")) as client:
        assert client.recv(12) == b"HTTP/1.1 200"
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
        assert b"HTTP/1.1" not in b"".join(iter(lambda: client.recv(65536), b""))


def test_connection_with_a_slow_body_is_not_closed_for_its_head(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    head = HEAD.replace(b"500000\r\n", b"5\r\nExpect: 100-continue\r\n")
    with closing(connect(port, head + b"a")) as client:
        wait_for_continue(client)
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
        time.sleep(1.5)
        client.sendall(b"bcde")
        assert client.recv(12).startswith(b"HTTP/1.1 4")


def test_connection_whose_body_stops_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.2)
    with closing(connect(port, HEAD + b"x" * 1000)) as client:
        assert client.recv(1) == b""


def test_connection_of_a_client_that_reads_nothing_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.5)
    with closing(connect(port, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")) as client:
        wait_until(lambda: has_server_side(client), "the server accepts the connection")
        wait_until(lambda: not has_server_side(client), "the server closes the connection")
        assert bytes_until_closed(client) < 64 << 20


def has_server_side(client: socket.socket) -> bool:
    """Return whether this process, in which the server runs too, has the other end of a connection open."""
    address = client.getsockname()
    return any(each.raddr == address for each in psutil.Process().net_connections("tcp4"))


def bytes_until_closed(client: socket.socket) -> int:
    received = 0
    with suppress(ConnectionError):
        while data := client.recv(1 << 20):
            received += len(data)
    return received


def test_head_that_is_too_large_is_refused(port: int) -> None:
    line = b"X-Long: " + b"x" * 8000 + b"\r\n"
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + line * (MAX_HEAD_BYTES // len(line) + 2)
    with closing(connect(port, head)) as client:
        assert not client.recv(12).startswith(b"HTTP/1.1 200")


def test_head_without_an_end_is_refused(port: int) -> None:
    with closing(connect(port, b"GET /healthz HTTP/1.1\r\nX-Long: ")) as client:
        with suppress(ConnectionError):
            for _ in range(64):
                client.sendall(b"x" * 8000)
        assert bytes_until_closed(client) < 1000


def test_head_with_too_many_headers_is_refused(port: int) -> None:
    """Thousands of empty headers would take a hundred times their size."""
    for number, is_fine in ((connections.MAX_HEADERS - 2, True), (connections.MAX_HEADERS, False)):
        head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + b"a:\r\n" * number + b"\r\n"
        assert exchange(port, head).startswith(b"HTTP/1.1 200") == is_fine


def test_a_few_requests_may_wait_on_a_connection(port: int) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = exchange(port, one * 5 + one.replace(b"localhost", b"localhost\r\nConnection: close"))
    assert answer.count(b"HTTP/1.1 200") == 6


@pytest.mark.parametrize(
    "more",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000,
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" + b"x" * 60_000,
    ],
    ids=["requests", "body"],
)
def test_connection_on_which_too_much_waits_is_closed(app: Flask, port: int, more: bytes) -> None:
    """The first request is not finished before the others have arrived."""
    arrived = threading.Event()

    def wait() -> None:
        if request.path == "/waits":
            arrived.wait(LONG_SECONDS)

    app.before_request_funcs[None].insert(0, wait)
    with closing(connect(port, b"GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n")) as client:
        with suppress(ConnectionError):
            client.sendall(more)
        assert bytes_until_closed(client) == 0
        arrived.set()
    assert page_is_served(port)


def test_responses_that_nobody_reads_take_limited_memory(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_UNSENT_BYTES", 0)
    with closing(connect(port, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")) as client:
        wait_until(lambda: has_server_side(client), "the server accepts the connection")
        wait_until(lambda: not has_server_side(client), "the server closes the connection")
    assert page_is_served(port)


@pytest.mark.parametrize(
    ("hard", "connections_that_fit"),
    [(resource.RLIM_INFINITY, connections.MAX_CONNECTIONS), (1 << 20, connections.MAX_CONNECTIONS), (4096, 1920)],
)
def test_each_connection_may_have_a_file(monkeypatch: pytest.MonkeyPatch, hard: int, connections_that_fit: int) -> None:
    chosen: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (1024, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _kind, limits: chosen.append(limits))
    assert connections.connection_limit() == connections_that_fit
    assert chosen == [(connections_that_fit * 2 + connections.OTHER_FILES, hard)]


def test_oldest_idle_connection_makes_room_for_a_new_one(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "limit", 3)
    clients = [connect(port) for _ in range(3)]
    time.sleep(0.2)
    assert page_is_served(port)
    assert clients[0].recv(1) == b""
    for client in clients:
        client.close()


def test_the_stalest_unfinished_body_makes_room_if_no_connection_is_idle(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = []
    for _ in range(3):
        clients.append(connect(port, HEAD + b"x"))
        time.sleep(0.1)
    monkeypatch.setattr(Connection, "limit", 3)
    assert page_is_served(port)
    assert clients[0].recv(1) == b""
    for client in clients:
        client.close()


def test_connection_is_kept_after_an_empty_response(port: int) -> None:
    request = b"OPTIONS /uploads/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with closing(connect(port, request)) as client:
        assert client.recv(65536).startswith(b"HTTP/1.1 204")
        client.sendall(request)
        assert client.recv(65536).startswith(b"HTTP/1.1 204")
