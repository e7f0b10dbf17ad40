"""Transactions. Only routes, commands and the pipeline begin and end them.

If two transactions wait for each other, the database aborts one of them. The aborted transaction has changed nothing,
and is run again from its start: a view by `retrying.RetryingFlask`, other work by `with_retries` or `retried`. This is
rare, because locks are taken in the order of docs/architecture.md.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import current_app
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import BusyError
from app.extensions import WRITE, db

MAX_TRIES = 6
MAX_RETRY_SECONDS = 10.0
"""Nothing is retried after this time, because a person is waiting. One wait for SQLite's lock may take 15 s."""
RETRYABLE_STATES = ("40001", "40P01")
"""PostgreSQL error codes: serialization_failure and deadlock_detected."""
_SQLITE_BUSY, _SQLITE_LOCKED = 5, 6
_CALLBACKS = "after_commit"
_COMMITS = "commits"
_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a write transaction. It commits at the end, or rolls back on any exception.

    After the commit, the functions given to `after_commit` are called. Objects that were read before the transaction
    are loaded again inside it, so that no decision is based on outdated data.
    """
    session = db.session()
    if _CALLBACKS in session.info:
        raise RuntimeError("a transaction is open already")
    session.rollback()
    session.connection(execution_options={WRITE: True})
    callbacks: list[Callable[[], Any]] = []
    session.info[_CALLBACKS] = callbacks
    try:
        yield session
        session.commit()
        session.info[_COMMITS] = session.info.get(_COMMITS, 0) + 1
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[_CALLBACKS]
    for callback in callbacks:
        callback()


def with_retries(work: Callable[[], _Result]) -> _Result:
    """Run `work`, which opens transactions. Run it again if the database aborted one of them in favour of another.

    Work that has committed something is not repeated. Raises BusyError after MAX_TRIES or MAX_RETRY_SECONDS.
    """
    begun, tries = time.monotonic(), 0
    while True:
        commits = db.session().info.get(_COMMITS, 0)
        try:
            return work()
        except DBAPIError as error:
            if not is_retryable(error) or db.session().info.get(_COMMITS, 0) != commits:
                raise
            db.session().rollback()
            tries += 1
            current_app.logger.warning(
                "transaction aborted by the database: error=%s try=%d", type(error.orig).__name__, tries
            )
            if tries == MAX_TRIES or time.monotonic() - begun > MAX_RETRY_SECONDS:
                raise BusyError from error
        time.sleep(random.uniform(0.01, 0.05) * tries)  # noqa: S311 - random, so that the two transactions do not collide again


def retried(function: Callable[_Params, _Result]) -> Callable[_Params, _Result]:
    """Decorate a function that opens one transaction and does nothing else, so that it is run `with_retries`."""

    @wraps(function)
    def repeat(*args: _Params.args, **kwargs: _Params.kwargs) -> _Result:
        return with_retries(lambda: function(*args, **kwargs))

    return repeat


def is_retryable(error: DBAPIError) -> bool:
    """Return whether the database aborted a transaction because of another one, so that a retry makes sense."""
    if getattr(error.orig, "sqlstate", None) in RETRYABLE_STATES:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED)


def end_reading() -> None:
    """Release the database connection before slow work, such as storing a body. Loaded objects are stale afterwards."""
    db.session().rollback()


def after_commit(function: Callable[..., Any], *args: Any) -> None:
    """Call `function(*args)` after the open transaction has been committed. After a rollback, it is not called."""
    callbacks = db.session().info.get(_CALLBACKS)
    if callbacks is None:
        raise RuntimeError("no transaction is open")
    callbacks.append(lambda: function(*args))


@event.listens_for(Session, "before_flush")
def _refuse_writes_outside(session: Session, *_: Any) -> None:
    if _CALLBACKS not in session.info:
        raise RuntimeError("a write outside transaction()")
