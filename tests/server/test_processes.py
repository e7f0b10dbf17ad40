"""The processes of the web server are replaced, finish requests in progress, and leave none behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app.config import Config
from tests.server.raw_client import connect, wait_for_continue
from tests.waiting import LONG_SECONDS, wait_until
from tests.worker_process import environment_of

pytestmark = [
    pytest.mark.database_independent,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc"),
]
HALF_A_REQUEST = (
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
    b"Expect: 100-continue\r\nContent-Length: 6\r\n\r\nabc"
)


@contextmanager
def running_server(config: Config) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `python -m app.serve` with two processes. Yields the supervising process and the port."""
    command = [sys.executable, "-m", "app.serve", "--port", "0", "--processes", "2"]
    process = subprocess.Popen(command, env=environment_of(config), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = re.search(r":(\d+)$", process.stdout.readline().strip())
        assert address is not None
        port = int(address[1])
        wait_until(lambda: is_served(port), "a page is served")
        wait_until(lambda: len(serving(process)) == 2, "both processes serve")
        yield process, port
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(LONG_SECONDS)
        process.stdout.close() if process.stdout else None


def serving(process: subprocess.Popen[str]) -> list[int]:
    """Return the ids of the processes that serve."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in children if "app.serve" in command_line(int(child))]


def command_line(process_id: int) -> str:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


def is_served(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=LONG_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def test_killed_process_is_replaced_and_pages_are_served(app: Flask, config: Config) -> None:
    with running_server(config) as (process, port):
        killed = serving(process)[0]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(serving(process)) == 2 and killed not in serving(process), "the process is replaced")
        wait_until(lambda: is_served(port), "a page is served")


def test_sigterm_lets_a_request_finish(app: Flask, config: Config) -> None:
    with running_server(config) as (process, port), closing(connect(port, HALF_A_REQUEST)) as client:
        wait_for_continue(client)
        process.terminate()
        wait_until(lambda: not accepts(port), "no connection is accepted")
        client.sendall(b"def")
        assert client.recv(12).startswith(b"HTTP/1.1 4")
        assert process.wait(LONG_SECONDS) in (0, -signal.SIGTERM)


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=LONG_SECONDS).close()
    except ConnectionError:
        return False
    return True


def test_no_process_is_left_after_the_supervisor_was_killed(app: Flask, config: Config) -> None:
    with running_server(config) as (process, port):
        children = serving(process)
        process.kill()
        process.wait(LONG_SECONDS)
        wait_until(lambda: not accepts(port), "no connection is accepted")
        assert not any("app.serve" in command_line(child) for child in children)
