"""The audit chain."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.audit import Actor, AuditAction, record, verify
from app.extensions import db
from app.ids import new_id
from app.transaction import transaction
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")
SYSTEM = Actor("system", "test")


def write_events(count: int) -> None:
    with transaction() as session:
        for _ in range(count):
            record(session, AuditAction.SIGNED_IN, actor=SYSTEM, subject=("user", new_id()), now=NOON)


def test_an_empty_log_is_whole() -> None:
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


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_change_the_log(statement: str) -> None:
    write_events(1)
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE audit_event SET action = 'signed out' WHERE number = 2", "content was changed"),
        ("DELETE FROM audit_event WHERE number = 2", "event 2 is missing"),
        ("DELETE FROM audit_event WHERE number = 3", "ends before its head"),
    ],
)
def test_whoever_gets_round_the_triggers_is_found_out(statement: str, reason: str) -> None:
    write_events(3)
    with transaction() as session:
        drop_triggers(session)
        session.execute(text(statement))
    found = verify(db.session())
    assert not found.is_whole
    assert reason in str(found.reason)
    assert found.broken_at == (3 if "= 3" in statement else 2)


def drop_triggers(session) -> None:  # type: ignore[no-untyped-def]
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_event_no_update"))
        session.execute(text("DROP TRIGGER audit_event_no_delete"))
    else:
        session.execute(text("DROP TRIGGER audit_event_no_change ON audit_event"))
