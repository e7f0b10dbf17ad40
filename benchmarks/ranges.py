"""How many MB a second of a recording does the server send in ranges of 2 MB, compared with nginx and the same file?

Rounds alternate between the two servers, each with two processes, four clients and kept connections. Fairtake also asks
whether the candidate may have the recording. nginx (Debian: nginx-light) must be installed.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.parts import NoPeerError, free_port, running
from benchmarks.setting import Figure, application, folder
from tests.answer_factories import add_media
from tests.factories import make_attempt, make_take
from tests.worker_process import environment_of

SIZE = 64 * 1024 * 1024
RANGE = 2 * 1024 * 1024
CLIENTS = 4
ROUNDS = 5
ROUND_SECONDS = 2.0
GOAL = 0.6
NGINX = """
daemon off; pid {place}/pid; error_log {place}/log; worker_processes 2; {user}
events {{}}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type video/webm;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running web server: its process, its port, the address of the file, and the header of the person's cookie."""

    process: int
    port: int
    path: str
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one round: MB a second of all clients, and the server's processor time for a range in ms."""

    rate: float
    processor_ms: float


def measure() -> list[Figure]:
    """Read ranges from both servers in turn."""
    with folder() as place:
        recording = place / "recording.webm"
        recording.write_bytes(random.Random(1).randbytes(SIZE))
        try:
            with _nginx(place / "nginx", recording) as peer, _fairtake(place, recording) as ours:
                return _compare(ours, peer)
        except NoPeerError as problem:
            return [Figure("ranges of 2 MB, 4 connections", f"not measured: {problem}")]


def _compare(ours: Server, peer: Server) -> list[Figure]:
    rounds: dict[int, list[Round]] = {ours.port: [], peer.port: []}
    for _ in range(ROUNDS):
        for server in (ours, peer):
            rounds[server.port].append(_round(server))
    (our_rate, our_ms), (peer_rate, peer_ms) = (
        (statistics.median(one.rate for one in each), statistics.median(one.processor_ms for one in each))
        for each in rounds.values()
    )
    return [
        Figure(
            "ranges of 2 MB, 4 connections", f"{our_rate:.0f} MB/s", f"{peer_rate:.0f} MB/s (nginx)",
            our_rate / peer_rate, name="ranges-2mb", goal=GOAL,
        ),
        Figure(
            "processor time of the server for such a range", f"{our_ms:.2f} ms", f"{peer_ms:.2f} ms (nginx)",
            our_ms / peer_ms,
        ),
    ]  # fmt: skip


def _processor_seconds(process: int) -> float:
    """Return the processor time of a process and its children, in the system and outside it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return own + sum(_processor_seconds(int(child)) for child in children)


def _round(server: Server) -> Round:
    """Read ranges with all clients for ROUND_SECONDS."""
    before = _processor_seconds(server.process)
    until = time.perf_counter() + ROUND_SECONDS
    read: list[int] = []
    began = time.perf_counter()
    clients = [threading.Thread(target=lambda: read.append(_read_until(server, until))) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if len(read) < CLIENTS:
        raise RuntimeError("a client has failed")
    seconds, used = time.perf_counter() - began, _processor_seconds(server.process) - before
    return Round(sum(read) / seconds / 1e6, used * 1000 / (sum(read) / RANGE))


def _read_until(server: Server, until: float) -> int:
    """Read random ranges on one connection. Returns the number of bytes."""
    total, buffer = 0, memoryview(bytearray(RANGE + 64 * 1024))
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        while time.perf_counter() < until:
            start = random.randrange(SIZE - RANGE)
            head = f"GET {server.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes={start}-{start + RANGE - 1}\r\n"
            client.sendall(f"{head}{server.cookie}\r\n".encode())
            total += _read_response(client, buffer)
    return total


def _read_response(client: socket.socket, buffer: memoryview) -> int:
    got = client.recv_into(buffer)
    while (end := bytes(buffer[: min(got, 4096)]).find(b"\r\n\r\n")) < 0:
        got += client.recv_into(buffer[got:])
    if not bytes(buffer[:13]).startswith(b"HTTP/1.1 206 "):
        raise RuntimeError(f"a range was not sent: {bytes(buffer[:200])!r}")
    body = got - end - 4
    while body < RANGE:
        read = client.recv_into(buffer)
        if not read:
            raise RuntimeError("the server closed the connection")
        body += read
    return body


@contextmanager
def _fairtake(place: Path, recording: Path) -> Iterator[Server]:
    """Run the web server with two processes, and a candidate who has made this recording."""
    with application(place) as app:
        take = make_take(make_attempt())
        add_media(take.id, recording)
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        cookie = f"Cookie: fairtake={serializer.dumps({'attempt': take.attempt_id, '_permanent': True})}\r\n"
        port = free_port()
        config = replace(app.config["FAIRTAKE"], base_url=f"http://127.0.0.1:{port}")
        command = [sys.executable, "-m", "app.serve", "--port", str(port)]
        with running(command, port, environment_of(config)) as process:
            yield Server(process, port, f"/media/{take.id}", cookie)


@contextmanager
def _nginx(place: Path, recording: Path) -> Iterator[Server]:
    """Run nginx. Raises NoPeerError if it is not installed."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        raise NoPeerError("nginx is not installed")
    place.mkdir()
    port = free_port()
    settings = place / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    settings.write_text(NGINX.format(place=place, root=recording.parent, port=port, user=user))
    with running([binary, "-c", str(settings), "-p", str(place)], port, dict(os.environ)) as process:
        yield Server(process, port, f"/{recording.name}")
