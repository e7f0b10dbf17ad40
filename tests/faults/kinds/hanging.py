"""A process hangs: it exists, holds its connections, and does nothing."""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.installation import Installation, send
from tests.faults.kinds import wait_a_moment


@contextmanager
def web_process_hangs(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """A process that serves hangs. It continues later, or is replaced."""
    with _stopped(chance.choice(place.web_processes() or [place.web.pid])):
        yield ()
        wait_a_moment(chance, 15)


@contextmanager
def worker_process_hangs(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """A process with a speech model hangs until its lease is over, and then continues as if nothing had happened."""
    with _stopped(chance.choice(place.worker_processes() or [place.workers[0].pid])):
        yield ()
        wait_a_moment(chance, 8)


@contextmanager
def _stopped(process_id: int) -> Iterator[None]:
    send(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        send(process_id, signal.SIGCONT)
