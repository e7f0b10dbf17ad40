"""Helpers that make sent answers and return the text of pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.transaction import transaction
from tests.factories import NOON, make_attempt

HTMX = {"HX-Request": "true"}


def sent_attempt(interview: Interview, name: str = "Ada Candidate", **fields: object) -> Attempt:
    attempt = make_attempt(interview, submitted_at=NOON, **fields)
    with transaction() as session:
        invitation = session.get_one(Attempt, attempt.id).invitation
        invitation.candidate_name, invitation.reference = name, "K7PX2W"
    return attempt


def text_of(page: object) -> str:
    return " ".join(page.get_text(" ").split())  # type: ignore[attr-defined]


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
