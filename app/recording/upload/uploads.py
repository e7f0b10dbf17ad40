"""Create, continue and terminate the uploads of a take in the database. Bytes are stored before their rows.

No lock is held while bytes arrive. A short transaction compares the offset and advances it. If a stalled request
resumes after its upload was taken over, it finds another offset and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session, contains_eager

from app.clock import machine
from app.config import Config
from app.errors import ConflictError, GoneError, NotFoundError
from app.ids import new_id
from app.interviews.models import Attempt, Invitation
from app.recording.completion import bytes_of, complete_if_ready, is_open, living_uploads, lock_take, reopen
from app.recording.models import Take, Upload, UploadPart
from app.recording.more_time import seconds_in_force
from app.recording.rules import OVER_ITS_LIMIT_MS
from app.recording.starting import belongs_to, closed, record_retake
from app.recording.upload import tus
from app.recording.upload.incoming import Received
from app.recording.upload.segments import segment_for

CLOCKS_DIFFER = timedelta(seconds=5)
"""Tolerated difference between the clocks of two machines with web servers."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Configured limits on uploads: bytes of one take (`upload_limit`), and time until expiry (`upload_expiry_hours`).

    An expired upload is not deleted: recording/abandoned.py completes its take with the bytes that arrived.
    """

    limit: int
    expiry: timedelta


def configured_limits(config: Config) -> UploadLimits:
    """Return the limits of a configuration."""
    return UploadLimits(limit=config.upload_limit, expiry=timedelta(hours=config.upload_expiry_hours))


@dataclass(frozen=True, slots=True)
class Accepted:
    """The result of an accepted part: the upload's new offset, length and expiry; whether the take is now complete."""

    offset: int
    length: int | None
    expires_at: datetime
    take_id: str
    take_is_complete: bool


def find_upload(session: Session, attempt_id: str | None, upload_id: str, *, now: datetime) -> Upload:
    """Return an upload of this attempt, with its take.

    Raises NotFoundError if the upload does not exist or belongs to someone else; GoneError if it was terminated,
    expired without receiving a byte, or its invitation was cancelled.
    """
    upload = session.scalar(
        select(Upload)
        .join(Upload.take)
        .join(Take.attempt)
        .join(Attempt.invitation)
        .join(Take.question)
        .where(Upload.id == upload_id, Take.attempt_id == attempt_id, Take.removed_at.is_(None))
        .options(
            contains_eager(Upload.take).contains_eager(Take.attempt).contains_eager(Attempt.invitation),
            contains_eager(Upload.take).contains_eager(Take.question),
        )
        .execution_options(populate_existing=True)
    )
    if upload is None:
        raise NotFoundError()
    if upload.terminated_at is not None:
        raise GoneError(_("This upload has ended."))
    _require_open(upload.take.attempt.invitation)
    if not upload.offset and not upload.is_finished and upload.expires_at <= now:
        raise GoneError(_("This upload has expired, because nothing arrived for a long time."))
    return upload


def create_upload(
    session: Session, attempt_id: str | None, creation: tus.Creation, policy: UploadLimits, *, now: datetime
) -> Upload:
    """Create an upload for the take named in the metadata. If its segment number is in use, the next one is used.

    Only the recorder to which the take belongs may create uploads. A repeated creation (same metadata, including a
    `session`) returns the first upload again. Raises NotFoundError if the take does not belong to the attempt,
    ConflictError if the take belongs to another recorder, is complete or is past its limit, and ProtocolError if the
    metadata is invalid or the take would become too large.
    """
    take = _take_for_upload(session, attempt_id, creation.metadata.get("take"))
    for upload in living_uploads(take):
        if "session" in creation.metadata and upload.upload_metadata == creation.metadata_header:
            return find_upload(session, attempt_id, upload.id, now=now)
    if not is_open(take):
        raise ConflictError(_("This recording is complete: nothing can be added to it."))
    recorder = creation.metadata.get("recorder")
    if not belongs_to(take, recorder):
        raise ConflictError(
            _("This recording was continued on another device or page, so this part was not added to it.")
        )
    if _is_past_its_limit(session, take):
        raise ConflictError(
            _("The time for this recording has ended, so nothing can be added to it."),
            kept=_("What has arrived is kept."),
        )
    segment = segment_for(take, creation.metadata.get("segment"), recorder)
    if (creation.length or 0) + bytes_of(take) > policy.limit:
        raise tus.ProtocolError(tus.TusFault.OVER_THE_LIMIT, "Upload-Length")
    upload = Upload(
        id=new_id(),
        take_id=take.id,
        segment=segment,
        offset=0,
        length=creation.length,
        upload_metadata=creation.metadata_header,
        created_at=now,
        expires_at=now + policy.expiry,
    )
    if not take.uploads:
        record_retake(session, take, now=now)
    session.add(upload)
    session.flush()
    return upload


def take_over(session: Session, attempt_id: str | None, upload_id: str, *, now: datetime) -> Upload:
    """Return an upload as `find_upload` does, and refuse parts of older requests from now on.

    A dropped connection can leave a stalled request on the server. After the client has asked for the offset, its next
    bytes must not be mixed with bytes of the stalled request.
    """
    upload = _lock_upload(session, attempt_id, upload_id, now=now)
    if not upload.is_finished:
        upload.taken_over_at, upload.taken_over_on = now, machine()
        session.flush()
    return upload


