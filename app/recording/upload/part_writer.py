"""Acknowledge the parts of running recordings in groups: one transaction for all parts that are waiting.

This is the fast path for ordinary parts: in order, from the recorder of a take that is still recording. Everything else
(the last part, a refusal, a take that was stopped) is left to `uploads.accept_part`, which applies the same rules and
explains refusals. So a part that is not accepted here is not refused.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from app.accommodations.models import Grant
from app.accommodations.rules import Given, Kind, Limits
from app.accounts.models import EndedSession
from app.clock import now
from app.config import current_config
from app.extensions import WRITE, db
from app.ids import new_id
from app.interviews.models import Attempt, Invitation, Question
from app.recording.models import Take, Upload, UploadPart
from app.recording.more_time import longest_seconds
from app.recording.upload.incoming import StoredPart
from app.recording.upload.uploads import CLOCKS_DIFFER, UploadLimits, configured_limits

MAX_TOGETHER = 128
"""Maximum number of parts in one transaction."""
WAIT_SECONDS = 30
"""How long a part waits for its transaction. SQLite's lock may take 15 s. After that, the ordinary path decides."""
log = logging.getLogger("fairtake.parts")


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """A part whose bytes are in storage: who sent it, to which upload, and when its request began."""

    session_id: str | None
    attempt_id: str
    upload_id: str
    stored: StoredPart
    recorded_ms: int | None
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An acknowledged part: the new offset of its upload, when that expires, and the limit on recorded time."""

    offset: int
    expires_at: datetime
    seconds: int | None


Entry = tuple[WaitingPart, "asyncio.Future[Acknowledged | None]"]
"""A part, and the future that gets its result."""


class NotAcknowledgedError(Exception):
    """A transaction failed. It is unknown whether its parts are acknowledged, so their bytes must be kept."""


class PartWriter:
    """A thread that acknowledges parts. While one transaction is committed, the next group forms by itself."""

    def __init__(self, app: Flask):
        self._app = app
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    async def acknowledge(self, part: WaitingPart) -> Acknowledged | None:
        """Wait until a part is committed. Returns None if it is left to the ordinary path. Raises NotAcknowledgedError
        if the commit failed.
        """
        self._start()
        future = asyncio.get_running_loop().create_future()
        self._waiting.put((part, future))
        try:
            return await asyncio.wait_for(future, WAIT_SECONDS)
        except TimeoutError as problem:
            raise NotAcknowledgedError("not within the time") from problem

    def _start(self) -> None:
        """Start the thread with the first part. Not earlier, because threads do not survive a fork."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="parts", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """End the thread, after the parts that are waiting."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _work(self) -> None:
        with self._app.app_context():
            while (first := self._waiting.get()) is not None:
                group = [first]
                while len(group) < MAX_TOGETHER and (following := self._next()) is not None:
                    group.append(following)
                self._acknowledge(group)

    def _next(self) -> Entry | None:
        try:
            following = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if following is None:
            self._waiting.put(None)  # end after this group
        return following

    def _acknowledge(self, group: Sequence[Entry]) -> None:
        outcome: dict[str, Acknowledged] | NotAcknowledgedError
        try:
            outcome = acknowledge_together([part for part, _future in group], configured_limits(current_config()))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the thread must go on, and nobody may wait for ever
            log.warning("parts not acknowledged together: error=%s count=%d", type(problem).__name__, len(group))
            outcome = NotAcknowledgedError(type(problem).__name__)
        _tell(group, outcome)


def acknowledge_together(parts: Sequence[WaitingPart], policy: UploadLimits) -> dict[str, Acknowledged]:
    """Acknowledge parts in one transaction. Returns the results by storage key, without parts left to the ordinary
    path.

    Attempts and takes are locked in the usual order (docs/architecture.md), and by id among themselves.
    """
    with db.engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if connection.dialect.name != "sqlite":  # SQLite's transactions that write run one after another
            _lock(connection, parts)
        moment = now()
        rows = {row.id: row for row in connection.execute(_rows_of(parts))}
        ended = _ended_sessions(connection, parts)
        accepted: dict[str, tuple[WaitingPart, Row[Any]]] = {}
        for part in parts:
            row = rows.get(part.upload_id)
            if row is not None and part.session_id not in ended and may_append(row, part, policy, now=moment):
                accepted[part.stored.key] = part, rows.pop(part.upload_id)
        if not accepted:
            return {}
        given = _accommodations(connection, {row.attempt_id for _part, row in accepted.values()})
        _write(connection, accepted.values(), moment, policy)
    return {
        key: Acknowledged(_end(part), moment + policy.expiry, _seconds(row, given))
        for key, (part, row) in accepted.items()
    }


def may_append(row: Row[Any], part: WaitingPart, policy: UploadLimits, *, now: datetime) -> bool:
    """Return whether a part continues a running recording of its sender, so that nothing else has to be decided."""
    is_theirs = row.attempt_id == part.attempt_id and row.cancelled_at is None
    is_recording = row.stopped_at is None and row.complete_at is None and row.removed_at is None
    is_running = row.terminated_at is None and (row.offset > 0 or row.expires_at > now)
    is_newest = row.taken_over_at is None or part.began_at >= row.taken_over_at - CLOCKS_DIFFER
    is_next = row.offset == part.stored.start and (row.length is None or _end(part) < row.length)
    has_room = (row.take_bytes or 0) + part.stored.size <= policy.limit
    return is_theirs and is_recording and is_running and is_newest and is_next and has_room


