"""The web server: `python -m app.serve`.

Waitress reads a whole request before a thread gets it, to a file when it is large: slow uploads cannot hold the threads,
and a body that was cut off never reaches the application (docs/decisions/002-web-server.md has the measurements).
app/connections.py says how long connections may rest and how large a body may be.
"""

from __future__ import annotations

import argparse
import logging
import sys

from app import create_app
from app.config import ConfigError
from app.connections import make_server


def main(arguments: list[str] | None = None) -> int:
    """Serve until ended by a signal."""
    parser = argparse.ArgumentParser(prog="python -m app.serve", description="Serve Fairtake over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s web: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # "task queue depth" for every short wait
    try:
        app = create_app()
    except ConfigError as problem:
        print(problem, file=sys.stderr)
        return 1
    server = make_server(app, host=options.host, port=options.port, threads=options.threads)
    server.print_listen("Serving on http://{}:{}")
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
