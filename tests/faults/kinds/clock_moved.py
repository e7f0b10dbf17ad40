"""The clock is wrong for some seconds: hours, days or a year, ahead or back."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.installation import Installation
from tests.faults.kinds import wait_a_moment

JUMPS_SECONDS = (60, 3600, 11 * 3600, 3 * 86400, 400 * 86400)


@contextmanager
def clock_moved(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """The clock of every process jumps, and somebody sets it right."""
    file, new = place.control / "clock", place.control / "new-clock"
    new.write_text(str(chance.choice(JUMPS_SECONDS) * chance.choice((1, -1))))
    new.rename(file)  # at once, so that no process reads an empty file
    try:
        yield ()
        wait_a_moment(chance, 5)
    finally:
        file.unlink()
