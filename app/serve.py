"""The web server: `python -m app.serve`.

Waitress reads a whole request before a thread handles it, and uses a file for a large one. So slow uploads do not
occupy threads, and a truncated body never reaches the application (docs/decisions/002-web-server.md has the
measurements). app/connections.py limits how long connections may be idle and how large a body may be.
"""

from __future__ import annotations

import argparse
import errno
import logging
import sys
from typing import Any

from flask import Flask

from app import create_app, temporary, traces
from app.config import ConfigError
from app.connections import make_server
from app.startup import NotReadyError, require_ready_to_start


def main(arguments: list[str] | None = None) -> int:
    """Run the server until a signal ends the process."""
    parser = argparse.ArgumentParser(prog="python -m app.serve", description="Serve Fairtake over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s web: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # Waitress logs "task queue depth" at every short wait
    try:
        app = create_app()
        require_ready_to_start(app)
        server = _listen(app, options)
    except (ConfigError, NotReadyError, ListenError) as problem:
        print(problem, file=sys.stderr)
        return 1
    temporary.use_for_libraries(app)
    traces.install()
    server.print_listen("Serving on http://{}:{}")
    server.run()
    return 0


class ListenError(Exception):
    """The server cannot listen on the address. The one-line message says why and what to do."""


def _listen(app: Flask, options: argparse.Namespace) -> Any:
    try:
        return make_server(app, host=options.host, port=options.port, threads=options.threads)
    except (OSError, ValueError) as problem:
        raise ListenError(_why_not(problem, options.host, options.port)) from problem


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


if __name__ == "__main__":
    sys.exit(main())
