"""Slow clients do not block other clients of the web server, and the application does not get truncated bodies."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask, request
from waitress.buffers import TempfileBasedBuffer

from app import connections
from app.connections import make_server
from tests.factories import enter, make_attempt

SLOW_CLIENTS = 50
HALF_OPEN = 2_100
HEAD = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Length: 500000\r\n\r\n"
)


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    app.config["TESTING"] = False
    server = make_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.trigger.pull_trigger(server.close)  # close it in the server's thread, which may be using the sockets
    thread.join(5)


def test_a_page_is_served_while_many_slow_uploads_are_open(port: int) -> None:
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW_CLIENTS)]
    for client in clients:
        client.sendall(HEAD + b"x" * 1000)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200
    for client in clients:
        client.close()


def test_a_body_that_was_cut_off_never_reaches_the_application(app: Flask, port: int) -> None:
    seen: list[str] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.method))
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(HEAD + b"x" * 100_000)
    client.close()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200
    assert seen == ["GET"]


@pytest.mark.database_independent
def test_pages_are_served_while_thousands_of_connections_are_half_open(port: int) -> None:
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(HALF_OPEN)]
    for client in clients[::2]:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
        assert answer.status == 200
    for client in clients:
        client.close()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: loc"])
def test_connection_without_a_whole_head_is_closed(port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(sent)
    assert client.recv(1) == b""
    client.close()


def test_connection_with_a_slow_body_is_not_closed_for_its_head(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(HEAD.replace(b"500000", b"5") + b"a")
    time.sleep(1.5)
    client.sendall(b"bcde")
    assert client.recv(12).startswith(b"HTTP/1.1 4")
    client.close()


def multipart(size: int) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"a" * size + b"\r\n--x--\r\n"


def post(port: int, path: str, body: bytes, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: multipart/form-data; boundary=x"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return b"".join(iter(partial(client.recv, 65536), b""))


@pytest.fixture
def kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of request bodies that the server or a form parser wrote to a temporary file."""
    sizes: list[int] = []

    class Counted(tempfile.SpooledTemporaryFile):  # type: ignore[type-arg]
        def write(self, data: bytes) -> int:  # type: ignore[override]
            sizes.append(len(data))
            return super().write(data)

    original = TempfileBasedBuffer.append

    def append(self: TempfileBasedBuffer, data: bytes) -> None:
        sizes.append(len(data))
        original(self, data)

    monkeypatch.setattr(TempfileBasedBuffer, "append", append)
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", Counted)
    return sizes


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/interview/questions/aaa/file", b"401"),
        ("/manage/interviews/aaa/questions/bbb/prompt", b"401"),
        ("/sign-in", b"413"),
        ("/nowhere", b"404"),
    ],
)
def test_large_body_without_a_session_is_not_stored(
    port: int, kept_on_disk: list[int], path: str, status: bytes
) -> None:
    answer = post(port, path, multipart(3 * 1024 * 1024))
    assert answer.split()[1] == status
    assert b"text/html" in answer, "a page of ours"
    assert sum(kept_on_disk) == 0


def test_large_file_of_a_candidate_is_stored_where_files_are_accepted(
    app: Flask, port: int, kept_on_disk: list[int]
) -> None:
    client = app.test_client()
    enter(client, make_attempt())
    cookie = client.get_cookie("fairtake")
    assert cookie is not None
    session = {"Cookie": f"fairtake={cookie.value}"}
    assert post(port, "/interview/questions/aaa/file", multipart(3 * 1024 * 1024), **session).split()[1] in (
        b"404",
        b"400",
    )
    assert sum(kept_on_disk) > 3 * 1024 * 1024
    kept_on_disk.clear()
    assert post(port, "/interview/leave", multipart(3 * 1024 * 1024), **session).split()[1] == b"413"
    assert sum(kept_on_disk) == 0


def test_large_body_with_a_forged_cookie_is_not_stored(port: int, kept_on_disk: list[int]) -> None:
    answer = post(
        port, "/interview/questions/aaa/file", multipart(3 * 1024 * 1024), Cookie="fairtake=eyJhdHRlbXB0IjoiYSJ9.a.b"
    )
    assert answer.split()[1] == b"401"
    assert sum(kept_on_disk) == 0
