"""Acknowledge parts of running recordings in the database: many parts in one transaction.

This is the fast path for ordinary parts: in order, from the recorder of a take that is still recording. Everything else
(the last part, a refusal, a take that was stopped) is left to `uploads.accept_part`, which applies the same rules and
explains refusals. So a part that is not accepted here is not refused.

The statements are built once, from tables instead of classes: building them for each group took most of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Row, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.accommodations.models import Grant
from app.accommodations.rules import Given, Kind, Limits
from app.accounts.models import EndedSession
from app.clock import now
from app.extensions import WRITE, db
from app.ids import new_id
from app.interviews.models import Attempt, Invitation, Question
from app.recording.models import Take, Upload, UploadPart
from app.recording.more_time import longest_seconds
from app.recording.upload.incoming import StoredPart
from app.recording.upload.uploads import UploadLimits, was_taken_over


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """A part whose bytes are in storage: who sent it, to which upload, and when its request began."""

    session_id: str | None
    attempt_id: str
    upload_id: str
    stored: StoredPart
    recorded_ms: int | None
    began_at: datetime

    @property
    def end(self) -> int:
        """The offset of the upload after this part."""
        return self.stored.start + self.stored.size


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An acknowledged part: the new offset of its upload, when that expires, and the limit on recorded time."""

    offset: int
    expires_at: datetime
    seconds: int | None


Rows = Sequence[Row[Any]]
"""What is known about an upload: one row for each accommodation of its candidate, or a single row without one."""


def acknowledge_together(parts: Sequence[WaitingPart], policy: UploadLimits) -> dict[str, Acknowledged]:
    """Acknowledge parts in one transaction. Returns the results by storage key, without parts left to the ordinary
    path.

    Attempts and takes are locked in the usual order (docs/architecture.md), and by id among themselves.
    """
    uploads = [part.upload_id for part in parts]
    with db.engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if connection.dialect.name != "sqlite":  # SQLite's transactions that write run one after another
            connection.execute(_LOCK_ATTEMPTS, {"uploads": uploads})
            connection.execute(_LOCK_TAKES, {"uploads": uploads})
        moment = now()
        found = _find(connection, uploads)
        sessions = [part.session_id for part in parts if part.session_id is not None]
        ended = set(connection.scalars(_ENDED, {"sessions": sessions})) if sessions else set()
        accepted: list[tuple[WaitingPart, Rows]] = []
        for part in parts:
            rows = found.get(part.upload_id)
            if rows and part.session_id not in ended and may_append(rows[0], part, policy, now=moment):
                accepted.append((part, found.pop(part.upload_id)))
        if accepted:
            _write(connection, accepted, moment, policy)
    expires_at = moment + policy.expiry
    return {part.stored.key: Acknowledged(part.end, expires_at, _seconds(rows)) for part, rows in accepted}


def may_append(row: Row[Any], part: WaitingPart, policy: UploadLimits, *, now: datetime) -> bool:
    """Return whether a part continues a running recording of its sender, so that nothing else has to be decided."""
    is_theirs = row.attempt_id == part.attempt_id and row.cancelled_at is None
    is_recording = row.stopped_at is None and row.complete_at is None and row.removed_at is None
    is_running = row.terminated_at is None and (row.offset > 0 or row.expires_at > now)
    is_newest = not was_taken_over(part.began_at, row.taken_over_at, row.taken_over_on)
    is_next = row.offset == part.stored.start and (row.length is None or part.end < row.length)
    has_room = (row.take_bytes or 0) + part.stored.size <= policy.limit
    return is_theirs and is_recording and is_running and is_newest and is_next and has_room


def _find(connection: Connection, uploads: Sequence[str]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_FIND, {"uploads": uploads}):
        found.setdefault(row.id, []).append(cast(Row[Any], row))
    return found


