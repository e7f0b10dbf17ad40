"""The web server: `python -m app.serve`.

Waitress reads a whole request before a thread gets it, to a file when it is large: slow uploads cannot hold the threads,
and a body that was cut off never reaches the application (docs/decisions/002-web-server.md has the measurements).
"""

from __future__ import annotations

import argparse
import logging
import sys

from waitress import serve

from app import create_app
from app.config import ConfigError


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
    serve(
        app,
        host=options.host,
        port=options.port,
        threads=options.threads,
        ident=None,
        connection_limit=2000,
        channel_timeout=120,
        max_request_body_size=app.config["FAIRTAKE"].upload_limit,
        inbuf_overflow=512 * 1024,
        asyncore_use_poll=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
