"""Run an S3 server (moto) on loopback for the storage tests, in its own Python environment.

Moto needs an older python-dateutil than the product. In the same environment, moto would change the product under test.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from tools.processes import end, start

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "s3-server"
PROGRAM = ENVIRONMENT / "bin" / "moto_server"
RUNNING = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")
START_SECONDS = 60


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
