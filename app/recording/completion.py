"""When a take is complete: everything announced has arrived, or nothing more is expected and what there is counts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from app.audit import Actor, AuditAction, record
from app.errors import ConflictError
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.in_force import grants_during, record_in_force
from app.recording.models import Answer, Media, StageRun, Take, Upload, UploadPart
from app.recording.outcomes import why_unreadable
from app.recording.processing import TakeState
from app.recording.rules import (
    Arrived,
    Coming,
    SegmentReport,
    StopReport,
    accepts_more,
    coming,
    has_arrived,
    is_silent,
    is_whole,
    merged,
    total_recorded_ms,
)
from app.recording.upload.tus import parse_metadata


def lock_take(session: Session, take_id: str) -> Take | None:
    """Hold the row of a take until the transaction ends, and read it and its uploads again. None: there is no such take.

    Whoever decides over completeness holds it: else the last part and the stop, at one moment, would each not see the
    other. The row of its attempt is locked before it, as everywhere (docs/architecture.md).
    """
    attempt = select(Attempt.id).join(Take, Take.attempt_id == Attempt.id).where(Take.id == take_id)
    session.execute(attempt.with_for_update(of=Attempt, key_share=True))
    query = select(Take).where(Take.id == take_id).options(selectinload(Take.uploads)).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def lock_takes(session: Session, attempt_id: str) -> None:
    """Hold the rows of an attempt and of all its takes until the transaction ends: before anything else of it is written."""
    attempt = select(Attempt.id).where(Attempt.id == attempt_id)
    session.execute(attempt.with_for_update(of=Attempt, key_share=True))
    takes = select(Take).where(Take.attempt_id == attempt_id).order_by(Take.id)
    session.scalars(takes.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def is_reserved(take: Take) -> bool:
    """Whether a take was begun and has brought nothing: it counts as no take, and the next one begun is this one."""
    return take.stopped_at is None and take.removed_at is None and take.complete_at is None and not bytes_of(take)


def is_awaited(take: Take) -> bool:
    """Whether something was recorded in a take and no part of it has arrived.

    A recorder begins an upload, or reports that it has stopped, only once it has recorded something.
    """
    is_open_and_empty = take.removed_at is None and take.complete_at is None and not bytes_of(take)
    return is_open_and_empty and (take.stopped_at is not None or bool(living_uploads(take)))


def is_interrupted(take: Take) -> bool:
    """Whether a take has bytes and its recorder has not said that it stopped: it may be recording just now, or be
    lost.
    """
    return take.stopped_at is None and take.removed_at is None and take.complete_at is None and bytes_of(take) > 0


def is_choosable(take: Take) -> bool:
    """Whether there is something in a take that can be an answer, as far as is known."""
    return take.removed_at is None and not is_reserved(take) and processing.state_of(take) != TakeState.MEDIA_FAILED


def is_unreadable(take: Take) -> bool:
    """Whether no file could be made of a take: it counts for nothing, and its bytes stay."""
    return take.removed_at is None and why_unreadable(take) is not None


def living_uploads(take: Take) -> list[Upload]:
    """Return the uploads of a take that were not terminated, in the order of their segments."""
    return [upload for upload in take.uploads if upload.terminated_at is None]


def bytes_of(take: Take) -> int:
    """Return how many bytes of a take have been acknowledged."""
    return sum(upload.offset for upload in living_uploads(take))


def complete_if_ready(session: Session, take: Take, *, now: datetime) -> bool:
    """Complete a stopped take if all that was announced is here, and let it wait to be assembled. Returns whether it
    did.
    """
    if take.stopped_at is None or take.complete_at is not None or take.removed_at is not None:
        return False
    if not bytes_of(take) or not has_arrived(_announced(take), _arrived(take)):
        return False
    _complete(session, take, has_all=_is_whole(take), now=now)
    return True


def complete_as_it_is(session: Session, take: Take, *, actor: Actor, now: datetime) -> None:
    """Complete a take with the bytes that were acknowledged: a recording that ends where its upload ended.

    What arrives later is added to it, until somebody has been shown that it ends there (`close`).
    """
    if take.stopped_at is None:
        stop(session, take, recorded_ms=None, actor=actor, now=now)
    _complete(session, take, has_all=False, now=now)


def is_open(take: Take) -> bool:
    """Whether what arrives now is added to a take."""
    return accepts_more(is_complete=take.complete_at is not None, is_closed=take.closed_at is not None)


def reopen(session: Session, take: Take) -> None:
    """Make a take that was completed as it was wait for the rest. What was prepared of it stays until then."""
    if take.complete_at is not None and take.closed_at is None:
        take.complete_at = None
        session.flush()


def add_report(session: Session, take: Take, report: StopReport, *, now: datetime) -> bool:
    """Add what another stop report says of a take that was stopped before. Returns whether the take is complete by it.

    A take can be stopped twice: from another device, or by the sweeper. Changes nothing once the take is closed.
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
    """Write down which segments a recorder says there are, beside what others have said. A number that another recorder
    has is none of its own.

    A recorder that continued a take and recorded nothing gives it back, so that nobody waits for it.
    """
    begun = {one.segment: one.recorder for one in _announced(take) or ()}
    begun |= {upload.segment: recorder_of(upload) for upload in living_uploads(take)}
    own = report.own(begun)
    if own is None:
        return
    take.announced = [asdict(segment) for segment in merged(_announced(take) or [], own)]
    if report.recorder == take.recorder and is_silent(take.recorder, _announced(take), _arrived(take)):
        take.recorder = next(one.recorder for one in reversed(_arrived(take)) if one.recorder is not None)


