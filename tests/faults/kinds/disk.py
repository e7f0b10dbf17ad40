"""The disk is full: a small disk on which everything lies, or else only the folder of the recordings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from random import Random

from tests.faults.installation import Installation
from tests.faults.kinds import CannotHappenError, wait_a_moment


@contextmanager
def disk_full(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """Nothing can be written, until somebody makes room."""
    if place.line is not None:
        raise CannotHappenError("the recordings are in a bucket")
    ballast = place.folder / "ballast" if place.has_small_disk else place.control / "disk-full"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**20, 2**12) if place.has_small_disk else ():
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    try:
        yield ("disk",) if place.has_small_disk else ()
        wait_a_moment(chance)
    finally:
        ballast.unlink()
