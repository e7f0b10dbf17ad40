"""Batches that do each row by itself: a row that fails is set aside and reported, and the others go on.

A row that was set aside is tried again after a pause that grows, and forgotten as soon as it succeeds or is no longer to
be done. What was set aside is shown on the status page, by random ids and the names of errors alone.
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

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 1440))
"""Before each further try of a row; the last one is repeated."""
MAX_FAILURES_IN_A_ROW = 20
"""After so many the fault is not with the rows (a full disk, say): the batch ends, and goes on with its next run."""
MAX_SUBJECT_LENGTH = 200
log = logging.getLogger("fairtake.batches")


class Batch(StrEnum):
    """The batches, as the database and the log call them."""

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


class SetAside(Model):
    """A row of a batch that failed: since when, how often, and when it is tried again."""

    __tablename__ = "set_aside"

    batch: Mapped[str] = mapped_column(String(30), primary_key=True)
    subject: Mapped[str] = mapped_column(String(MAX_SUBJECT_LENGTH), primary_key=True)
    """A random id, or the key of a file, which is made of such ids."""
    problem: Mapped[str] = mapped_column(String(80))
    """The name of the error, never its message, which could carry content."""
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
    """Call `act` for each row, which opens its own transaction; return how many succeeded.

    With `is_all` the subjects are all that is to be done, so that whatever else had been set aside is forgotten. Raises
    only when a failure cannot be written down: then the database is unavailable.
    """
    known = _known(batch)
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
    """Return the rows that are not to be tried now: a query with a limit leaves them out, or they would fill it."""
    return list(session.scalars(select(SetAside.subject).where(SetAside.batch == str(batch), SetAside.next_at > now)))


def all_set_aside(session: Session) -> list[SetAside]:
    """Return what is set aside, the newest failure first."""
    return list(session.scalars(select(SetAside).order_by(SetAside.last_at.desc(), SetAside.batch, SetAside.subject)))


def make_due(session: Session, batch: Batch, *, now: datetime) -> None:
    """Let the next run try every row of a batch, those too that wait for their pause to end."""
    session.execute(update(SetAside).where(SetAside.batch == str(batch), SetAside.next_at > now).values(next_at=now))


def set_aside_of(session: Session, batch: Batch) -> list[str]:
    """Return the rows of a batch that are set aside."""
    return list(
        session.scalars(select(SetAside.subject).where(SetAside.batch == str(batch)).order_by(SetAside.subject))
    )


def _succeeds(
    batch: Batch, subject: str, act: Callable[[str], object], now: datetime, longest_pause: timedelta
) -> bool:
    try:
        act(subject)
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with one row must not stop the others
        db.session.rollback()
        log.error("%s: %s is set aside: %s", batch, subject, type(problem).__name__)
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


def _known(batch: Batch) -> dict[str, datetime]:
    session = db.session()
    rows = session.execute(select(SetAside.subject, SetAside.next_at).where(SetAside.batch == str(batch))).all()
    session.rollback()
    return {row.subject: row.next_at for row in rows}


def _forget(batch: Batch, subjects: Iterable[str]) -> None:
    with transaction() as session:
        session.execute(delete(SetAside).where(SetAside.batch == str(batch), SetAside.subject.in_(list(subjects))))
