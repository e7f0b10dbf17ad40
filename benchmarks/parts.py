"""How many parts a second does the server acknowledge, compared with the reference tus server for Node?

Both flush each part to disk before they acknowledge it; Fairtake also checks the session and commits rows. Rounds
alternate between the two servers. The clients keep their connections, and send the next part after each response.
"""

from __future__ import annotations

import base64
import os
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.setting import Figure, application, folder
from tests.factories import make_attempt, make_take
from tests.worker_process import environment_of

PEER = Path(__file__).parent / "peers" / "tus"
BODY = os.urandom(40_000)
CLIENTS = (1, 16, 64)
ROUNDS = 3
ROUND_SECONDS = 2.0
GOAL = 1.2


class NoPeerError(Exception):
    """The other server cannot be installed or started."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running tus server: its port, where uploads are created, and the headers that each client sends."""

    name: str
    port: int
    path: str
    clients: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Round:
    """The result of one round: acknowledged parts a second, and the 95th percentile of their times in ms."""

    rate: float
    slow_ms: float


def measure() -> list[Figure]:
    """Send parts to both servers in turn, from 1, 16 and 64 clients."""
    with folder() as place, fairtake(place) as ours, tus_node(place / "peer") as peer:
        return [figure for clients in CLIENTS for figure in _compare(ours, peer, clients)]


def _compare(ours: Server, peer: Server, clients: int) -> Iterator[Figure]:
    rounds: dict[str, list[Round]] = {ours.name: [], peer.name: []}
    for _ in range(ROUNDS):
        for server in (ours, peer):
            rounds[server.name].append(run_round(server, clients))
    (our_rate, our_ms), (peer_rate, peer_ms) = (
        (statistics.median(one.rate for one in each), statistics.median(one.slow_ms for one in each))
        for each in (rounds[ours.name], rounds[peer.name])
    )
    yield Figure(
        f"parts of 40 kB a second, {clients} clients", f"{our_rate:.0f}", f"{peer_rate:.0f} (@tus/server, flushed)",
        our_rate / peer_rate, name=f"parts-{clients}", goal=GOAL,
    )  # fmt: skip
    yield Figure(
        f"time of acknowledgement, {clients} clients, 95 %", f"{our_ms:.1f} ms", f"{peer_ms:.1f} ms", our_ms / peer_ms,
        name=f"parts-{clients}-p95", goal=1.0, is_less_better=True,
    )  # fmt: skip


@contextmanager
def fairtake(place: Path) -> Iterator[Server]:
    """Run the web server with its usual number of processes, and candidates who are recording."""
    with application(place) as app:
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        clients = []
        for _ in range(max(CLIENTS)):
            take = make_take(make_attempt(), limits={"recording_seconds": None, "thinking_seconds": None, "retakes": 2})
            metadata = f"take {base64.b64encode(take.id.encode()).decode()}"
            cookie = f"fairtake={serializer.dumps({'attempt': take.attempt_id, '_permanent': True})}"
            clients.append({"Cookie": cookie, "Upload-Metadata": metadata})
        port = free_port()
        command = [sys.executable, "-m", "app.serve", "--port", str(port)]
        config = replace(app.config["FAIRTAKE"], base_url=f"http://127.0.0.1:{port}")
        with running(command, port, environment_of(config)):
            yield Server("fairtake", port, "/uploads/", clients)


@contextmanager
def tus_node(place: Path) -> Iterator[Server]:
    """Run the tus server for Node. Raises NoPeerError if it cannot be installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoPeerError("node and npm are needed for the comparison")
    if not (PEER / "node_modules").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=PEER, check=True, capture_output=True)
    place.mkdir()
    port = free_port()
    with running([node, str(PEER / "server.mjs"), str(port), str(place)], port, dict(os.environ)):
        yield Server("tus-node", port, "/files", [{} for _ in range(max(CLIENTS))])


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """Run a server while the context is open. Yields its process id when its port accepts connections."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """Return a port that no server uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Client:
    """One recorder: it sends a part, waits for the response, and sends the next."""

    def __init__(self, server: Server, headers: dict[str, str]):
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        create = {**headers, "Upload-Defer-Length": "1", "Content-Length": "0"}
        self.socket.sendall(self._head("POST", server.path, create))
        answer = self._answer()
        location = answer.lower().partition(b"location: ")[2].partition(b"\r\n")[0].decode()
        if not answer.startswith(b"HTTP/1.1 201") or not location:
            raise RuntimeError(f"an upload was not created: {answer[:200]!r}")
        self.path = location if location.startswith("/") else "/" + location.split("/", 3)[3]
        part = {"Content-Type": "application/offset+octet-stream", "Content-Length": str(len(BODY))}
        self.head = self._head("PATCH", self.path, {**headers, **part})[:-2]
        self.offset, self.sent_at = 0, 0.0

    def send(self) -> None:
        """Send the next part."""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.head + f"Upload-Offset: {self.offset}\r\n\r\n".encode() + BODY)

    def receive(self) -> float:
        """Read the response to a part. Returns its time in ms."""
        answer = self._answer()
        if not answer.startswith(b"HTTP/1.1 204"):
            raise RuntimeError(f"a part was not acknowledged: {answer[:200]!r}")
        self.offset += len(BODY)
        return (time.perf_counter() - self.sent_at) * 1000

    def _head(self, method: str, path: str, headers: dict[str, str]) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Tus-Resumable: 1.0.0"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _answer(self) -> bytes:
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = self.socket.recv(65536)
            if not data:
                raise RuntimeError("the server closed the connection")
            answer += data
        return answer


def run_round(server: Server, clients: int) -> Round:
    """Send parts for ROUND_SECONDS, each client on a new upload."""
    selector: Any = selectors.DefaultSelector()
    senders = [Client(server, headers) for headers in server.clients[:clients]]
    times: list[float] = []
    for one in senders:
        selector.register(one.socket, selectors.EVENT_READ, one)
        one.send()
    began = time.perf_counter()
    while time.perf_counter() - began < ROUND_SECONDS:
        for key, _ in selector.select(1):
            times.append(key.data.receive())
            key.data.send()
    seconds = time.perf_counter() - began
    for one in senders:
        one.socket.close()
    return Round(len(times) / seconds, statistics.quantiles(times, n=20)[-1])
