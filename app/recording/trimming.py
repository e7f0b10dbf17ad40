"""Cut the beginning of a take, and undo it. The stored files are not changed: the worker makes others without it.

While a take is cut, `Media` has the files without the beginning, and `UntrimmedMedia` those with it. So everything that
plays, transcribes or downloads a recording needs to know nothing about the cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, AuditEvent, record
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.assembly import AssembledMedia, media_values, part_keys, take_parts
from app.recording.completion import is_reserved, lock_take
from app.recording.models import Media, Stage, StageRun, StageState, Take, UntrimmedMedia
from app.recording.starting import closed
from app.recording.trim_rules import suggested_trim, trim_choices, trim_in_force

MAX_CHANGES = 40
"""Maximum number of changes of the cut of one take, to protect the worker from overload. Undoing is always possible."""
NO_SAMPLES = {"audio_key": None}
"""The whole files need no decoded sound, because captions are made from what is left."""


@dataclass(frozen=True, slots=True)
class TrimChange:
    """A changed cut: the take, how much was cut before, and the files that are no longer needed."""

    take: Take
    before_ms: int | None
    unused_keys: list[str]

    @property
    def is_new(self) -> bool:
        """Return whether the cut differs from the one before."""
        return self.before_ms != self.take.trim_ms


def trim_take(session: Session, attempt: Attempt, take_id: str, trim_ms: int | None, *, now: datetime) -> TrimChange:
    """Cut the first `trim_ms` of a take, or cut nothing (None). The captions are not changed here.

    It is possible until the answers are sent, before and after the recording has arrived, and uses no retake. The
    caller must have locked the attempt, delete the unused files after the commit, and enqueue `pending_stage`. Raises
    NotFoundError if the take does not belong to the attempt, ConflictError if the answers were sent, nothing was
    recorded or the cut was changed too often, and InvalidInputError for a cut that is not offered.
    """
    if attempt.submitted_at is not None:
        raise closed(attempt)
    take = session.get(Take, take_id)
    if take is None or take.attempt_id != attempt.id:
        raise NotFoundError()
    take = lock_take(session, take_id)
    if take is None or take.removed_at is not None:
        raise NotFoundError()
    if is_reserved(take):
        raise ConflictError(_("Nothing has been recorded yet, so nothing can be cut."))
    if trim_ms is not None and trim_ms not in trim_choices(whole_length_ms(session, take)):
        raise InvalidInputError(_("Choose how much to cut from the list."))
    if take.trim_ms == trim_ms:
        return TrimChange(take, trim_ms, [])
    if trim_ms is not None:
        _refuse_too_many(session, take_id)
    before, take.trim_ms = take.trim_ms, trim_ms
    record(
        session,
        AuditAction.TAKE_TRIMMED,
        actor=Actor("candidate", attempt.id),
        subject=("take", take.id),
        now=now,
        number=take.number,
        trim_ms=trim_ms,
    )
    unused = _show_whole(session, take, now=now) if trim_ms is None else _set_aside_whole(session, take, now=now)
    session.flush()
    session.expire(take, ["media", "stages"])
    return TrimChange(take, before, unused)


def _refuse_too_many(session: Session, take_id: str) -> None:
    """Raise ConflictError after MAX_CHANGES."""
    query = select(func.count()).where(
        AuditEvent.subject_id == take_id, AuditEvent.action == str(AuditAction.TAKE_TRIMMED)
    )
    if (session.scalar(query) or 0) >= MAX_CHANGES:
        raise ConflictError(
            _("You have changed the cut of this recording too often."),
            kept=_("The whole recording and its cut are kept."),
            next_step=_("You can keep the recording as it is, or undo the cut."),
        )


def whole_length_ms(session: Session, take: Take) -> int | None:
    """Return the length of a take with its beginning: measured, else as the recorders reported it. None if unknown."""
    whole = whole_media(session, take)
    reported_ms = take.recorded_ms or sum(upload.recorded_ms for upload in take.uploads)
    return whole.duration_ms if whole else reported_ms or None


def whole_media(session: Session, take: Take) -> Media | UntrimmedMedia | None:
    """Return the files of a take with its beginning, or None if there are none yet. Only its candidate may get them."""
    return untrimmed_media(session, take.id) or (None if take.trim_ms else take.media)


def untrimmed_media(session: Session, take_id: str) -> UntrimmedMedia | None:
    """Return the files of a take with the beginning that was cut, or None if there are none."""
    return session.get(UntrimmedMedia, take_id)


def suggestion_for(take: Take) -> int | None:
    """Return the cut to suggest, because a voice is heard from the first moment of a take. None if there is no such voice."""
    media = take.media
    if media is None or take.trim_ms is not None:
        return None
    return suggested_trim(media.voice_until_ms, media.duration_ms)


def pending_stage(session: Session, take_id: str) -> Stage | None:
    """Return the stage of a take that is to be enqueued after the cut was changed."""
    query = select(StageRun.stage).where(StageRun.take_id == take_id, StageRun.state == str(StageState.PENDING))
    return next((Stage(stage) for stage in session.scalars(query) if stage not in processing.OF_NO_QUEUE), None)


class Source(NamedTuple):
    """What the next file of a take is made from: storage keys for each segment, and the milliseconds to leave out.

    `is_whole` means that it is made from the whole file, whose beginning is cut.
    """

    segments: Sequence[Sequence[str]]
    skip_ms: int = 0
    is_whole: bool = False


def source_of(session: Session, take_id: str) -> Source:
    """Return what the file of a take is made from: its parts, or its whole file if only the beginning is to be cut."""
    whole, trim_ms = untrimmed_media(session, take_id), session.scalar(select(Take.trim_ms).where(Take.id == take_id))
    if whole is None or whole.is_outdated or not trim_ms:
        return Source(part_keys(session, take_id))
    return Source([[whole.key]], trim_in_force(trim_ms, whole.duration_ms), is_whole=True)


def save_whole(session: Session, take_id: str, made: AssembledMedia, *, now: datetime) -> list[str]:
    """Save the whole files of a take that is to be cut. Returns the storage keys to delete after the commit.

    The caller must have locked the take, and then makes the files without the beginning.
    """
    replaced = _delete(session, untrimmed_media(session, take_id))
    session.add(UntrimmedMedia(take_id=take_id, **media_values(made, now=now) | NO_SAMPLES))
    session.flush()
    return [*replaced, *_some(made.audio_key), *take_parts(session, take_id, made)]


def _set_aside_whole(session: Session, take: Take, *, now: datetime) -> list[str]:
    """Let the worker make the files without the beginning. Until then, the take has none that can be played."""
    media = take.media
    if untrimmed_media(session, take.id) is not None:
        unused = media.keys if media else []
    elif media is not None:
        is_outdated = take.complete_at is None
        session.add(UntrimmedMedia(take_id=take.id, is_outdated=is_outdated, **media.column_values() | NO_SAMPLES))
        unused = _some(media.audio_key)
    else:
        return []  # the worker has made no file yet, and will see the cut when it does
    if media is not None:
        session.delete(media)
    session.flush()
    processing.restart(session, take.id, now=now)
    return unused


def _show_whole(session: Session, take: Take, *, now: datetime) -> list[str]:
    """Let the whole files be played again. Nothing needs to be made, except captions if there are none."""
    whole = untrimmed_media(session, take.id)
    if whole is None:
        return []
    unused = _delete(session, take.media)
    session.add(Media(take_id=take.id, **whole.column_values()))
    take.measured_ms = whole.duration_ms
    session.delete(whole)
    session.flush()
    processing.restart(session, take.id, now=now)
    if not whole.is_outdated or take.complete_at is None:
        processing.skip_stage(session, take.id, Stage.ASSEMBLE, now=now)
    return unused


def _some(key: str | None) -> list[str]:
    return [key] if key else []


def _delete(session: Session, media: Media | UntrimmedMedia | None) -> list[str]:
    """Delete the row of a take's files, if there is one. Returns their storage keys."""
    if media is None:
        return []
    session.delete(media)
    session.flush()
    return media.keys
