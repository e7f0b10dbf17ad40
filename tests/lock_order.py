"""Checks that every transaction locks rows in the order given in docs/architecture.md.

The check reads the SQL statements. It therefore also works on SQLite, which locks the whole database.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import ORMExecuteState, Session

ROOT = Path(__file__).parents[1]
FIRST = ("clock_watch", "interview", "invitation", "attempt", "question", "take")
"""Tables locked in this order, before all other tables.

Other tables may be locked in any order, except the head of the log (LAST).
"""
LAST = ("audit_head",)
NOTED = "UPDATE interview SET found_languages"
"""The one exception to the lock order: indexing stores a new language of an interview at the end of its transaction.

This happens once for each language. If it causes a deadlock, the transaction is retried.
"""
_WRITTEN = re.compile(r"\s*(?:UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)


def rank(table: str) -> int:
    """Return the position of a table in the lock order."""
    if table in FIRST:
        return FIRST.index(table)
    return len(FIRST) + (table in LAST)


def _is_of_the_product() -> bool:
    """Return whether code in app/ opened the transaction, rather than a test.

    The innermost frame in app/ or tests/ decides. Modules of app/ that open transactions for others do not count.
    """
    frame = sys._getframe(2)
    while frame is not None:
        verdict = _of_the_product(frame.f_code.co_filename)
        if verdict is not None:
            return verdict
        frame = frame.f_back  # type: ignore[assignment]
    return False


@cache
def _of_the_product(file: str) -> bool | None:
    """Return True if transactions of this file are checked, False if they are not, and None if the calling file
    decides.
    """
    path = Path(file)
    if path.is_relative_to(ROOT / "tests"):
        return False
    if path.is_relative_to(ROOT / "app") and path.name not in ("transaction.py", "extensions.py"):
        return path.name != "demo.py"  # not checked, because the demo fills an empty database before it has other users
    return None


class LockOrder:
    """The locks of every open transaction by connection, and the violations found so far."""

    def __init__(self) -> None:
        self.held: dict[int, list[str] | None] = {}
        self.problems: list[str] = []

    def begin(self, connection: Connection) -> None:
        """Handle the start of a transaction. Transactions opened by a test are not checked."""
        self.held[id(connection.connection.dbapi_connection)] = [] if _is_of_the_product() else None

    def lock(self, connection: Connection, table: str) -> None:
        """Handle the lock of a row in a table."""
        held = self.held.get(id(connection.connection.dbapi_connection))
        if held is None or table in held:
            return
        before = [other for other in held if rank(other) > rank(table)]
        if before:
            self.problems.append(f"{table} is locked after {', '.join(before)}")
        held.append(table)

    def statement(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        """Handle an UPDATE or DELETE statement."""
        if (found := _WRITTEN.match(statement)) and not statement.startswith(NOTED):
            self.lock(connection, found[1])

    def select(self, state: ORMExecuteState) -> None:
        """Handle a query, which may lock rows with FOR UPDATE."""
        wanted = getattr(state.statement, "_for_update_arg", None)
        if wanted is None or not state.is_select:
            return
        tables = wanted.of or state.statement.get_final_froms()  # type: ignore[attr-defined]
        for table in tables:
            name = getattr(table, "__tablename__", None) or getattr(table, "name", None)
            if name:
                self.lock(state.session.connection(), name)

    def watch(self) -> None:
        """Start watching all engines and sessions."""
        event.listen(Engine, "begin", self.begin)
        event.listen(Engine, "before_cursor_execute", self.statement)
        event.listen(Session, "do_orm_execute", self.select)

    def end(self) -> None:
        """Stop watching all engines and sessions."""
        event.remove(Engine, "begin", self.begin)
        event.remove(Engine, "before_cursor_execute", self.statement)
        event.remove(Session, "do_orm_execute", self.select)
