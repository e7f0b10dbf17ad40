"""Record the length of a recording as measured by the worker. The recorder's own count is not reliable."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.recording.models import Take

WORKER = Actor("system", "assemble")


def note_length(session: Session, take_id: str, duration_ms: int, *, now: datetime) -> None:
    """Save the measured length of a take, and record it in the audit log. Does nothing if the length has not changed."""
    take = session.get(Take, take_id)
    if take is None or take.measured_ms == duration_ms:
        return
    take.measured_ms = duration_ms
    session.flush()
    record(
        session, AuditAction.TAKE_MEASURED, actor=WORKER, subject=("take", take_id), now=now, duration_ms=duration_ms
    )
