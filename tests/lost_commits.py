"""A commit that takes place and whose answer is lost: the connection was dropped, or the disk is full afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.extensions import db


def dropped() -> OperationalError:
    """Return what SQLAlchemy raises then."""
    return OperationalError("COMMIT", {}, Exception("the connection was dropped"))


@contextmanager
def losing_an_answer() -> Iterator[Callable[[], None]]:
    """Give what makes the next commit of this thread raise after it has taken place."""
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
