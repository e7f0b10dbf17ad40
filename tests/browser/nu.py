"""Runs the Nu HTML checker: one Java process for all pages, reachable over HTTP only on this machine."""

from __future__ import annotations

import atexit
import json
import shutil
import socket
import subprocess
import tempfile
import time
from functools import cache
from urllib.error import URLError
from urllib.request import Request, urlopen

from tools.node_packages import NodePackageError, find_package

PATIENCE_S = 120
SAMPLE = "<!DOCTYPE html><html lang='en'><head><title>Sample</title></head><body><p>Hello.</p></body></html>"


def nu_problems(html: str) -> list[str]:
    """Return every error and warning about a document; [] if the checker is not installed."""
    address = _running()
    return _ask(address, html) if address else []


@cache
def _running() -> str | None:
    """Start the checker on a free port until the tests end. Return its address, or None if it is not installed."""
    java = shutil.which("java")
    try:
        jar = find_package("vnu-jar") / "build" / "dist" / "vnu.jar"
    except NodePackageError:
        return None
    if not java:
        return None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-Xmx256m", "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", str(jar)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([java, *options, "nu.validator.servlet.Main", str(port)], stdout=log, stderr=log)
        atexit.register(_end, process)
        address = f"http://127.0.0.1:{port}"
        if not _answers(address, process):
            log.seek(0)
            raise RuntimeError(log.read().decode(errors="replace"))
    return address


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        try:
            return _ask(address, SAMPLE) == []
        except (URLError, ConnectionError):
            time.sleep(0.2)
    return False


def _ask(address: str, html: str) -> list[str]:
    question = Request(f"{address}/?out=json", html.encode(), {"Content-Type": "text/html; charset=utf-8"})
    with urlopen(question, timeout=PATIENCE_S) as answer:
        said = json.load(answer)["messages"]
    return [f"Nu: {one['message']} In: {one.get('extract', '')}" for one in said]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