def was_taken_over(began_at: datetime, taken_over_at: datetime | None, taken_over_on: str | None) -> bool:
    """Return whether a request that began on this machine is older than the take-over of its upload."""
    if taken_over_at is None:
        return False
    tolerance = timedelta(0) if taken_over_on == machine() else CLOCKS_DIFFER
    return began_at < taken_over_at - tolerance


def _is_past_its_limit(session: Session, take: Take) -> bool:
    """Return whether a take is longer than its limit plus OVER_ITS_LIMIT_MS. Such a take may not begin another upload.

    Uploads that have begun are always accepted in full.
    """
    seconds = seconds_in_force(session, take)
    recorded = sum(upload.recorded_ms for upload in living_uploads(take))
    return seconds is not None and recorded > seconds * 1000 + OVER_ITS_LIMIT_MS


def check_part(upload: Upload, part: tus.PartHeaders, policy: UploadLimits) -> int:
    """Check whether a part can be appended. Returns the maximum size of its body in bytes.

    Raises ProtocolError or GoneError if the part cannot be appended. The part is checked before its body is read, so
    that nothing is stored for a refused request, and again before it is acknowledged. A repeated part that has already
    completed the take gets the error for a wrong offset. Its client then asks for the offset and learns that everything
    has arrived.
    """
    room = policy.limit - (bytes_of(upload.take) - upload.offset)
    if not is_open(upload.take) and part.size != 0 and part.offset == upload.offset:
        raise GoneError(
            _("A reviewer has opened your answer, or all of it has arrived. So nothing more can be added to it.")
        )
    tus.check_fits(part, offset=upload.offset, length=upload.length, room=room, size=part.size or 0)
    end = upload.length if part.length is None else part.length
    return (room if end is None else min(room, end)) - upload.offset


def accept_part(
    session: Session,
    attempt_id: str | None,
    upload_id: str,
    part: tus.PartHeaders,
    received: Received,
    policy: UploadLimits,
    *,
    now: datetime,
    began_at: datetime | None = None,
) -> Accepted:
    """Acknowledge stored bytes. A compare-and-set on the offset decides between two parts at the same position.

    `part.size` is the number of bytes received. `began_at` is when the request arrived (None: unknown). The bytes count
    as received only after the commit. Raises the errors of `find_upload` and `check_part`; then nothing is changed.
    """
    upload = _lock_upload(session, attempt_id, upload_id, now=now)
    if began_at and was_taken_over(began_at, upload.taken_over_at, upload.taken_over_on):
        raise tus.ProtocolError(tus.TusFault.TAKEN_OVER, "Upload-Offset")
    check_part(upload, part, policy)
    if not is_open(upload.take):
        return _accepted(upload, take_is_complete=False)
    reopen(session, upload.take)
    values: dict[str, object] = {"offset": part.offset + received.size}
    if part.length is not None:
        values["length"] = part.length
    if received.size:
        values |= {"active_at": now, "expires_at": now + policy.expiry}
    if part.recorded_ms is not None:
        values["recorded_ms"] = max(part.recorded_ms, upload.recorded_ms)
    here = (Upload.id == upload_id, Upload.offset == part.offset, Upload.terminated_at.is_(None))
    if session.execute(update(Upload).where(*here).values(values)).rowcount != 1:  # type: ignore[attr-defined]
        raise tus.ProtocolError(tus.TusFault.WRONG_OFFSET, "Upload-Offset")
    session.add_all(
        UploadPart(upload_id=upload_id, start=piece.start, size=piece.size, sha256=piece.sha256, key=piece.key)
        for piece in received.parts
    )
    session.flush()
    return _accepted(upload, take_is_complete=complete_if_ready(session, upload.take, now=now))


def terminate_upload(session: Session, attempt_id: str | None, upload_id: str, *, now: datetime) -> list[str]:
    """Terminate an upload and delete its parts. Returns the storage keys to delete after the commit.

    Raises NotFoundError and GoneError as `find_upload` does, and ConflictError if its take is complete or the answers
    were sent.
    """
    upload = _lock_upload(session, attempt_id, upload_id, now=now)
    if upload.take.attempt.submitted_at is not None:
        raise closed(upload.take.attempt)
    if upload.take.complete_at is not None:
        raise ConflictError(_("This recording is complete, and is kept."))
    keys = [part.key for part in upload.parts]
    upload.parts.clear()
    upload.terminated_at = now
    session.flush()
    return keys


def _accepted(upload: Upload, *, take_is_complete: bool) -> Accepted:
    return Accepted(upload.offset, upload.length, upload.expires_at, upload.take_id, take_is_complete)


def _lock_upload(session: Session, attempt_id: str | None, upload_id: str, *, now: datetime) -> Upload:
    """Return an upload as `find_upload` does, and lock its take (see `completion.lock_take`)."""
    theirs = select(Take.id).join(Take.uploads).where(Upload.id == upload_id, Take.attempt_id == attempt_id)
    take_id = session.scalar(theirs)
    if take_id is not None:
        lock_take(session, take_id)
    return find_upload(session, attempt_id, upload_id, now=now)


def _take_for_upload(session: Session, attempt_id: str | None, take_id: str | None) -> Take:
    if take_id is None:
        raise tus.ProtocolError(tus.TusFault.BAD_HEADER, "Upload-Metadata")
    take = lock_take(session, take_id)
    if take is None or take.attempt_id != attempt_id or take.removed_at is not None:
        raise NotFoundError()
    _require_open(take.attempt.invitation)
    return take


def _require_open(invitation: Invitation) -> None:
    if invitation.cancelled_at is not None:
        raise GoneError(_("The people who sent the invitation have cancelled it."))
