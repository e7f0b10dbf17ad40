"""The line to the bucket fails: it refuses, cuts and delays, or is silent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.installation import Installation
from tests.faults.kinds import CannotHappenError, wait_a_moment


@contextmanager
def storage_fails(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """The line to the storage is bad for some seconds."""
    if place.line is None:
        raise CannotHappenError("the recordings are in a folder")
    place.line.mode = chance.choice(place.line.MODES)
    try:
        yield ("storage",) if place.line.mode == "refuse" else ()
        wait_a_moment(chance, 8)
    finally:
        place.line.mode = ""
