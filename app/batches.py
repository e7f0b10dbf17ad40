"""Batches that process each row separately: if a row fails, the failure is stored and the other rows continue.

A failed row is retried after a pause that grows with each failure. Its failure is deleted once the row succeeds or is
no longer due. The status page lists the failed rows, by random ids and names of errors only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.extensions import Model, db
from app.transaction import transaction
from app.types import UtcDateTime

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far the clocks of the machines of an installation may differ."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 1440))
"""Pause before each retry of a row. The last pause repeats."""
MAX_FAILURES_IN_A_ROW = 20
"""After this many failures in a row, the batch ends, because something else (such as a full disk) must be the cause."""
MAX_SUBJECT_LENGTH = 200
log = logging.getLogger("fairtake.batches")


class Batch(StrEnum):
    """The batches, by their names in the database and the log."""

    STEPS = "steps of a sweep"
    DEADLINES = "deadlines"
    TAKES = "takes"
    ATTEMPTS = "attempts"
    ERASURES = "erasures"
    NOTICES = "notices"
    RETENTION = "retention"
    FILES = "files"
    INDEX = "search index"
    STAGES = "stages"
    CLAIMS = "claims of stages"
    OLDER_TAKES = "older recordings"
    OLDER_QUESTIONS = "older videos of questions"


class SetAside(Model):
    """A row that failed in a batch: when it first failed, how often, and when to retry it."""

    __tablename__ = "set_aside"

    batch: Mapped[str] = mapped_column(String(30), primary_key=True)
    subject: Mapped[str] = mapped_column(String(MAX_SUBJECT_LENGTH), primary_key=True)
    """The random id of the row, or the key of a file, which contains only random ids."""
    problem: Mapped[str] = mapped_column(String(80))
    """The name of the error. Never its message, which could contain personal data."""
    tries: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)


def for_each(
    batch: Batch,
    subjects: Iterable[str],
    act: Callable[[str], object],
    *,
    now: datetime,
    is_all: bool = True,
    longest_pause: timedelta = PAUSES[-1],
) -> int:
    """Call `act` for each subject. Returns how many calls succeeded. Each call opens its own transaction.

    `is_all` means that the subjects are everything that is due, so stored failures of other rows are deleted. Raises an
    error only if a failure cannot be stored, because the database is unavailable.
    """
    known = _known(batch, now)
    succeeded, failures, done = 0, 0, set()
    for subject in subjects:
        name = subject[:MAX_SUBJECT_LENGTH]
        done.add(name)
        if name in known and known[name] > now:
            continue
        if _succeeds(batch, subject, act, now, longest_pause):
            succeeded, failures = succeeded + 1, 0
            if name in known:
                _forget(batch, {name})
        else:
            failures += 1
        if failures == MAX_FAILURES_IN_A_ROW:
            return succeeded
    if is_all and (over := {name for name, next_at in known.items() if name not in done and next_at <= now}):
        _forget(batch, over)
    return succeeded


def paused(session: Session, batch: Batch, *, now: datetime) -> list[str]:
    """Return the failed rows that are not yet due for a retry, so that a query with a limit can exclude them."""
    is_paused = (SetAside.next_at > now, SetAside.last_at <= now + CLOCKS_DIFFER)
    return list(session.scalars(select(SetAside.subject).where(SetAside.batch == str(batch), *is_paused)))


def all_set_aside(session: Session) -> list[SetAside]:
    """Return all failed rows, newest failure first."""
    return list(session.scalars(select(SetAside).order_by(SetAside.last_at.desc(), SetAside.batch, SetAside.subject)))


def make_due(session: Session, batch: Batch, *, now: datetime) -> None:
    """Let every failed row of a batch be retried now, even during its pause."""
    session.execute(update(SetAside).where(SetAside.batch == str(batch), SetAside.next_at > now).values(next_at=now))


def set_aside_of(session: Session, batch: Batch) -> list[str]:
    """Return the failed rows of a batch."""
    return list(
        session.scalars(select(SetAside.subject).where(SetAside.batch == str(batch)).order_by(SetAside.subject))
    )


def _succeeds(
    batch: Batch, subject: str, act: Callable[[str], object], now: datetime, longest_pause: timedelta
) -> bool:
    try:
        act(subject)
    except Exception as problem:  # noqa: BLE001 - an error in one row must not stop the others
        db.session.rollback()
        log.error("batch item failed, will retry: batch=%s item=%s error=%s", batch, subject, type(problem).__name__)
        with transaction() as session:
            _set_aside(session, batch, subject[:MAX_SUBJECT_LENGTH], type(problem).__name__, now, longest_pause)
        return False
    return True


def _set_aside(
    session: Session, batch: Batch, subject: str, problem: str, now: datetime, longest_pause: timedelta
) -> None:
    row = session.get(SetAside, (str(batch), subject), with_for_update=True)
    if row is None:
        row = SetAside(batch=str(batch), subject=subject, tries=0, first_at=now)
        session.add(row)
    pause = min(PAUSES[min(row.tries, len(PAUSES) - 1)], longest_pause)
    row.problem, row.tries, row.last_at, row.next_at = problem[:80], row.tries + 1, now, now + pause


def _known(batch: Batch, now: datetime) -> dict[str, datetime]:
    """Return when to retry each failed row. A row that failed while the clock was ahead is retried now."""
    session = db.session()
    query = select(SetAside.subject, SetAside.next_at, SetAside.last_at).where(SetAside.batch == str(batch))
    rows = session.execute(query).all()
    session.rollback()
    return {row.subject: row.next_at if row.last_at <= now + CLOCKS_DIFFER else now for row in rows}


def _forget(batch: Batch, subjects: Iterable[str]) -> None:
    with transaction() as session:
        session.execute(delete(SetAside).where(SetAside.batch == str(batch), SetAside.subject.in_(list(subjects))))
