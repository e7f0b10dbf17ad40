"""Processes are killed: a web process, the web server, the process of a worker with the speech model, a whole worker."""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.installation import Installation, send
from tests.faults.kinds import wait_a_moment

NOTHING: Collection[str] = ()


@contextmanager
def web_process_killed(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """A process that serves is killed. The server replaces it."""
    if processes := place.web_processes():
        send(chance.choice(processes), signal.SIGKILL)
    yield NOTHING


@contextmanager
def web_server_killed(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """The process that supervises the web server is killed, and all others with it. It is started again."""
    place.web.kill()
    place.web.wait()
    yield NOTHING
    wait_a_moment(chance)
    place.start_web()


@contextmanager
def worker_process_killed(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """The process that holds the speech model is killed. The worker replaces it."""
    if processes := place.worker_processes():
        send(chance.choice(processes), signal.SIGKILL)
    yield NOTHING


@contextmanager
def worker_killed(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """A whole worker is killed. Another is started."""
    killed = place.workers.pop(chance.randrange(len(place.workers)))
    killed.kill()
    killed.wait()
    yield NOTHING
    wait_a_moment(chance)
    place.start_worker()
