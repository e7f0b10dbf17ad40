"""Checks before a command, the server or the worker runs. If something is missing, one line says what it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask.cli import ScriptInfo
from redis.exceptions import RedisError
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.config import PROJECT_ROOT
from app.extensions import db
from app.storage import StorageUnavailableError

UPGRADE = "flask --app wsgi db upgrade"
logging.getLogger("alembic").setLevel(logging.WARNING)  # Alembic logs the kind of database at each check
NEEDS_NO_TABLES = ("db", "model", "transcribe", "routes", "run", "shell")


class NotReadyError(Exception):
    """A command, the server or the worker cannot start. The one-line message says what is missing and what to do."""


def require_schema(app: Flask) -> None:
    """Raise NotReadyError if the tables are missing or older than this code.

    Newer tables are accepted, because the machines of an installation are upgraded one at a time. Raises SQLAlchemy's
    errors if the database does not respond.
    """
    with app.app_context(), db.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found is None and not inspect(connection).has_table("interview"):
            raise NotReadyError(f"The database has no tables yet. Run: {UPGRADE}")
        if found is not None and found in _older_revisions():
            raise NotReadyError(f"The tables in the database are older than this version of Fairtake. Run: {UPGRADE}")


def require_ready_to_start(app: Flask) -> None:
    """Raise NotReadyError if a server or worker would start with missing or older tables.

    If the database does not respond, the start continues, because the database may come back.
    """
    try:
        require_schema(app)
    except SQLAlchemyError as problem:
        app.logger.warning("database unavailable at start: error=%s", type(problem).__name__)


def guard_commands(group: click.Group) -> None:
    """Make every command report missing tables or unavailable services in one line."""
    for name, command in group.commands.items():
        _guard(command, needs_tables=name not in NEEDS_NO_TABLES)


def _guard(command: click.Command, *, needs_tables: bool) -> None:
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _guard(each, needs_tables=needs_tables)
    elif command.callback is not None:
        command.callback = _guarded(command.callback, needs_tables=needs_tables)


def _guarded(run: Callable[..., Any], *, needs_tables: bool) -> Callable[..., Any]:
    run = getattr(
        run, "unguarded", run
    )  # the applications of a process share the commands, so a command may be guarded already

    @wraps(run)
    def guarded(*arguments: Any, **options: Any) -> Any:
        try:
            if needs_tables:
                require_schema(click.get_current_context().ensure_object(ScriptInfo).load_app())
            return run(*arguments, **options)
        except (NotReadyError, OperationalError, RedisError, StorageUnavailableError) as problem:
            raise click.ClickException(reason_of(problem)) from problem

    guarded.unguarded = run  # type: ignore[attr-defined]
    return guarded


def reason_of(problem: Exception) -> str:
    """Return the reason in one line, without parameters or addresses, which may contain personal data or a password."""
    if isinstance(problem, RedisError):
        return f"Redis is unavailable ({type(problem).__name__}). Check FAIRTAKE_REDIS_URL, and that Redis is running."
    if isinstance(problem, StorageUnavailableError):
        return f"The storage is unavailable ({problem}). Check FAIRTAKE_STORAGE_URL."
    if isinstance(problem, OperationalError):
        cause = type(problem.orig).__name__
        return f"The database is unavailable ({cause}). Check FAIRTAKE_DATABASE_URL, and that the database is running."
    return str(problem)


@cache
def _older_revisions() -> frozenset[str]:
    scripts = ScriptDirectory(str(PROJECT_ROOT / "migrations"))
    return frozenset(each.revision for each in scripts.walk_revisions() if not each.is_head)
