"""Simulates a commit that succeeds but whose reply is lost, because the connection drops or the disk is full."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.extensions import db


def dropped() -> OperationalError:
    """Return the error that SQLAlchemy raises when the connection drops during a commit."""
    return OperationalError("COMMIT", {}, Exception("the connection was dropped"))


@contextmanager
def losing_an_answer() -> Iterator[Callable[[], None]]:
    """Yield a function. After a call of it, the next commit in this thread succeeds but raises an error."""
    mine, waiting, dialect = threading.get_ident(), [], db.engine.dialect
    commit = dialect.do_commit

    def lose(connection: Any) -> None:
        commit(connection)
        if waiting and threading.get_ident() == mine:
            waiting.clear()
            raise dialect.loaded_dbapi.OperationalError("the connection was dropped")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "do_commit", lose)
        yield lambda: waiting.append(True)
