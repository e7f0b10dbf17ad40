"""How long a recording is: measured by the worker, and said in the log, whatever the recorder counted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.recording.models import Take

WORKER = Actor("system", "assemble")


def note_length(session: Session, take_id: str, duration_ms: int, *, now: datetime) -> None:
    """Keep the measured length of a take, and write it into the log; a second time with the same length changes nothing."""
    take = session.get(Take, take_id)
    if take is None or take.measured_ms == duration_ms:
        return
    take.measured_ms = duration_ms
    session.flush()
    record(
        session, AuditAction.TAKE_MEASURED, actor=WORKER, subject=("take", take_id), now=now, duration_ms=duration_ms
    )
