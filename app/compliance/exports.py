"""The audit log as files, in formats that others read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from app import audit

FIELDS = (
    "number",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "subject_kind",
    "subject_id",
    "details",
    "previous",
    "hash",
)


def event_lines(session: Session) -> Iterator[str]:
    """Yield every event as a line of JSON (JSON Lines), in order; `at` as it is in the hash, ISO 8601 in UTC."""
    for event in audit.events(session):
        fields = {name: getattr(event, name) for name in FIELDS} | {"at": event.at.isoformat(timespec="microseconds")}
        yield json.dumps(fields, separators=(",", ":")) + "\n"
