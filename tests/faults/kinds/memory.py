"""Memory is taken from a worker while it prepares or transcribes an answer."""

from __future__ import annotations

import resource
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from tests.faults.installation import Installation
from tests.faults.kinds import wait_a_moment

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@contextmanager
def memory_taken(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """The worker's processes get no more memory than they have, and later as much as they want."""
    limited = place.worker_processes()
    for each in limited:
        with suppress(OSError, IndexError):
            used = int(Path(f"/proc/{each}/statm").read_text().split()[0]) * resource.getpagesize()
            resource.prlimit(each, resource.RLIMIT_AS, (used + chance.randrange(8 * 2**20), resource.RLIM_INFINITY))
    yield ()
    wait_a_moment(chance, 5)
    for each in limited:
        with suppress(ProcessLookupError):
            resource.prlimit(each, resource.RLIMIT_AS, UNLIMITED)
