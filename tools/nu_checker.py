"""Run the Nu HTML checker: one Java process, reachable over HTTP only on this machine."""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import Popen
from urllib.error import URLError
from urllib.request import urlopen

from tools.node_packages import NodePackageError, find_package
from tools.processes import end, start

ADDRESS = "FAIRTAKE_TEST_NU_CHECKER"
"""The environment variable with the URL of a running checker. `make test` sets it, because each start of the checker
takes 10 s of processor time.
"""
START_SECONDS = 600


class NoNuChecker(RuntimeError):
    """The checker or Java is not installed, or the checker does not start."""


def find_nu_checker() -> list[str]:
    """Return the command that runs the checker, without its options. Raises NoNuChecker if it is not installed."""
    java = shutil.which("java")
    if not java:
        raise NoNuChecker("there is no Java")
    try:
        return [java, "-cp", str(find_package("vnu-jar") / "build" / "dist" / "vnu.jar")]
    except NodePackageError as problem:
        raise NoNuChecker(str(problem)) from problem


@contextmanager
def running_nu_checker() -> Iterator[str]:
    """Context manager that runs the checker on a free port and yields its URL. Raises NoNuChecker if it cannot start."""
    command = find_nu_checker()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-Xmx256m", "-Dnu.validator.servlet.bind-address=127.0.0.1"]
    with tempfile.TemporaryFile() as log:
        process = start([*command, *options, "nu.validator.servlet.Main", str(port)], output=log)
        try:
            address = f"http://127.0.0.1:{port}"
            if not _answers(address, process):
                log.seek(0)
                raise NoNuChecker("it did not start: " + log.read().decode(errors="replace")[-2000:])
            yield address
        finally:
            end(process)


def _answers(address: str, process: Popen[bytes]) -> bool:
    """Wait until the checker answers. Returns False if its process ends or START_SECONDS pass."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with urlopen(f"{address}/", timeout=START_SECONDS) as answer:  # noqa: S310
                return bool(answer.read())
        except (URLError, ConnectionError):
            time.sleep(0.2)
    return False
