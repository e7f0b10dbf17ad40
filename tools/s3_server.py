"""Run an S3 server (moto) on loopback for the storage tests, in its own Python environment.

Moto needs an older python-dateutil than the product. In the same environment, moto would change the product under test.
"""

from __future__ import annotations

import re
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from urllib.request import Request, urlopen

from tools.processes import end, start

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "s3-server"
PROGRAM = ENVIRONMENT / "bin" / "moto_server"
RUNNING = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")
START_SECONDS = 60


CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A running S3 server with an empty bucket: its address, and the variables with which the product reaches it."""

    address: str
    environment: Mapping[str, str]


class NoS3Server(RuntimeError):
    """The S3 server is not installed or does not start."""


@contextmanager
def running_s3_server() -> Iterator[str]:
    """Context manager that runs an empty S3 server and yields its URL. Raises NoS3Server if the server cannot start."""
    if not PROGRAM.is_file():
        raise NoS3Server("The S3 server for tests is not installed: run `make s3-server` (requirements/s3-server.txt).")
    with tempfile.NamedTemporaryFile() as log:
        process = start([str(PROGRAM), "-H", "127.0.0.1", "-p", "0"], output=log.file)
        try:
            yield _address(process, Path(log.name))
        finally:
            end(process)


@contextmanager
def running_moto(bucket: str) -> Iterator[Bucket]:
    """Context manager that runs the server with one bucket."""
    with running_s3_server() as address, urlopen(Request(f"{address}/{bucket}", method="PUT")):  # noqa: S310 - of this machine
        yield Bucket(address, CREDENTIALS)


def free_ports(count: int) -> list[int]:
    """Return ports that no server uses."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _address(process: Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        found = RUNNING.search(log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        if has_ended:
            break
        time.sleep(0.05)
    raise NoS3Server("The S3 server did not start: " + log.read_text(encoding="utf-8")[-2000:])
