"""The audit log: append-only events, a closed vocabulary with fixed keys, chained by hash.

An event carries opaque ids and numbers, never a name, an address, a reason or a token: a person can be erased and the
chain stays whole. It is written in the transaction that it describes. The database refuses to change or delete one
(see the migration `audit_is_append_only`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Row, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import Model
from app.types import Id, UtcDateTime

GENESIS = "0" * 64
BATCH = 1000
Value = str | int | bool | None


class AuditAction(StrEnum):
    """Everything that can be said in the log."""

    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    USER_CREATED = "user created"
    INTERVIEW_CREATED = "interview created"
    INTERVIEW_CHANGED = "interview changed"
    INVITATION_CREATED = "invitation created"
    INVITATION_LINK_REPLACED = "invitation link replaced"
    INVITATION_CANCELLED = "invitation cancelled"
    INVITATION_EXCHANGED = "invitation exchanged"
    CONSENT_GIVEN = "consent given"
    CONSENT_REFUSED = "consent refused"
    TAKE_STARTED = "take started"
    TAKE_STOPPED = "take stopped"
    RETAKE_OFFERED = "retake offered"
    RETAKE_USED = "retake used"
    ANSWER_CHOSEN = "answer chosen"
    TAKE_REMOVED = "take removed"
    INTERVIEW_SUBMITTED = "interview submitted"
    CAPTIONS_MADE = "captions made"
    CAPTIONS_CORRECTED = "captions corrected"
    CAPTIONS_UPLOADED = "captions uploaded"
    CAPTIONS_RESTORED = "captions restored"
    CAPTIONS_CHECKED = "captions checked"
    ANSWER_VIEWED = "answer viewed"
    ACCOMMODATION_REQUESTED = "accommodation requested"
    ACCOMMODATION_CHANGED = "accommodation request changed"
    ACCOMMODATION_WITHDRAWN = "accommodation request withdrawn"
    ACCOMMODATION_GRANTED = "accommodation granted"
    ACCOMMODATION_DECLINED = "accommodation declined"
    ACCOMMODATION_ENDED = "accommodation ended"
    ACCOMMODATION_IN_FORCE = "accommodation in force"
    MORE_TIME_TAKEN = "more time taken"
    DEADLINE_MOVED = "deadline moved"
    REQUEST_READ = "request read"
    POLICY_CHANGED = "policy changed"
    SCORING_CHANGED = "scoring changed"
    SCORE_HANDED_IN = "score handed in"
    SCORES_EXPORTED = "scores exported"
    NOTICE_SENT = "notice sent"
    NOTICE_FAILED = "notice failed"
    LOG_EXPORTED = "log exported"
    STORY_EXPORTED = "story exported"
    REPORT_EXPORTED = "report exported"
    OWN_DATA_EXPORTED = "own data exported"
    HOLD_PLACED = "hold placed"
    HOLD_ENDED = "hold ended"
    PERSON_ERASED = "person erased"
    ERASURE_FINISHED = "erasure finished"


KEYS: Mapping[AuditAction, frozenset[str]] = {
    AuditAction.SIGNED_IN: frozenset(),
    AuditAction.SIGN_IN_REFUSED: frozenset(),
    AuditAction.SIGNED_OUT: frozenset(),
    AuditAction.USER_CREATED: frozenset({"roles"}),
    AuditAction.INTERVIEW_CREATED: frozenset({"questions"}),
    AuditAction.INTERVIEW_CHANGED: frozenset({"questions", "state"}),
    AuditAction.INVITATION_CREATED: frozenset({"interview"}),
    AuditAction.INVITATION_LINK_REPLACED: frozenset({"interview"}),
    AuditAction.INVITATION_CANCELLED: frozenset({"interview"}),
    AuditAction.INVITATION_EXCHANGED: frozenset({"interview"}),
    AuditAction.CONSENT_GIVEN: frozenset({"version"}),
    AuditAction.CONSENT_REFUSED: frozenset({"version"}),
    AuditAction.TAKE_STARTED: frozenset({"question", "number", "recording_seconds", "thinking_seconds", "retakes"}),
    AuditAction.TAKE_STOPPED: frozenset({"recorded_ms"}),
    AuditAction.RETAKE_OFFERED: frozenset({"question", "left"}),
    AuditAction.RETAKE_USED: frozenset({"question", "number"}),
    AuditAction.ANSWER_CHOSEN: frozenset({"question", "take"}),
    AuditAction.TAKE_REMOVED: frozenset({"number", "why"}),
    AuditAction.INTERVIEW_SUBMITTED: frozenset({"answers"}),
    AuditAction.CAPTIONS_MADE: frozenset({"version", "model"}),
    AuditAction.CAPTIONS_CORRECTED: frozenset({"version"}),
    AuditAction.CAPTIONS_UPLOADED: frozenset({"version"}),
    AuditAction.CAPTIONS_RESTORED: frozenset({"version", "restored"}),
    AuditAction.CAPTIONS_CHECKED: frozenset({"version"}),
    AuditAction.ANSWER_VIEWED: frozenset({"take"}),
    AuditAction.ACCOMMODATION_REQUESTED: frozenset({"kind", "value", "request"}),
    AuditAction.ACCOMMODATION_CHANGED: frozenset({"kind", "value", "request"}),
    AuditAction.ACCOMMODATION_WITHDRAWN: frozenset({"kind", "request"}),
    AuditAction.ACCOMMODATION_GRANTED: frozenset({"kind", "value", "source", "grant"}),
    AuditAction.ACCOMMODATION_DECLINED: frozenset({"kind", "request"}),
    AuditAction.ACCOMMODATION_ENDED: frozenset({"kind", "grant"}),
    AuditAction.ACCOMMODATION_IN_FORCE: frozenset({"question", "number", "grants"}),
    AuditAction.MORE_TIME_TAKEN: frozenset({"number", "press", "seconds"}),
    AuditAction.DEADLINE_MOVED: frozenset({"to"}),
    AuditAction.REQUEST_READ: frozenset({"request"}),
    AuditAction.POLICY_CHANGED: frozenset(
        {"recording_percent", "thinking_percent", "retakes", "deadline_days", "more_time_presses"}
    ),
    AuditAction.SCORING_CHANGED: frozenset({"blind", "levels"}),
    AuditAction.SCORE_HANDED_IN: frozenset({"question"}),
    AuditAction.SCORES_EXPORTED: frozenset({"rows"}),
    AuditAction.NOTICE_SENT: frozenset({"request", "tries"}),
    AuditAction.NOTICE_FAILED: frozenset({"request", "tries"}),
    AuditAction.LOG_EXPORTED: frozenset({"rows"}),
    AuditAction.STORY_EXPORTED: frozenset({"rows"}),
    AuditAction.REPORT_EXPORTED: frozenset({"rows"}),
    AuditAction.OWN_DATA_EXPORTED: frozenset({"files"}),
    AuditAction.HOLD_PLACED: frozenset({"hold"}),
    AuditAction.HOLD_ENDED: frozenset({"hold"}),
    AuditAction.PERSON_ERASED: frozenset({"takes", "answers", "erasure"}),
    AuditAction.ERASURE_FINISHED: frozenset({"files"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `staff` or `candidate` with an id, or `system` with the name of a command or stage."""

    kind: str
    id: str


