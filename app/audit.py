"""The audit log: append-only events from a closed vocabulary, chained by hash.

An event has opaque ids and numbers, but never a name, an address, a reason or a token. So a person can be erased
without breaking the chain. Events are written in the transaction that they describe. The database refuses to change or
delete them (see the migration `audit_is_append_only`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, Row, String, Table, insert, select, update
from sqlalchemy.event import listens_for
from sqlalchemy.exc import MultipleResultsFound, NoResultFound, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.audit_actions import KEYS, AuditAction
from app.extensions import WRITE, Model
from app.types import Id, UtcDateTime

__all__ = ["KEYS", "AuditAction"]
GENESIS = "0" * 64
BATCH = 1000
_WAITING = "audit_events"
"""Key of `Session.info` for the events of the open transaction."""
UNREADABLE = (ValueError, TypeError, OperationalError)
"""Errors raised by reading a corrupt row: an invalid date, JSON or text."""
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: `staff` or `candidate` with an id, or `system` with the name of a command or stage."""

    kind: str
    id: str


class AuditEvent(Model):
    """One event, which is a link of the chain."""

    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(40))
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(String(64), index=True)
    subject_kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Model):
    """The single row that holds the end of the chain. Writers lock it, so there is only one chain."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Link:
    """The number and the hash of one event, as known from outside the database, for example from a checkpoint."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying the whole chain. `broken_at` is the number of the first broken link.

    `clock_went_back` counts events whose time is before that of the previous event. This does not break the chain.
    """

    events: int
    head: str
    broken_at: int | None
    reason: str | None
    clock_went_back: int = 0

    @property
    def is_whole(self) -> bool:
        """Return whether all links are intact."""
        return self.broken_at is None


def record(
    session: Session, action: AuditAction, *, actor: Actor, subject: tuple[str, str], now: datetime, **details: Value
) -> None:
    """Record one event. It is appended to the log when the open transaction commits.

    All writers lock one row, the end of the chain. A transaction locks it last, so that it never waits for another row
    while it holds this lock. Raises ValueError if the details do not have exactly the keys of the action.
    """
    if set(details) != KEYS[action]:
        raise ValueError(f"{action}: details are {sorted(details)}, expected {sorted(KEYS[action])}")
    if not session.in_transaction() or not session.connection().get_execution_options().get(WRITE):
        raise RuntimeError("a write outside transaction()")
    event = AuditEvent(
        at=now,
        action=str(action),
        actor_kind=actor.kind,
        actor_id=actor.id,
        subject_kind=subject[0],
        subject_id=subject[1],
        details=dict(details),
    )
    session.info.setdefault(_WAITING, []).append(event)


_EVENTS, _HEAD = cast(Table, AuditEvent.__table__), cast(Table, AuditHead.__table__)
_LOCKED_HEAD = select(_HEAD.c.number, _HEAD.c.hash).with_for_update()
_APPENDED, _MOVED_HEAD = insert(_EVENTS), update(_HEAD)


@listens_for(Session, "before_commit")
def _append(session: Session) -> None:
    waiting: list[AuditEvent] = session.info.pop(_WAITING, [])
    if not waiting:
        return
    session.flush()
    number, previous = session.execute(_LOCKED_HEAD).one()
    for each in waiting:
        number += 1
        each.number, each.previous = number, previous
        each.hash = previous = link_hash(each)
    session.execute(_APPENDED, [{column.key: getattr(each, column.key) for column in _EVENTS.c} for each in waiting])
    session.execute(_MOVED_HEAD, {"number": number, "hash": previous})


@listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: Any) -> None:
    session.info.pop(_WAITING, None)


def link_hash(event: AuditEvent | Row[Any]) -> str:
    """Return the SHA-256 of an event's canonical JSON. It includes the previous hash, so it covers all earlier events."""
    fields = [
        event.number, event.at.isoformat(timespec="microseconds"), event.action, event.actor_kind, event.actor_id,
        event.subject_kind, event.subject_id, event.details, event.previous,
    ]  # fmt: skip
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, held: Iterable[Link] = (), seen: Callable[[int], None] | None = None) -> Verification:
    """Verify the whole chain in order, in batches, and report the first broken link.

    The last event must be the head. Each link in `held` (known from outside) must be in the chain unchanged; this
    detects a log that was rewritten from its start. After each batch, `seen` is called with the number of valid events.
    Events that are appended during the verification are accepted.
    """
    try:
        start = head(session)
    except (NoResultFound, MultipleResultsFound):
        return Verification(0, GENESIS, 1, "the row with the end of the log is missing, or there is more than one")
    known = {start.number: start.hash}
    claims = set(held) - {Link(0, GENESIS)}
    claimed = {claim.number for claim in claims}
    number, previous, back = 0, GENESIS, 0
    last_at: datetime | None = None
    try:
        for event in events(session):
            problem = _problem(event, number + 1, previous)
            if not problem and known.get(event.number, event.hash) != event.hash:
                problem = "it differs from the stored end of the log"
            if not problem and event.number in claimed:
                claims.discard(Link(event.number, event.hash))
                if any(claim.number == event.number for claim in claims):
                    problem = "it differs from the checkpoint kept elsewhere: the log was rewritten up to here"
            if problem:
                return Verification(number, previous, number + 1, problem, back)
            number, previous = event.number, event.hash
            back += last_at is not None and event.at < last_at
            last_at = event.at
            if seen and number % BATCH == 0:
                seen(number)
    except UNREADABLE as problem:
        require_unreadable(problem)
        return Verification(number, previous, number + 1, "its row cannot be read", back)
    reason: str | None = None
    if number < start.number:
        reason = "the log ends too early: events are missing"
    elif number > head(session).number:
        reason = "the log has events after its stored end"
    elif claims:
        reason = "the log ends before an event of a checkpoint kept elsewhere"
    return Verification(number, previous, number + 1 if reason else None, reason, back)


def head(session: Session) -> Link:
    """Return the last link of the chain. Its number is 0 if there are no events."""
    return Link(*session.execute(select(AuditHead.number, AuditHead.hash)).one())


def events(session: Session) -> Iterator[Row[Any]]:
    """Yield every event in order, as rows with the columns of AuditEvent, read in batches.

    If a row cannot be read, the rows before it are yielded, and then one of the UNREADABLE errors is raised.
    """
    last: int | None = None
    size = BATCH
    columns = AuditEvent.__table__.columns
    while True:
        query = select(*columns).order_by(columns.number).limit(size)
        if last is not None:
            query = query.where(columns.number > last)
        try:
            batch = session.execute(query).all()
        except UNREADABLE as problem:
            require_unreadable(problem)
            if size == 1:
                raise
            size = 1  # read one row at a time, up to the corrupt one
            continue
        if not batch:
            return
        yield from batch
        last = batch[-1].number


def require_unreadable(problem: Exception) -> None:
    """Re-raise a database error unless a corrupt row caused it. A locked database, for example, is re-raised."""
    if isinstance(problem, OperationalError) and "decode" not in str(problem.orig):
        raise problem


def _problem(event: Row[Any], expected: int, previous: str) -> str | None:
    if event.number < expected:
        return "there is an event before the first"
    if event.number != expected:
        return f"event {expected} is missing"
    if event.previous != previous:
        return "it does not follow from the event before it"
    if event.hash != link_hash(event):
        return "its content was changed"
    return None
