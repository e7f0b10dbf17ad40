"""Share the database engines between the applications in a test process.

An engine stores the statements that SQLAlchemy has compiled. Every test makes an application, and with an engine of its
own each of them would compile all its statements again. That took a seventh of the processor time of tests of pages.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.engine import Engine

_make: Any = SQLAlchemy._make_engine
_engines: dict[str, Engine] = {}


def share_engines() -> None:
    """Let all applications of this process with the same database address and options use one engine."""
    SQLAlchemy._make_engine = _make_once  # type: ignore[method-assign]


def close_shared_connections() -> None:
    """Close all unused connections. Call this before a database is replaced by an empty one."""
    for engine in _engines.values():
        engine.dispose()


def _make_once(self: SQLAlchemy, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
    key = repr(sorted(options.items()))
    if key not in _engines:
        _engines[key] = _make(self, bind_key, options, app)
    return _engines[key]