class AuditEvent(Model):
    """One link of the chain."""

    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(40))
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Model):
    """The single row that says where the chain ends; writers lock it, so there is one chain."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain that is known from elsewhere: the number and the hash of one event."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at the whole chain found. `broken_at` is the number of the first link that does not hold.

    `clock_went_back` counts the events whose time is before that of the one before them: their order is the chain's.
    """

    events: int
    head: str
    broken_at: int | None
    reason: str | None
    clock_went_back: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every link holds."""
        return self.broken_at is None


def record(
    session: Session, action: AuditAction, *, actor: Actor, subject: tuple[str, str], now: datetime, **details: Value
) -> AuditEvent:
    """Append one event in the open transaction. Raises ValueError when its details are not the keys of its action."""
    if set(details) != KEYS[action]:
        raise ValueError(f"{action}: details are {sorted(details)}, expected {sorted(KEYS[action])}")
    head = session.scalars(select(AuditHead).with_for_update().execution_options(populate_existing=True)).one()
    event = AuditEvent(
        number=head.number + 1,
        at=now,
        action=str(action),
        actor_kind=actor.kind,
        actor_id=actor.id,
        subject_kind=subject[0],
        subject_id=subject[1],
        details=dict(details),
        previous=head.hash,
    )
    event.hash = link_hash(event)
    head.number, head.hash = event.number, event.hash
    session.add(event)
    session.flush()
    return event


def link_hash(event: AuditEvent | Row[Any]) -> str:
    """Return the SHA-256 that binds an event to all before it: canonical JSON of its fields in a fixed order."""
    fields = [
        event.number, event.at.isoformat(timespec="microseconds"), event.action, event.actor_kind, event.actor_id,
        event.subject_kind, event.subject_id, event.details, event.previous,
    ]  # fmt: skip
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, held: Iterable[Link] = (), seen: Callable[[int], None] | None = None) -> Verification:
    """Walk the whole chain in order; the first break found is reported. Reads in batches, whatever the length.

    The end must be the head, and each of the `held` links, known from elsewhere, must be in the chain as it was: that
    finds a log that was rewritten from its start. `seen` is told how many events hold, after each batch. Events that
    are written meanwhile are no break.
    """
    start = head(session)
    known = {start.number: start.hash}
    claims = set(held) - {Link(0, GENESIS)}
    claimed = {claim.number for claim in claims}
    number, previous, back = 0, GENESIS, 0
    last_at: datetime | None = None
    for event in events(session):
        problem = _problem(event, number + 1, previous)
        if not problem and known.get(event.number, event.hash) != event.hash:
            problem = "it is not the one that the head names"
        if not problem and event.number in claimed:
            claims.discard(Link(event.number, event.hash))
            if any(claim.number == event.number for claim in claims):
                problem = "it is not the one that was held elsewhere: the log was rewritten up to here"
        if problem:
            return Verification(number, previous, number + 1, problem, back)
        number, previous = event.number, event.hash
        back += last_at is not None and event.at < last_at
        last_at = event.at
        if seen and number % BATCH == 0:
            seen(number)
    reason: str | None = None
    if number < start.number:
        reason = "the log ends before its head: events are missing"
    elif number > head(session).number:
        reason = "the log goes on after its head"
    elif claims:
        reason = "the log ends before an event that was held elsewhere"
    return Verification(number, previous, number + 1 if reason else None, reason, back)


def head(session: Session) -> Link:
    """Return the end of the chain; number 0 when nothing has happened yet."""
    return Link(*session.execute(select(AuditHead.number, AuditHead.hash)).one())


def events(session: Session) -> Iterator[Row[Any]]:
    """Yield every event in order, as rows with the columns of AuditEvent, read in batches."""
    last = -1
    columns = AuditEvent.__table__.columns
    while batch := session.execute(
        select(*columns).where(columns.number > last).order_by(columns.number).limit(BATCH)
    ).all():
        yield from batch
        last = batch[-1].number


def _problem(event: Row[Any], expected: int, previous: str) -> str | None:
    if event.number != expected:
        return f"event {expected} is missing"
    if event.previous != previous:
        return "it does not follow from the event before it"
    if event.hash != link_hash(event):
        return "its content was changed"
    return None