def _end(part: WaitingPart) -> int:
    return part.stored.start + part.stored.size


def _lock(connection: Connection, parts: Sequence[WaitingPart]) -> None:
    takes = select(Upload.take_id).where(Upload.id.in_([part.upload_id for part in parts]))
    attempts = select(Take.attempt_id).where(Take.id.in_(takes))
    for query in (
        select(Attempt.id).where(Attempt.id.in_(attempts)).order_by(Attempt.id),
        select(Take.id).where(Take.id.in_(takes)).order_by(Take.id),
    ):
        connection.execute(query.with_for_update(key_share=True))


def _rows_of(parts: Sequence[WaitingPart]) -> Select[Any]:
    other = aliased(Upload)
    take_bytes = select(func.sum(other.offset)).where(other.take_id == Take.id, other.terminated_at.is_(None))
    columns = (
        *(Upload.id, Upload.offset, Upload.length, Upload.expires_at, Upload.taken_over_at, Upload.terminated_at),
        *(Upload.recorded_ms, Take.attempt_id, Take.limits, Take.more_time_presses, Take.started_at),
        *(Take.stopped_at, Take.complete_at, Take.removed_at, Invitation.cancelled_at),
        *(Question.recording_seconds, Question.thinking_seconds, Question.retakes),
        take_bytes.scalar_subquery().label("take_bytes"),
    )
    joined = select(*columns).select_from(Upload).join(Upload.take).join(Take.attempt).join(Attempt.invitation)
    return joined.join(Take.question).where(Upload.id.in_([part.upload_id for part in parts]))


def _ended_sessions(connection: Connection, parts: Sequence[WaitingPart]) -> set[str | None]:
    ids = {part.session_id for part in parts if part.session_id is not None}
    return set(connection.scalars(select(EndedSession.id).where(EndedSession.id.in_(ids))))


def _accommodations(connection: Connection, attempts: Iterable[str]) -> Sequence[Row[Any]]:
    query = select(Grant.attempt_id, Grant.kind, Grant.value, Grant.ended_at).where(Grant.attempt_id.in_(attempts))
    return list(connection.execute(query))


def _seconds(row: Row[Any], given: Sequence[Row[Any]]) -> int | None:
    standard = Limits(row.recording_seconds, row.thinking_seconds, row.retakes)
    during = [
        Given(Kind(grant.kind), grant.value)
        for grant in given
        if grant.attempt_id == row.attempt_id and (grant.ended_at is None or grant.ended_at > row.started_at)
    ]
    return longest_seconds(Limits.from_snapshot(row.limits), standard, during, presses=row.more_time_presses)


def _write(
    connection: Connection, accepted: Iterable[tuple[WaitingPart, Row[Any]]], now: datetime, policy: UploadLimits
) -> None:
    advanced = [
        {
            "upload": row.id,
            "start": part.stored.start,
            "end": _end(part),
            "now": now,
            "expiry": now + policy.expiry,
            "recorded": max(row.recorded_ms, part.recorded_ms or 0),
        }
        for part, row in accepted
    ]
    stored = [
        {"id": new_id(), "upload_id": row.id, **{name: getattr(part.stored, name) for name in STORED}}
        for part, row in accepted
    ]
    done = connection.execute(_ADVANCE, advanced)
    if done.rowcount != len(advanced):
        raise SQLAlchemyError("an upload changed although it was locked")
    connection.execute(insert(UploadPart.__table__), stored)  # type: ignore[arg-type]


def _tell(group: Sequence[Entry], outcome: dict[str, Acknowledged] | NotAcknowledgedError) -> None:
    """Set the futures of a group, each in its own event loop, because a loop that sleeps does not notice other threads."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Entry]] = {}
    for entry in group:
        by_loop.setdefault(entry[1].get_loop(), []).append(entry)
    for loop, entries in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, entries, outcome)
        except RuntimeError:  # the loop is closed, so nobody waits; other loops still do
            log.info("parts acknowledged after their server stopped: count=%d", len(entries))


def _resolve(group: Sequence[Entry], outcome: dict[str, Acknowledged] | NotAcknowledgedError) -> None:
    for part, future in group:
        if future.done():
            continue  # the server is being stopped
        if isinstance(outcome, NotAcknowledgedError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome.get(part.stored.key))


STORED = ("start", "size", "sha256", "key")
_UPLOADS = Upload.__table__
_ADVANCE = (
    update(_UPLOADS)  # type: ignore[arg-type]
    .where(_UPLOADS.c.id == bindparam("upload"), _UPLOADS.c.offset == bindparam("start"))
    .values(
        offset=bindparam("end"),
        active_at=bindparam("now"),
        expires_at=bindparam("expiry"),
        recorded_ms=bindparam("recorded"),
    )
)
