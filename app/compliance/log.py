"""Load events of the audit log for pages. If a row is corrupt, the page shows a message instead of a server error."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.audit import UNREADABLE, AuditEvent, require_unreadable
from app.errors import DomainError


class LogUnreadableError(DomainError):
    """A row of the log is corrupt."""

    status = 500
    message = _l("An event of the audit log cannot be read: its row was changed from outside this program.")
    kept = _l("All other events are still there, and nothing else has changed.")
    next_step = _l(
        "The page “Audit log” names the event. Keep a copy of the database as it is now, and find out who had access to it."
    )


def load_events(session: Session, condition: ColumnElement[bool]) -> Sequence[AuditEvent]:
    """Return the events that match a condition, in order. Raises LogUnreadableError if one of them is corrupt."""
    try:
        return session.scalars(select(AuditEvent).where(condition).order_by(AuditEvent.number)).all()
    except UNREADABLE as problem:
        require_unreadable(problem)
        raise LogUnreadableError() from problem
