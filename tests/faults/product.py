"""Run the web server or the worker of the product, with shorter waits, and with a clock that a test can move.

`python -m tests.faults.product web|worker|inner CONTROL [arguments]`. CONTROL is a folder. Its file `clock` contains by
how many seconds the clock is wrong. Its file `disk-full` makes every write of a recording fail.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

LEASE_SECONDS = 3
"""Instead of 30. Everything else that waits is shortened in the same way."""


def shorten_waits() -> None:
    """Make the product notice lost work and lost processes in seconds, so that many faults fit into a run."""
    from app import batches, temporary, work
    from app.heartbeat import Heartbeat
    from app.recording import leases, processing
    from app.server import processes

    leases.LEASE = processing.LEASE = timedelta(seconds=LEASE_SECONDS)
    leases.RETRY_PAUSE = processing.REQUEUE_AFTER = timedelta(seconds=LEASE_SECONDS)
    batches.PAUSES = (timedelta(seconds=1), timedelta(seconds=2))
    Heartbeat.SECONDS = LEASE_SECONDS / 4
    temporary.MIN_AGE_SECONDS = 2
    work.SWEEP_SECONDS, work.MAX_PAUSE_SECONDS = 1, 2
    processes.HANGING_SECONDS = 10


def follow_clock(control: Path) -> None:
    """Read the time of this process from the system clock, plus the seconds in the file `clock`."""
    from app import clock

    file, real = control / "clock", time.time

    def moved() -> float:
        try:
            return real() + float(file.read_text() or 0)
        except FileNotFoundError:
            return real()

    time.time = moved
    clock.now = lambda: datetime.fromtimestamp(moved(), UTC)


def fill_disk_on_request(control: Path) -> None:
    """Let every write of a recording fail while the file `disk-full` exists, as on a full disk."""
    from app import durable_files, storage

    write = durable_files.write_file

    def write_file(descriptor: int, path: str, content: bytes) -> None:
        if (control / "disk-full").exists():
            os.close(descriptor)
            os.unlink(path)
            raise OSError(errno.ENOSPC, "the disk is full")
        write(descriptor, path, content)

    storage.write_file = write_file  # type: ignore[attr-defined]


def main(what: str, control: str, *arguments: str) -> int:
    """Run a program of the product. Returns its exit status."""
    follow_clock(Path(control))  # before other modules keep the real clock
    shorten_waits()
    fill_disk_on_request(Path(control))
    from app import create_app, work
    from app.serve import main as serve

    if what == "web":
        return serve(list(arguments))
    if what == "inner":
        return work.work(create_app())
    return work.supervise(create_app(), [sys.executable, "-m", "tests.faults.product", "inner", control])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
