"""Whether this machine's clock can be believed: nothing is deleted or sent for somebody just after it has jumped.

A clock set a year ahead would make every deadline pass and every answer due for deletion. The sweeper looks at it as
often as it runs; a leap either way, or a long time without a look, makes what cannot be taken back wait for a while.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import Model
from app.types import UtcDateTime

LEAP = timedelta(hours=12)
"""Between two looks, more than this is a leap. A machine that is off by night does not leap each morning."""
STEADY = timedelta(hours=6)
"""How long the clock must have gone on without a leap: time for a person to see the warning and put it right."""
log = logging.getLogger("fairtake.clock")


class ClockWatch(Model):
    """The single row that remembers the last look at the clock, and since when it has gone on without a leap."""

    __tablename__ = "clock_watch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    steady_since: Mapped[datetime] = mapped_column(UtcDateTime)


def has_leapt(session: Session, *, now: datetime) -> bool:
    """Whether the clock has leapt since the sweeper last looked, or not long before. Writes nothing."""
    watch = session.get(ClockWatch, 1)
    return watch is not None and (abs(now - watch.seen_at) > LEAP or watch.steady_since > now - STEADY)


def is_steady(session: Session, *, now: datetime) -> bool:
    """Look at the clock, in the open transaction: whether it can be believed. A first look believes it."""
    watch = session.get(ClockWatch, 1, with_for_update=True)
    if watch is None:
        session.add(ClockWatch(id=1, seen_at=now, steady_since=now - LEAP))
        session.flush()
        return True
    if abs(now - watch.seen_at) > LEAP:
        log.warning(
            "the clock went from %s to %s: for %s nothing is deleted, nor sent for anybody",
            watch.seen_at.isoformat(timespec="seconds"), now.isoformat(timespec="seconds"), STEADY,
        )  # fmt: skip
        watch.steady_since = now
    watch.seen_at = now
    session.flush()
    return watch.steady_since <= now - STEADY
