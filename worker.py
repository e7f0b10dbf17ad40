"""The worker. It supervises a process that has the speech model loaded, and replaces this process if it dies or hangs.

`python worker.py` runs until SIGTERM or SIGINT; `python worker.py --burst` ends when the queue is empty.
"""

from __future__ import annotations

import sys

from app import create_app
from app.config import ConfigError
from app.startup import NotReadyError, require_ready_to_start
from app.work import supervise, work


def main(arguments: list[str]) -> int:
    """Run the supervisor, or the supervised process (`--inner`). Returns 1 if the installation is not ready."""
    try:
        app = create_app()
        require_ready_to_start(app)
    except (ConfigError, NotReadyError) as problem:
        print(problem, file=sys.stderr)
        return 1
    if "--inner" in arguments or "--burst" in arguments:
        return work(app, burst="--burst" in arguments)
    return supervise(app, [sys.executable, __file__, "--inner"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
