"""Work in the database for one process at a time: claimed by compare-and-set, held by a lease, fenced by its token.

A row of work has the columns of `Leased`. Without the lease nothing can be written, so work that is started twice is
finished once.
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
LEASE = timedelta(seconds=30)
"""Renewed while the work continues. After it expires, another worker may do the work."""
RETRY_PAUSE = timedelta(minutes=1)
"""Pause before a retry of work that is in no queue."""


class LeaseLostError(Exception):
    """Another process has taken over the work; the result of this one is discarded."""


class GiveWayError(Exception):
    """The work takes longer than it may while others wait for their turn; it is put back."""


class Leased:
    """The columns of a row of work."""

    state: Mapped[str] = mapped_column(String(30), default=StageState.PENDING, index=True)
    lease: Mapped[str | None] = mapped_column(Id)
    """Token of the process that works on it; a write of another is refused."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(40))
    """A reason code from a closed list, never a message that could carry content."""
    percent: Mapped[int | None]
    """How much of it is done, where that takes long enough to be shown."""
    lane: Mapped[int] = mapped_column(default=0, server_default="0")
    """How long it has proved to take (`app.lanes`): 0 as long as nothing is known."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


def is_free(model: type[Leased], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition for work that waits, or whose holder has let its lease run out."""
    return or_(
        model.state.in_([str(StageState.PENDING), str(StageState.WAITING_FOR_MODEL)]), is_abandoned(model, now=now)
    )


def is_due(model: type[Leased], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition for work that is free, and has paused where it failed."""
    has_paused = or_(model.attempts == 0, model.updated_at < now - RETRY_PAUSE)
    return or_(and_(model.state == str(StageState.PENDING), has_paused), is_abandoned(model, now=now))


def is_abandoned(model: type[Leased], *, now: datetime) -> ColumnElement[bool]:
    """Return the condition for work whose holder has let its lease run out."""
    return and_(model.state == str(StageState.RUNNING), model.lease_until < now)


def claim(session: Session, model: type[Leased], *here: ColumnElement[bool], now: datetime) -> str | None:
    """Claim one row of work that is free. Returns the lease, None if there is nothing to do.

    What was begun MAX_ATTEMPTS times and never ended is failed instead: it kills its workers.
    """
    free = is_free(model, now=now)
    exhausted = session.execute(
        update(model)
        .where(*here, free, model.attempts >= MAX_ATTEMPTS)
        .values(state=str(StageState.FAILED), lease=None, lease_until=None, problem="gave up", updated_at=now)
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


def write(session: Session, model: type[Leased], *here: ColumnElement[bool], held: str, **values: Any) -> None:
    """Write to a row of work that is held by the lease `held`. Raises LeaseLostError."""
    written = session.execute(update(model).where(*here, model.lease == held).values(**values))
    if written.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLostError(str(model.__name__))


def release(state: StageState, *, now: datetime, **values: Any) -> dict[str, Any]:
    """Return what to write when the work ends, or is put back."""
    return {"state": str(state), "lease": None, "lease_until": None, "updated_at": now, **values}
