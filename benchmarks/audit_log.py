"""How long does it take to verify an audit log of 100,000 events, compared with only reading and hashing the events?"""

from __future__ import annotations

import hashlib

from flask import current_app

from app import audit
from app.audit import Actor, AuditAction
from app.clock import now
from app.extensions import db
from app.ids import new_id
from app.transaction import transaction
from benchmarks.setting import Figure, application, folder, seconds

EVENTS = 100_000
A_TRANSACTION = 5_000


def measure() -> list[Figure]:
    """Write the events in transactions of 5,000, then verify the chain of events three times and use the best time."""
    with folder() as place, application(place):
        written = seconds(_write)
        ours = min(seconds(_verify) for _ in range(3))
        alone = min(seconds(_read) for _ in range(3))
    return [
        Figure(f"prove the audit log whole, {EVENTS:,} events", f"{ours:.2f} s", f"{alone:.2f} s (read, SHA-256)", ours / alone),
        Figure(f"write {EVENTS:,} audit events", f"{EVENTS / written:,.0f} events a second"),
    ]  # fmt: skip


def _write() -> None:
    for _ in range(EVENTS // A_TRANSACTION):
        with transaction() as session:
            for _ in range(A_TRANSACTION):
                actor, subject = Actor("candidate", new_id()), ("take", new_id())
                audit.record(
                    session, AuditAction.TAKE_STOPPED, actor=actor, subject=subject, now=now(), recorded_ms=61_000
                )
            session.expunge_all()


def _verify() -> None:
    found = audit.verify(db.session())
    if not found.is_whole or found.events != EVENTS:
        raise RuntimeError(f"{current_app.name}: {found}")
    db.session.rollback()


def _read() -> None:
    for event in audit.events(db.session()):
        hashlib.sha256(b"0" * 300 + event.hash.encode()).digest()
    db.session.rollback()