def recorder_of(upload: Upload) -> str | None:
    """Return the recorder that an upload belongs to; None for a client that gave no name."""
    return parse_metadata(upload.upload_metadata).get("recorder")


def coming_of(take: Take) -> Coming | None:
    """Return what has not arrived of a take; None when nothing more is to come, or nothing more is taken."""
    if take.closed_at is not None or take.removed_at is not None:
        return None
    found = coming(_announced(take), _arrived(take), owner=take.recorder)
    return found if found.told else None


def shows_its_end(take: Take) -> bool:
    """Whether a reviewer who opens a take now sees where it ends, although more of it may still come."""
    return take.complete_at is not None and take.closed_at is None and take.media is not None


def close(session: Session, take_id: str, *, now: datetime) -> None:
    """Somebody is being shown where a take ends: from here on no byte is added to it."""
    take = lock_take(session, take_id)
    if take is not None and shows_its_end(take):
        take.closed_at = now
        session.flush()


def stop(session: Session, take: Take, *, recorded_ms: int | None, actor: Actor, now: datetime) -> None:
    """Write down that a take was stopped, and how much its recorder counted (None: as far as its parts say).

    What nobody counted, as with a file, stays unknown until the worker has measured it.
    """
    if recorded_ms is None:
        recorded_ms = total_recorded_ms(upload.recorded_ms for upload in living_uploads(take)) or None
    take.stopped_at, take.recorded_ms = now, recorded_ms
    session.flush()
    record(session, AuditAction.TAKE_STOPPED, actor=actor, subject=("take", take.id), now=now, recorded_ms=recorded_ms)
    arrived = [grant for grant in grants_during(session, take) if grant.given_at > take.started_at]
    record_in_force(session, take, arrived, actor=actor, now=now)


def remove_take(session: Session, take: Take, *, why: str, actor: Actor, now: datetime) -> list[str]:
    """Remove the recording of a take: file, uploads, parts, stages. Returns the storage keys to delete after the
    commit.

    Its row stays, so that its number is not used twice and the count of takes can be proved. Raises ConflictError for a take
    that is an answer. Captions are another room's: whoever calls this removes them too.
    """
    if lock_take(session, take.id) is None or take.removed_at is not None:
        return []
    if session.scalar(select(Answer.id).where(Answer.take_id == take.id)):
        raise ConflictError()
    uploads = select(Upload.id).where(Upload.take_id == take.id)
    keys = list(session.scalars(select(UploadPart.key).where(UploadPart.upload_id.in_(uploads))))
    for media in session.scalars(select(Media).where(Media.take_id == take.id)):
        keys += media.keys
    session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(uploads)))
    for table in (Upload, Media, StageRun):
        session.execute(delete(table).where(table.take_id == take.id))
    take.removed_at = now
    session.flush()
    session.expire(take)
    record(
        session, AuditAction.TAKE_REMOVED, actor=actor, subject=("take", take.id), now=now, number=take.number, why=why
    )
    return keys


def _complete(session: Session, take: Take, *, has_all: bool, now: datetime) -> None:
    """`has_all`: nothing more can come, because every recorder said where it ended and all of that is here."""
    take.is_whole = has_all and not take.is_cut
    take.complete_at = now
    if has_all:
        take.closed_at = now
        for upload in living_uploads(take):
            upload.length = upload.offset
    session.flush()
    processing.restart(session, take.id, now=now)


def _is_whole(take: Take) -> bool:
    return is_whole(_announced(take), _arrived(take), owner=take.recorder)


def _announced(take: Take) -> list[SegmentReport] | None:
    return None if take.announced is None else [SegmentReport(**entry) for entry in take.announced]


def _arrived(take: Take) -> list[Arrived]:
    return [
        Arrived(upload.segment, upload.offset, upload.length, upload.recorded_ms, recorder_of(upload))
        for upload in living_uploads(take)
    ]
