"""The database is restarted, locked or read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from random import Random

import psycopg

from tests.faults.installation import Installation
from tests.faults.kinds import CannotHappenError, wait_a_moment
from tests.faults.services import Postgres

OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


@contextmanager
def database_restarted(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """PostgreSQL crashes or is shut down, and is started again."""
    server = _server(place)
    server.stop(chance.choice(("immediate", "fast")))
    yield ("database",)
    wait_a_moment(chance)
    server.start()


@contextmanager
def database_locked(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """Somebody else, such as a backup or a migration, holds the lock that every write needs."""
    if place.postgres is None:
        with closing(sqlite3.connect(place.folder / "fairtake.db", timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield ()
            wait_a_moment(chance, 20)  # longer than the product waits
        return
    with psycopg.connect(place.postgres.address) as other:
        other.execute("LOCK TABLE attempt, take, upload, stage_run IN ACCESS EXCLUSIVE MODE")
        yield ()
        wait_a_moment(chance, 8)


@contextmanager
def database_read_only(place: Installation, chance: Random) -> Iterator[Collection[str]]:
    """PostgreSQL accepts no writes, as a server does that has become a stand-by."""
    address = _server(place).address
    _alter(address, "ALTER DATABASE postgres SET default_transaction_read_only = on")
    yield ()
    wait_a_moment(chance, 5)
    _alter(address, "ALTER DATABASE postgres RESET default_transaction_read_only")


def _server(place: Installation) -> Postgres:
    if place.postgres is None:
        raise CannotHappenError("the database is a file")
    return place.postgres


def _alter(address: str, sql: str) -> None:
    with psycopg.connect(address, autocommit=True, options="-c default_transaction_read_only=off") as connection:
        connection.execute(sql)
        connection.execute(OTHERS)
