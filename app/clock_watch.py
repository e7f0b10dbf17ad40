"""Check whether the system clock is reliable. After a jump, nothing is deleted or sent automatically for some hours.

A clock set a year ahead would make every deadline pass and every answer due for deletion. Each run of the sweeper
checks the clock. After a jump in either direction, or a long time without a check, all actions that cannot be undone
are postponed.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import Model
from app.types import UtcDateTime

LEAP = timedelta(hours=12)
"""Two checks further apart than this count as a jump. Switching a machine off overnight does not reach this time."""
STEADY = timedelta(hours=6)
"""How long the clock must run without a jump. Staff have this time to see the warning and correct the clock."""
log = logging.getLogger("fairtake.clock")


class ClockWatch(Model):
    """The single row with the time of the last check, and the time since when the clock has not jumped."""

    __tablename__ = "clock_watch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    steady_since: Mapped[datetime] = mapped_column(UtcDateTime)


def has_leapt(session: Session, *, now: datetime) -> bool:
    """Return whether the clock has jumped recently or since the last check. Writes nothing."""
    watch = session.get(ClockWatch, 1)
    return watch is not None and (abs(now - watch.seen_at) > LEAP or watch.steady_since > now - STEADY)


def is_steady(session: Session, *, now: datetime) -> bool:
    """Check the clock in the open transaction. Returns whether it is reliable; the first check returns True."""
    watch = session.get(ClockWatch, 1, with_for_update=True)
    if watch is None:
        session.add(ClockWatch(id=1, seen_at=now, steady_since=now - LEAP))
        session.flush()
        return True
    if abs(now - watch.seen_at) > LEAP:
        log.warning(
            "clock jumped: from=%s to=%s; nothing is deleted or sent automatically for %s",
            watch.seen_at.isoformat(timespec="seconds"), now.isoformat(timespec="seconds"), STEADY,
        )  # fmt: skip
        watch.steady_since = now
    watch.seen_at = now
    session.flush()
    return watch.steady_since <= now - STEADY
