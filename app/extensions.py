"""Flask extensions. They are created here without an application, and the application factory binds them to it."""

from __future__ import annotations

import random
import sqlite3
import time
from typing import Any, cast

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from redis import Redis
from rq import Queue
from sqlalchemy import Connection, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
WRITE = "fairtake_write"
"""Execution option of a connection that will write. SQLite then takes its write lock immediately."""

BUSY_SECONDS = (0.0005, 0.002)
"""Shortest and longest time between two attempts to begin a transaction on SQLite while another one writes."""


class Model(DeclarativeBase):
    """Base of every table. Each constraint has a name, so that a migration can refer to it."""

    metadata = MetaData(naming_convention=NAMES)


class JobQueue:
    """The RQ queue. Its jobs contain only opaque ids, as JSON; the database says what has to be done."""

    NAME = "fairtake"

    def __init__(self) -> None:
        self.redis: Redis
        self.queue: Queue

    def init_app(self, app: Flask) -> None:
        """Create the connection to the configured Redis. It connects when it is first used."""
        self.redis = Redis.from_url(
            app.config["FAIRTAKE"].redis_url, socket_connect_timeout=2, socket_timeout=30, health_check_interval=30
        )
        self.queue = Queue(self.NAME, connection=self.redis, serializer="json")


db = SQLAlchemy(model_class=Model)
migrate = Migrate()
csrf = CSRFProtect()
htmx = Htmx()
babel = Babel()
limiter = Limiter(key_func=get_remote_address, headers_enabled=True)
jobs = JobQueue()


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        # PostgreSQL would compile the queries of some pages, which takes longer than running them.
        connection.execute("SET jit = off")
        connection.commit()
        return
    connection.isolation_level = None  # _begin_sqlite sends BEGIN instead
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged part survives a power failure
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 15000")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    # SQLite may refuse, at any time, a transaction that reads before it writes. A transaction that announces its write
    # at the start waits for its turn instead.
    if connection.dialect.name != "sqlite":
        return
    if connection.get_execution_options().get(WRITE, False):
        _begin_writing(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Begin a transaction that writes, after those of other threads and processes.

    SQLite waits by itself, but it sleeps longer after each attempt, up to 100 ms, so those that have just arrived
    get ahead of those that wait. Here all wait for the same short times, until the connection's `busy_timeout` is over.
    """
    driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    (timeout_ms,) = driver.execute("PRAGMA busy_timeout").fetchone()
    until = time.monotonic() + timeout_ms / 1000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while not _has_begun(driver) and time.monotonic() < until:
            time.sleep(random.uniform(*BUSY_SECONDS))  # noqa: S311 - random, so that no two keep the same rhythm
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises the error as SQLAlchemy does
    finally:
        driver.execute(f"PRAGMA busy_timeout = {timeout_ms}")


def _has_begun(driver: sqlite3.Connection) -> bool:
    """Try to begin a transaction that writes. Returns False if another one is open. Leaves other errors to the caller."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY
    return True
