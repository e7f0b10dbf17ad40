"""The web server is not starved by slow clients, and hands no body on that was cut off."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from flask import Flask, request
from waitress.server import create_server

SLOW_CLIENTS = 50
HEAD = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Length: 500000\r\n\r\n"
)


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    app.config["TESTING"] = False
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.trigger.pull_trigger(server.close)  # in its own thread, which may be looking at the sockets just now
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
