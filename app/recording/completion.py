"""Decide when a take is complete: everything announced has arrived, or nothing more is expected."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from app.audit import Actor, AuditAction, record
from app.errors import ConflictError
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.arrival import ArrivalProgress, ArrivedUpload, coming, has_arrived, is_owner_awaited, is_whole
from app.recording.heard_models import HeardGroup
from app.recording.in_force import grants_during, record_in_force
from app.recording.kept import count_again
from app.recording.models import Answer, Media, StageRun, Take, UntrimmedMedia, Upload, UploadPart
from app.recording.outcomes import why_unreadable
from app.recording.processing import TakeState
from app.recording.recorder_reports import SegmentReport, StopReport, merged, total_recorded_ms
from app.recording.rules import accepts_more
from app.recording.stored_files import stored_keys
from app.recording.upload.tus import parse_metadata


def lock_take(session: Session, take_id: str) -> Take | None:
    """Lock a take until the transaction ends, and reload it with its uploads. Returns None if it does not exist.

    Hold this lock to decide whether a take is complete. Otherwise two simultaneous requests, with the last part and the
    stop report, would not see each other's changes. The attempt is locked first, as everywhere (docs/architecture.md).
    """
    attempt = select(Attempt.id).join(Take, Take.attempt_id == Attempt.id).where(Take.id == take_id)
    session.execute(attempt.with_for_update(of=Attempt, key_share=True))
    query = select(Take).where(Take.id == take_id).options(selectinload(Take.uploads)).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def lock_takes(session: Session, attempt_id: str) -> None:
    """Lock an attempt and all its takes until the transaction ends. Call this before other writes to the attempt."""
    attempt = select(Attempt.id).where(Attempt.id == attempt_id)
    session.execute(attempt.with_for_update(of=Attempt, key_share=True))
    takes = select(Take).where(Take.attempt_id == attempt_id).order_by(Take.id)
    session.scalars(takes.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def is_reserved(take: Take) -> bool:
    """Return whether a take was started and has received nothing. Empty takes are not counted, and can be used again."""
    return take.stopped_at is None and take.removed_at is None and take.complete_at is None and not bytes_of(take)


def is_awaited(take: Take) -> bool:
    """Return whether something was recorded in a take of which no bytes have arrived.

    A recorder creates an upload or reports a stop only after it has recorded something.
    """
    is_open_and_empty = take.removed_at is None and take.complete_at is None and not bytes_of(take)
    return is_open_and_empty and (take.stopped_at is not None or bool(living_uploads(take)))


def is_interrupted(take: Take) -> bool:
    """Return whether a take has bytes but no stop report. It may still be recording, or its recorder may be lost."""
    return take.stopped_at is None and take.removed_at is None and take.complete_at is None and bytes_of(take) > 0


def is_choosable(take: Take) -> bool:
    """Return whether a take can be chosen as an answer. It may turn out later that the take cannot be read."""
    return take.removed_at is None and not is_reserved(take) and processing.state_of(take) != TakeState.MEDIA_FAILED


def is_unreadable(take: Take) -> bool:
    """Return whether no file could be made from a take. It does not count as an allowed take, but its bytes are kept."""
    return take.removed_at is None and why_unreadable(take) is not None


def living_uploads(take: Take) -> list[Upload]:
    """Return the uploads of a take that were not terminated, ordered by segment."""
    return [upload for upload in take.uploads if upload.terminated_at is None]


def bytes_of(take: Take) -> int:
    """Return the number of acknowledged bytes of a take."""
    return sum(upload.offset for upload in living_uploads(take))


def complete_if_ready(session: Session, take: Take, *, now: datetime) -> bool:
    """Complete a stopped take and schedule its assembly, if everything announced has arrived. Returns True if it has."""
    if take.stopped_at is None or take.complete_at is not None or take.removed_at is not None:
        return False
    if not bytes_of(take) or not has_arrived(_announced(take), _arrived(take)):
        return False
    _complete(session, take, has_all=_is_whole(take), now=now)
    return True


def complete_as_it_is(session: Session, take: Take, *, actor: Actor, now: datetime) -> None:
    """Complete a take with the bytes acknowledged so far. Stops the take if it is still recording.

    Bytes that arrive later are still added, until a reviewer has been shown where the recording ends (`close`).
    """
    if take.stopped_at is None:
        stop(session, take, recorded_ms=None, actor=actor, now=now)
    _complete(session, take, has_all=False, now=now)


def is_open(take: Take) -> bool:
    """Return whether bytes that arrive now are added to a take."""
    return accepts_more(is_complete=take.complete_at is not None, is_closed=take.closed_at is not None)


def reopen(session: Session, take: Take) -> None:
    """Make a completed take wait for more bytes, unless it is closed. Its media file is kept in the meantime."""
    if take.complete_at is not None and take.closed_at is None:
        take.complete_at = None
        session.flush()


def add_report(session: Session, take: Take, report: StopReport, *, now: datetime) -> bool:
    """Add another stop report to a take that was stopped before. Returns whether the take is now complete.

    A take can be stopped twice: from another device or by the sweeper. A closed take is not changed.
    """
    if take.closed_at is not None or report.segments is None:
        return False
    announce(take, report)
    take.recorded_ms = max(take.recorded_ms or 0, report.recorded_ms)
    take.is_cut = take.is_cut and report.kept
    if _is_whole(take):
        reopen(session, take)
    session.flush()
    return complete_if_ready(session, take, now=now)


def announce(take: Take, report: StopReport) -> None:
    """Add the segments in a stop report to those announced before. Segments begun by another recorder are left out.

    If the recorder that continued the take has recorded nothing, the take belongs to the earlier recorder again, so
    that no one waits for a recording that does not exist.
    """
    begun = {one.segment: one.recorder for one in _announced(take) or ()}
    begun |= {upload.segment: recorder_of(upload) for upload in living_uploads(take)}
    own = report.own(begun)
    if own is None:
        return
    take.announced = [asdict(segment) for segment in merged(_announced(take) or [], own)]
    if report.recorder == take.recorder and is_owner_awaited(take.recorder, _announced(take), _arrived(take)):
        take.recorder = next(one.recorder for one in reversed(_arrived(take)) if one.recorder is not None)


def recorder_of(upload: Upload) -> str | None:
    """Return the name of the recorder that made an upload, or None if the client gave no name."""
    return parse_metadata(upload.upload_metadata).get("recorder")


def coming_of(take: Take) -> ArrivalProgress | None:
    """Return how much of a take has arrived and how much is missing. Return None if nothing more is expected, or if the
    take is closed or removed.
    """
    if take.closed_at is not None or take.removed_at is not None:
        return None
    found = told_of(take)
    return found if found.told else None


def told_of(take: Take) -> ArrivalProgress:
    """Return how much of a take, open or closed, has arrived and how much is missing, according to its recorders."""
    return coming(_announced(take), _arrived(take), owner=take.recorder)


def shows_its_end(take: Take) -> bool:
    """Return whether a take still accepts bytes although a reviewer who opens it now would see where it ends."""
    return take.complete_at is not None and take.closed_at is None and take.media is not None


def close(session: Session, take_id: str, *, now: datetime) -> None:
    """Close a take if a reviewer who opens it now would see where it ends. No bytes are added afterwards."""
    take = lock_take(session, take_id)
    if take is not None and shows_its_end(take):
        take.closed_at = now
        session.flush()


def stop(session: Session, take: Take, *, recorded_ms: int | None, actor: Actor, now: datetime) -> None:
    """Record that a take was stopped. If `recorded_ms` is None, the sum of the times reported with its parts is used.

    If no recorder counted the time, as for an uploaded file, the time stays unknown until the worker measures it.
    """
    if recorded_ms is None:
        recorded_ms = total_recorded_ms(upload.recorded_ms for upload in living_uploads(take)) or None
    take.stopped_at, take.recorded_ms = now, recorded_ms
    session.flush()
    record(session, AuditAction.TAKE_STOPPED, actor=actor, subject=("take", take.id), now=now, recorded_ms=recorded_ms)
    arrived = [grant for grant in grants_during(session, take) if grant.given_at > take.started_at]
    record_in_force(session, take, arrived, actor=actor, now=now)


def remove_take(session: Session, take: Take, *, why: str, actor: Actor, now: datetime) -> list[str]:
    """Remove the file, uploads, parts, stages and heard windows of a take. Returns the storage keys to delete after the commit.

    The row of the take is kept, so that its number is not reused and all takes can be counted later. Raises
    ConflictError if the take is an answer. The caller must also remove the captions, which the package `captions` owns.
    """
    if lock_take(session, take.id) is None or take.removed_at is not None:
        return []
    if session.scalar(select(Answer.id).where(Answer.take_id == take.id)):
        raise ConflictError()
    uploads = select(Upload.id).where(Upload.take_id == take.id)
    keys = list(session.scalars(select(UploadPart.key).where(UploadPart.upload_id.in_(uploads))))
    keys += stored_keys(session, [take.id])
    session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(uploads)))
    for table in (Upload, Media, UntrimmedMedia, StageRun, HeardGroup):
        session.execute(delete(table).where(table.take_id == take.id))
    take.removed_at = now
    count_again(session, take.attempt_id)
    session.expire(take)
    record(
        session, AuditAction.TAKE_REMOVED, actor=actor, subject=("take", take.id), now=now, number=take.number, why=why
    )
    return keys


def _complete(session: Session, take: Take, *, has_all: bool, now: datetime) -> None:
    """Mark a take complete and restart its stages.

    `has_all` means that every recorder reported that it had stopped, and that everything it reported has arrived.
    """
    take.is_whole = has_all and not take.is_cut
    take.complete_at = now
    if has_all:
        take.closed_at = now
        for upload in living_uploads(take):
            upload.length = upload.offset
    session.flush()
    whole = update(UntrimmedMedia).where(UntrimmedMedia.take_id == take.id)
    session.execute(whole.values(is_outdated=True))  # both of its files are made again, from all parts
    processing.restart(session, take.id, now=now)


def _is_whole(take: Take) -> bool:
    return is_whole(_announced(take), _arrived(take), owner=take.recorder)


def _announced(take: Take) -> list[SegmentReport] | None:
    return None if take.announced is None else [SegmentReport(**entry) for entry in take.announced]


def _arrived(take: Take) -> list[ArrivedUpload]:
    return [
        ArrivedUpload(upload.segment, upload.offset, upload.length, upload.recorded_ms, recorder_of(upload))
        for upload in living_uploads(take)
    ]
