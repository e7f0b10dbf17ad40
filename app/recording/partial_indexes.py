"""The conditions of the partial indexes of recordings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

UNFINISHED = "complete_at IS NULL AND removed_at IS NULL"
UNINSPECTED = "codecs IS NULL"
UNDONE = "state NOT IN ('done', 'failed')"
FAILED = "state = 'failed'"
TO_INDEX = "needs_index"


def where(condition: str) -> dict[str, Any]:
    """Return the condition as arguments of Index. SQLite compares it as text with queries, which write `= 1`."""
    return {
        "sqlite_where": text(f"{condition} = 1" if condition == TO_INDEX else condition),
        "postgresql_where": text(condition),
    }
