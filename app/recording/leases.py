"""Leases: only one process at a time works on a row, which it claims by compare-and-set.

A row of work has the columns of `LeaseColumns`. Writing requires the token of the current lease, so work that is started
twice is finished only once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, or_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.ids import new_id
from app.recording.stages import StageState
from app.types import Id, UtcDateTime

MAX_ATTEMPTS = 3
GAVE_UP = "gave up"
"""The problem of work that was begun MAX_ATTEMPTS times without ending."""
LEASE = timedelta(seconds=30)
"""Duration of a lease. It is renewed while the work continues. After it expires, another worker may claim the work."""
MAX_LEASES_AHEAD = 10
"""A lease that ends later than so many leases from now was given by a clock that was wrong."""
RETRY_PAUSE = timedelta(minutes=1)
"""Pause after a failure, for work that is not in the RQ queue."""


class LeaseLostError(Exception):
    """Another process has taken over the work. The result of this process is discarded."""


class GiveWayError(Exception):
    """Work has taken too long while other work waits. It is stopped, and waits again."""


class LeaseColumns:
    """The columns of a row that represents work."""

    state: Mapped[str] = mapped_column(String(30), default=StageState.PENDING, index=True)
    lease: Mapped[str | None] = mapped_column(Id)
    """Token of the process that does the work. No other process can write to the row."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(40))
    """A reason code from a closed list. It is never a message, because messages could contain personal data."""
    percent: Mapped[int | None]
    """Progress in percent, for work that is long enough to show it."""
    lane: Mapped[int] = mapped_column(default=0, server_default="0")
    """Number of the lane (worker thread, see `app.lanes`) for work of this duration. 0 if the duration is unknown."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


def is_free(model: type[LeaseColumns], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition for work that can be claimed: it is waiting, or its lease has expired."""
    return or_(
        model.state.in_([str(StageState.PENDING), str(StageState.WAITING_FOR_MODEL)]), is_abandoned(model, now=now)
    )


def is_due(model: type[LeaseColumns], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition for work that can be claimed now. After a failure, the work pauses first."""
    has_paused = or_(
        model.problem.is_(None),
        model.updated_at < now - RETRY_PAUSE,
        model.updated_at > now + RETRY_PAUSE,  # the clock was ahead
    )
    return or_(and_(model.state == str(StageState.PENDING), has_paused), is_abandoned(model, now=now))


def is_abandoned(model: type[LeaseColumns], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition for running work whose lease has expired, or was given while the clock was ahead."""
    is_over = or_(model.lease_until < now, model.lease_until > now + MAX_LEASES_AHEAD * LEASE)
    return and_(model.state == str(StageState.RUNNING), is_over)


def claim(session: Session, model: type[LeaseColumns], *here: ColumnElement[bool], now: datetime) -> str | None:
    """Claim one row of free work. Returns the lease, or None if there is nothing to do.

    Work that was begun MAX_ATTEMPTS times without ending is marked as failed, because it probably kills its workers.
    """
    free = is_free(model, now=now)
    exhausted = session.execute(
        update(model)
        .where(*here, free, model.attempts >= MAX_ATTEMPTS)
        .values(state=str(StageState.FAILED), lease=None, lease_until=None, problem=GAVE_UP, updated_at=now)
    )
    if exhausted.rowcount:  # type: ignore[attr-defined]
        return None
    lease = new_id()
    claimed = session.execute(
        update(model)
        .where(*here, free)
        .values(
            state=str(StageState.RUNNING),
            lease=lease,
            lease_until=now + LEASE,
            attempts=model.attempts + 1,
            problem=None,
            updated_at=now,
        )
    )
    return lease if claimed.rowcount == 1 else None  # type: ignore[attr-defined]


def write(session: Session, model: type[LeaseColumns], *here: ColumnElement[bool], held: str, **values: Any) -> None:
    """Write to a row of work under the lease `held`. Raises LeaseLostError if the lease was lost."""
    written = session.execute(update(model).where(*here, model.lease == held).values(**values))
    if written.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLostError(str(model.__name__))


def failed(row: LeaseColumns, problem: str, *, now: datetime, retry: bool, is_counted: bool) -> dict[str, Any]:
    """Return the values to write when work has failed. With `retry`, it waits again until all attempts are used.

    An attempt that is not counted leaves their number unchanged.
    """
    attempts = row.attempts if is_counted else row.attempts - 1
    again = retry and attempts < MAX_ATTEMPTS
    return release(StageState.PENDING if again else StageState.FAILED, now=now, problem=problem[:40], attempts=attempts)


def release(state: StageState, *, now: datetime, **values: Any) -> dict[str, Any]:
    """Return the values to write when work ends or is put back."""
    return {"state": str(state), "lease": None, "lease_until": None, "updated_at": now, **values}
