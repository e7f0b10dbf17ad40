"""The web server: `python -m app.serve`.

Gunicorn supervises several processes, in which Uvicorn serves. app/server/bridge.py reads a whole request before a thread handles it, and
app/server/connections.py closes connections that are too slow (docs/decisions/014-asgi-server.md has the reasons).
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import socket
import sys

from app import create_app, traces
from app.config import ConfigError
from app.server.bridge import THREADS
from app.server.processes import listen, serve
from app.startup import NotReadyError, require_ready_to_start

PROCESSES = min(2, os.cpu_count() or 1)


def main(arguments: list[str] | None = None) -> int:
    """Run the server until a signal ends the process."""
    parser = argparse.ArgumentParser(prog="python -m app.serve", description="Serve Fairtake over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument("--processes", type=_positive, default=PROCESSES)
    parser.add_argument("--threads", type=_positive, default=THREADS, help="threads of each process")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s web: %(message)s")
    try:
        app = create_app()
        require_ready_to_start(app)
        listening = _listen(options.host, options.port)
    except (ConfigError, NotReadyError, ListenError) as problem:
        print(problem, file=sys.stderr)
        return 1
    traces.install()
    host, port = listening.getsockname()[:2]
    print(f"Serving on http://{host}:{port}", flush=True)
    serve(app, listening, processes=options.processes, threads=options.threads)
    return 0


class ListenError(Exception):
    """The server cannot listen on the address. The one-line message says why and what to do."""


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, ValueError) as problem:
        raise ListenError(_why_not(problem, host, port)) from problem


def _why_not(problem: Exception, host: str, port: int) -> str:
    number = problem.errno if isinstance(problem, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use. Stop the program that uses it, or choose another port: --port {port + 1}"
        )
    if number in (errno.EACCES, errno.EPERM):
        return f"This account is not allowed to listen on port {port}. Choose port 1024 or higher: --port 8000"
    return f"Cannot listen on {host}, port {port}: {problem}. Choose an address of this machine: --host 127.0.0.1"


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 0 to 65535")
    return port


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
