"""Share the database engines between the applications in a test process.

An engine stores the statements that SQLAlchemy has compiled. Every test makes an application, and with an engine of its
own each of them would compile all its statements again. That took a seventh of the processor time of tests of pages.

On PostgreSQL the connections stay open between tests too. A server process that has just started knows no table and no
plan, which took four fifths of the server's processor time.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

_make: Any = SQLAlchemy._make_engine
_engines: dict[str, Engine] = {}
_unused_backends: set[int] = set()


def share_engines() -> None:
    """Let all applications of this process with the same database address and options use one engine."""
    SQLAlchemy._make_engine = _make_once  # type: ignore[method-assign]


def close_shared_connections() -> None:
    """Close all unused connections. Call this before a database is replaced by an empty one."""
    for engine in _engines.values():
        engine.dispose()


def unused_backends() -> list[int]:
    """Return the process ids of the PostgreSQL servers of all open connections that nobody uses."""
    return sorted(_unused_backends)


def _make_once(self: SQLAlchemy, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
    key = repr(sorted(options.items()))
    if key not in _engines:
        _engines[key] = _make(self, bind_key, options, app)
        if _engines[key].dialect.name == "postgresql":
            _watch_backends(_engines[key])
    return _engines[key]


def _watch_backends(engine: Engine) -> None:
    def unused(connection: Any, _record: object) -> None:
        if connection is not None:  # None if the connection was invalidated
            _unused_backends.add(connection.info.backend_pid)

    def used(connection: Any, *_: object) -> None:
        _unused_backends.discard(connection.info.backend_pid)

    event.listen(engine, "checkin", unused)
    event.listen(engine, "checkout", used)
    event.listen(engine, "close", used)
