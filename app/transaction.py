"""Where a transaction begins and ends: at the edge (routes, commands, pipeline), and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import WRITE, db

_CALLBACKS = "after_commit"


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one write transaction; commit at the end, roll back on any exception, then run what waited for the commit.

    Whatever was read before is read again inside, so a decision is never made on what another request has changed.
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
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[_CALLBACKS]
    for callback in callbacks:
        callback()


def end_reading() -> None:
    """Let go of the database before something slow, such as a body that is stored. Objects that were read are stale then."""
    db.session().rollback()


def after_commit(function: Callable[..., Any], *args: Any) -> None:
    """Call `function(*args)` once the open transaction has been committed; never if it is rolled back."""
    callbacks = db.session().info.get(_CALLBACKS)
    if callbacks is None:
        raise RuntimeError("no transaction is open")
    callbacks.append(lambda: function(*args))


@event.listens_for(Session, "before_flush")
def _refuse_writes_outside(session: Session, *_: Any) -> None:
    if _CALLBACKS not in session.info:
        raise RuntimeError("a write outside transaction()")
