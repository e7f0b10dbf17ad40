"""Redis is killed and started again, or loses everything that is in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from random import Random

import redis

from tests.faults.installation import Installation
from tests.faults.kinds import wait_a_moment


@contextmanager
def redis_killed(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """Redis is killed, and started again with what it had on disk."""
    place.redis.kill()
    yield ("redis",)
    wait_a_moment(chance)
    place.redis.start()


@contextmanager
def redis_emptied(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """Redis loses all jobs and all keys."""
    redis.Redis.from_url(place.redis.address).flushall()
    yield ()