def _seconds(rows: Rows) -> int | None:
    """Return the limit on recorded time of a take in seconds, as `more_time.seconds_in_force` does."""
    row = rows[0]
    standard = Limits(row.recording_seconds, row.thinking_seconds, row.retakes)
    during = [
        Given(Kind(row.kind), row.value)
        for row in rows
        if row.kind is not None and (row.ended_at is None or row.ended_at > row.started_at)
    ]
    return longest_seconds(Limits.from_snapshot(row.limits), standard, during, presses=row.more_time_presses)


def _write(
    connection: Connection, accepted: Iterable[tuple[WaitingPart, Rows]], now: datetime, policy: UploadLimits
) -> None:
    advanced, stored = [], []
    for part, (row, *_others) in accepted:
        advanced.append(
            {
                "upload": row.id,
                "start": part.stored.start,
                "end": part.end,
                "now": now,
                "expiry": now + policy.expiry,
                "recorded": max(row.recorded_ms, part.recorded_ms or 0),
            }
        )
        piece = part.stored
        names = {"start": piece.start, "size": piece.size, "sha256": piece.sha256, "key": piece.key}
        stored.append({"id": new_id(), "upload_id": row.id, **names})
    if connection.execute(_ADVANCE, advanced).rowcount != len(advanced):
        raise SQLAlchemyError("an upload changed although it was locked")
    connection.execute(_STORE, stored)


_upload, _part, _take, _attempt, _invitation, _question, _grant, _ended = (
    cast(Table, model.__table__)
    for model in (Upload, UploadPart, Take, Attempt, Invitation, Question, Grant, EndedSession)
)
_uploads: BindParameter[Any] = bindparam("uploads", expanding=True)
_takes = select(_upload.c.take_id).where(_upload.c.id.in_(_uploads))
_LOCK_ATTEMPTS = (
    select(_attempt.c.id)
    .where(_attempt.c.id.in_(select(_take.c.attempt_id).where(_take.c.id.in_(_takes))))
    .order_by(_attempt.c.id)
    .with_for_update(key_share=True)
)
_LOCK_TAKES = select(_take.c.id).where(_take.c.id.in_(_takes)).order_by(_take.c.id).with_for_update(key_share=True)
_other = _upload.alias()
_take_bytes = select(func.sum(_other.c.offset)).where(_other.c.take_id == _take.c.id, _other.c.terminated_at.is_(None))
_FIND = (
    select(
        *(_upload.c[name] for name in ("id", "offset", "length", "expires_at", "terminated_at", "recorded_ms")),
        *(_upload.c.taken_over_at, _upload.c.taken_over_on, _take.c.attempt_id, _take.c.limits),
        *(_take.c.more_time_presses, _take.c.started_at),
        *(_take.c.stopped_at, _take.c.complete_at, _take.c.removed_at, _invitation.c.cancelled_at),
        *(_question.c.recording_seconds, _question.c.thinking_seconds, _question.c.retakes),
        *(_grant.c.kind, _grant.c.value, _grant.c.ended_at),
        _take_bytes.scalar_subquery().label("take_bytes"),
    )
    .select_from(
        _upload.join(_take, _take.c.id == _upload.c.take_id)
        .join(_attempt, _attempt.c.id == _take.c.attempt_id)
        .join(_invitation, _invitation.c.id == _attempt.c.invitation_id)
        .join(_question, _question.c.id == _take.c.question_id)
        .outerjoin(_grant, _grant.c.attempt_id == _attempt.c.id)
    )
    .where(_upload.c.id.in_(_uploads))
)
_ENDED = select(_ended.c.id).where(_ended.c.id.in_(bindparam("sessions", expanding=True)))
_ADVANCE = (
    update(_upload)
    .where(_upload.c.id == bindparam("upload"), _upload.c.offset == bindparam("start"))
    .values(
        offset=bindparam("end"),
        active_at=bindparam("now"),
        expires_at=bindparam("expiry"),
        recorded_ms=bindparam("recorded"),
    )
)
_STORE = insert(_part)
