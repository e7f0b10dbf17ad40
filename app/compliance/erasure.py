"""Erasure of one person everywhere: rows first, in one transaction, then files.

The audit log stays, with random ids and numbers, and one row that says what was deleted (`Erasure`). The names of the
people with those ids are deleted with the invitation. Backups are not changed, and the certificate says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.accommodations.models import AccommodationRequest, Grant
from app.audit import Actor, AuditAction, AuditEvent, Link, record
from app.captions.models import CaptionTrack
from app.compliance import deletion, holds
from app.compliance.models import Erasure
from app.errors import NotFoundError
from app.interviews.asked import asked_of
from app.interviews.models import Attempt, Invitation
from app.recording.models import MEDIA_FOLDER, Answer, Take, Upload, UploadPart, WrittenDraft
from app.review.models import Note, Score
from app.storage import Storage

WHY = "erasure"


def find(session: Session, invitation_id: str) -> Erasure | None:
    """Return the erasure of an invitation, or None."""
    return session.scalar(select(Erasure).where(Erasure.invitation_id == invitation_id))


def unfinished(session: Session) -> list[str]:
    """Return the ids of the erasures that still have files to delete."""
    return list(session.scalars(select(Erasure.id).where(Erasure.finished_at.is_(None)).order_by(Erasure.begun_at)))


def forget_person(session: Session, invitation_id: str, *, actor: Actor, now: datetime) -> Erasure:
    """Delete every row about a person. Returns the erasure, which lists the person's files.

    Repeating it changes nothing. Raises NotFoundError if the invitation does not exist, and LegalHoldError if a legal
    hold forbids the erasure.
    """
    done = find(session, invitation_id)
    if done:
        return done
    invitation = session.get(Invitation, invitation_id, with_for_update=True)
    if invitation is None:
        raise NotFoundError()
    holds.require_none(session, invitation)
    _leave_no_trace(session)
    attempt = session.scalar(select(Attempt).where(Attempt.invitation_id == invitation_id).with_for_update(of=Attempt))
    erasure = Erasure(
        invitation_id=invitation_id, attempt_id=attempt.id if attempt else None, interview_id=invitation.interview_id,
        begun_at=now, counts={}, takes=[], answers=[], left=[],
    )  # fmt: skip
    if attempt:
        _forget_attempt(session, attempt.id, erasure, actor=actor, now=now)
    session.execute(delete(Invitation).where(Invitation.id == invitation_id))
    session.expire_all()
    session.add(erasure)
    session.flush()
    record(
        session, AuditAction.PERSON_ERASED, actor=actor, subject=("invitation", invitation_id), now=now,
        takes=len(erasure.takes), answers=erasure.counts.get("answers", 0), erasure=erasure.id,
    )  # fmt: skip
    return erasure


def delete_files(storage: Storage, erasure: Erasure) -> int:
    """Delete a person's files, including those left by a worker that was processing them. Return the number of files.

    The function does not write to the database and may be repeated.
    """
    keys = set(erasure.left)
    for take in erasure.takes:
        keys.update(storage.list(f"{MEDIA_FOLDER}/{take}"))
    for key in sorted(keys):
        storage.delete(key)
    return len(keys)


def finish(session: Session, erasure_id: str, files: int, *, actor: Actor, now: datetime) -> None:
    """Record that the last file was deleted."""
    erasure = session.get(Erasure, erasure_id, with_for_update=True)
    if erasure is None or erasure.finished_at is not None:
        return
    erasure.left, erasure.finished_at = [], now
    erasure.counts = {**erasure.counts, "files": files}
    subject = ("invitation", erasure.invitation_id)
    record(session, AuditAction.ERASURE_FINISHED, actor=actor, subject=subject, now=now, files=files)
    if _is_sqlite(session):
        _leave_no_trace(session)
        session.execute(text("INSERT INTO cue_search (cue_search) VALUES ('optimize')"))


def events_of(session: Session, erasure: Erasure) -> list[Link]:
    """Return the audit events of an erasure: rows deleted, and later, files deleted."""
    actions = [str(AuditAction.PERSON_ERASED), str(AuditAction.ERASURE_FINISHED)]
    rows = session.execute(
        select(AuditEvent.number, AuditEvent.hash)
        .where(AuditEvent.subject_id == erasure.invitation_id, AuditEvent.action.in_(actions))
        .order_by(AuditEvent.number)
    )
    return [Link(*row) for row in rows]


def certificate(session: Session, erasure: Erasure) -> dict[str, Any]:
    """Return the content of the certificate: what was deleted and when, with counts. Times are ISO 8601 in UTC.

    It includes the number and hash of each audit event of the erasure, so that the holder can find these events in
    every later export of the log.
    """
    finished = erasure.finished_at
    return {
        "certificate": erasure.id,
        "invitation": erasure.invitation_id,
        "interview": erasure.interview_id,
        "rows_deleted_at": erasure.begun_at.isoformat(timespec="seconds"),
        "files_deleted_at": finished.isoformat(timespec="seconds") if finished else None,
        "deleted": erasure.counts,
        "audit_events": [{"number": link.number, "hash": link.hash} for link in events_of(session, erasure)],
        "kept": "audit events: random ids, numbers and times, with nothing that names the person",
        "not_reached": "backups, and copies that people downloaded",
    }


def _forget_attempt(session: Session, attempt_id: str, erasure: Erasure, *, actor: Actor, now: datetime) -> None:
    takes = list(session.scalars(select(Take.id).where(Take.attempt_id == attempt_id)))
    answers = list(session.scalars(select(Answer.id).where(Answer.attempt_id == attempt_id)))
    deleted = {each.answer_id for each in asked_of(session.get_one(Attempt, attempt_id)) if each.answer_id}
    erasure.answers = sorted(deleted | set(answers))
    erasure.counts = _counts(session, attempt_id, takes, answers)
    erasure.takes = takes
    erasure.left = deletion.delete_answers(session, attempt_id, now=now, why=WHY, actor=actor)
    session.execute(delete(Take).where(Take.attempt_id == attempt_id))
    session.execute(delete(Attempt).where(Attempt.id == attempt_id))


def _counts(session: Session, attempt_id: str, takes: Iterable[str], answers: Iterable[str]) -> dict[str, int]:
    uploads = select(Upload.id).where(Upload.take_id.in_(takes))
    found = {
        "takes": select(Take).where(Take.attempt_id == attempt_id),
        "parts": select(UploadPart).where(UploadPart.upload_id.in_(uploads)),
        "answers": select(Answer).where(Answer.attempt_id == attempt_id),
        "drafts": select(WrittenDraft).where(WrittenDraft.attempt_id == attempt_id),
        "caption_tracks": select(CaptionTrack).where(CaptionTrack.take_id.in_(takes)),
        "scores": select(Score).where(Score.answer_id.in_(answers)),
        "notes": select(Note).where(Note.answer_id.in_(answers)),
        "requests": select(AccommodationRequest).where(AccommodationRequest.attempt_id == attempt_id),
        "grants": select(Grant).where(Grant.attempt_id == attempt_id),
    }
    return {
        name: session.scalar(select(func.count()).select_from(query.subquery())) or 0 for name, query in found.items()
    }


def _leave_no_trace(session: Session) -> None:
    """Make SQLite overwrite deleted bytes immediately. Otherwise they stay in the file until their space is reused."""
    if _is_sqlite(session):
        session.execute(text("PRAGMA secure_delete = ON"))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
