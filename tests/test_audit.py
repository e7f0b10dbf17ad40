"""The audit log: its chain of hashes, its verification, and triggers that protect its rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import audit
from app.audit import Actor, AuditAction, Link, head, record, verify
from app.extensions import db
from app.ids import new_id
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")
SYSTEM = Actor("system", "test")


def write_events(count: int) -> None:
    with transaction() as session:
        for _ in range(count):
            record(session, AuditAction.SIGNED_IN, actor=SYSTEM, subject=("user", new_id()), now=NOON)


def test_empty_log_is_intact() -> None:
    assert verify(db.session()).is_whole


def test_a_log_of_several_transactions_is_one_chain() -> None:
    write_events(3)
    write_events(2)
    found = verify(db.session())
    assert (found.is_whole, found.events) == (True, 5)


def test_an_event_with_other_details_than_its_action_has_is_refused() -> None:
    with pytest.raises(ValueError, match="details"), transaction() as session:
        record(session, AuditAction.SIGNED_IN, actor=SYSTEM, subject=("user", new_id()), now=NOON, note="x")
    assert verify(db.session()).events == 0


def test_simultaneous_audit_writers_keep_one_chain(app: Flask) -> None:
    write_events(1)
    assert at_once(app, [lambda: write_events(3)] * 6) == [None] * 6
    found = verify(db.session())
    assert (found.is_whole, found.events) == (True, 19)


def test_events_written_during_verification_do_not_break_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    write_events(4)
    db.session.rollback()
    monkeypatch.setattr(audit, "BATCH", 2)
    known = iter([Link(3, db.session.execute(text("SELECT hash FROM audit_event WHERE number = 3")).scalar_one())])
    monkeypatch.setattr(audit, "head", lambda session: next(known, None) or head(session))
    assert verify(db.session()).is_whole


def test_verification_reports_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 2)
    write_events(5)
    seen: list[int] = []
    assert verify(db.session(), seen=seen.append).is_whole
    assert seen == [2, 4]


def test_clock_that_goes_back_is_counted_and_does_not_break_the_chain() -> None:
    for minutes in (0, 5, -60, 6):
        with transaction() as session:
            now = NOON + timedelta(minutes=minutes)
            record(session, AuditAction.SIGNED_OUT, actor=SYSTEM, subject=("user", new_id()), now=now)
    found = verify(db.session())
    assert (found.is_whole, found.clock_went_back) == (True, 1)


def test_log_rewritten_from_its_start_fails_only_against_a_head_kept_elsewhere() -> None:
    write_events(3)
    held = head(db.session())
    rewrite(4)
    assert verify(db.session()).is_whole
    found = verify(db.session(), [held])
    assert (found.broken_at, "kept elsewhere" in str(found.reason)) == (3, True)


def test_truncated_log_fails_against_a_head_kept_elsewhere() -> None:
    write_events(3)
    held = head(db.session())
    rewrite(2)
    assert verify(db.session()).is_whole
    assert "ends before an event of a checkpoint kept elsewhere" in str(verify(db.session(), [held]).reason)


def test_log_continued_from_a_kept_head_is_intact() -> None:
    empty = head(db.session())
    write_events(3)
    held = [empty, head(db.session()), head(db.session())]
    write_events(2)
    assert verify(db.session(), held).is_whole


def rewrite(count: int) -> None:
    """Replace the whole log by another one with valid hashes, as the owner of the database could."""
    with transaction() as session:
        drop_triggers(session)
        session.execute(text("DELETE FROM audit_event"))
        session.execute(text("UPDATE audit_head SET number = 0, hash = :genesis"), {"genesis": audit.GENESIS})
    write_events(count)


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_change_the_log(statement: str) -> None:
    write_events(1)
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "reason", "broken_at"),
    [
        ("UPDATE audit_event SET action = 'signed out' WHERE number = 2", "content was changed", 2),
        ("DELETE FROM audit_event WHERE number = 2", "event 2 is missing", 2),
        ("DELETE FROM audit_event WHERE number = 3", "ends too early", 3),
        ("UPDATE audit_head SET number = 2", "differs from the stored end", 2),
        (
            "UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_event WHERE number = 2)",
            "has events after",
            4,
        ),
        ("DELETE FROM audit_head", "with the end of the log is missing", 1),
    ],
)
def test_change_without_triggers_is_detected(statement: str, reason: str, broken_at: int) -> None:
    write_events(3)
    with transaction() as session:
        drop_triggers(session)
        session.execute(text(statement))
    found = verify(db.session())
    assert not found.is_whole
    assert reason in str(found.reason)
    assert found.broken_at == broken_at


SPOILED = [
    "at = 'yesterday'",
    "details = 'no JSON'",
    "action = x'ff'",
    "actor_id = CAST(x'ff' AS TEXT)",
    "details = x'ff'",
]
"""Values that SQLite accepts in a column of any type. PostgreSQL refuses all of them."""


@pytest.mark.parametrize("change", SPOILED)
def test_unreadable_row_is_named_after_the_intact_rows(app: Flask, change: str) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps to the types of its columns")
    write_events(5)
    with transaction() as session:
        drop_triggers(session)
        session.execute(text(f"UPDATE audit_event SET {change} WHERE number = 4"))  # noqa: S608
    found = verify(db.session())
    assert (found.events, found.broken_at, found.reason) == (3, 4, "its row cannot be read")
    said = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert said.exit_code == 1
    assert "broken at event 4: its row cannot be read" in said.output


def drop_triggers(session) -> None:  # type: ignore[no-untyped-def]
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_event_no_update"))
        session.execute(text("DROP TRIGGER audit_event_no_delete"))
    else:
        session.execute(text("DROP TRIGGER audit_event_no_change ON audit_event"))


def test_event_cannot_be_replaced_by_another_with_its_number(app: Flask) -> None:
    write_events(2)
    columns = "number, at, action, actor_kind, actor_id, subject_kind, subject_id, details, previous, hash"
    replaced = columns.replace("actor_id", "'somebody else'", 1).replace("hash", "'x'", 1)
    verb = "INSERT OR REPLACE" if db.engine.dialect.name == "sqlite" else "INSERT"
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(
            text(f"{verb} INTO audit_event ({columns}) SELECT {replaced} FROM audit_event WHERE number = 2")  # noqa: S608
        )
    found = verify(db.session())
    assert (found.is_whole, found.events) == (True, 2)


def test_postgresql_refuses_to_empty_the_log(app: Flask) -> None:
    write_events(1)
    statement = "DELETE FROM audit_event" if db.engine.dialect.name == "sqlite" else "TRUNCATE audit_event"
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement))
