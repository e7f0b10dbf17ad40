"""Add corrected, uploaded and restored versions of captions, and mark versions as checked. Nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, record
from app.captions.alignment import with_word_times
from app.captions.files.offsets import late_cues
from app.captions.models import CaptionTrack, TrackKind
from app.captions.services import add_track, cues_of, current_track
from app.captions.shaping.cues import Cue
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.language_tags import UNKNOWN_LANGUAGE
from app.recording.completion import lock_take
from app.recording.models import Media

ORIGINS = {TrackKind.CANDIDATE: AuditAction.CAPTIONS_CORRECTED, TrackKind.REVIEWER: AuditAction.CAPTIONS_CORRECTED,
           TrackKind.COORDINATOR: AuditAction.CAPTIONS_CORRECTED, TrackKind.UPLOADED: AuditAction.CAPTIONS_UPLOADED}  # fmt: skip


class EditConflictError(ConflictError):
    """Someone else saved a newer version of the captions while this one was being edited."""

    title = _l("These captions have changed")
    message = _l(
        "While you were editing, somebody else saved another version of these captions. Your version has "
        "not been saved."
    )


class LateCaptionsError(InvalidInputError):
    """A caption begins after the end of the recording, so it would never be shown."""

    title = _l("Some captions come after the end")
    message = _l("Some of these captions begin after the end of the recording, so nothing was saved.")


def save_correction(
    session: Session,
    take_id: str,
    cues: Sequence[Cue],
    *,
    base: int,
    kind: TrackKind,
    actor: Actor,
    now: datetime,
    language: str | None = None,
) -> CaptionTrack:
    """Save captions that a person wrote or uploaded as a new version, and make it the current one.

    `base` is the number of the version that the person started from, 0 if there was none. Unchanged words keep their
    recognised times and probabilities. If no word was changed, the verdict on the automatic captions stays. `language`
    (BCP 47) is given only if the person may change it.

    Raises EditConflictError if another version has become current since `base`. Raises LateCaptionsError if a member of
    staff saves a caption that begins after the end of the recording; the captions of candidates are not checked,
    because candidates cannot change times.
    """
    before = _current_locked(session, take_id, base)
    if actor.kind == "staff":
        _require_before_end(session, take_id, cues)
    aligned = with_word_times(cues, cues_of(before) if before else [])
    language = language or (before.language if before else UNKNOWN_LANGUAGE)
    track = add_track(session, take_id, kind, aligned, language=language, now=now)
    if before and kind is not TrackKind.UPLOADED:
        track.model, track.notice = before.model, before.notice
    if before and _words_of(cues) == _words_of(cues_of(before)):
        _keep_verdict(before, track)
    _sign(session, track, actor)
    record(session, ORIGINS[kind], actor=actor, subject=("take", take_id), now=now, version=track.version)
    return track


def restore(session: Session, take_id: str, version: int, *, base: int, actor: Actor, now: datetime) -> CaptionTrack:
    """Make an earlier version current again by saving it as a new version of the same kind.

    Raises NotFoundError if there is no such version, EditConflictError if the current version is not `base`, and
    LateCaptionsError if a member of staff restores captions that begin after the end of the recording.
    """
    _current_locked(session, take_id, base)
    earlier = find_version(session, take_id, version)
    if actor.kind == "staff":
        _require_before_end(session, take_id, cues_of(earlier))
    kind = TrackKind(earlier.kind)
    track = add_track(session, take_id, kind, cues_of(earlier), language=earlier.language, now=now)
    track.model, track.notice = earlier.model, earlier.notice
    _keep_verdict(earlier, track)
    _sign(session, track, actor)
    record(
        session, AuditAction.CAPTIONS_RESTORED, actor=actor, subject=("take", take_id), now=now,
        version=track.version, restored=version,
    )  # fmt: skip
    return track


def mark_checked(session: Session, take_id: str, *, base: int, user: StaffUser, now: datetime) -> CaptionTrack:
    """Record that a member of staff compared version `base` with the recording.

    Versions saved later start as unchecked. Raises EditConflictError if the current version is not `base`, and
    NotFoundError if there are no captions.
    """
    track = _current_locked(session, take_id, base)
    if track is None:
        raise NotFoundError()
    if track.checked_at is None:
        track.checked_at, track.checked_by_id = now, user.id
        actor = Actor("staff", user.id)
        record(
            session,
            AuditAction.CAPTIONS_CHECKED,
            actor=actor,
            subject=("take", take_id),
            now=now,
            version=track.version,
        )
    return track


def versions_of(session: Session, take_id: str) -> Sequence[CaptionTrack]:
    """Return all versions of the captions of a take, newest first."""
    query = select(CaptionTrack).where(CaptionTrack.take_id == take_id).order_by(CaptionTrack.version.desc())
    return session.scalars(query).all()


def find_version(session: Session, take_id: str, version: int) -> CaptionTrack:
    """Return one version with its cues. Raises NotFoundError if it does not exist."""
    query = select(CaptionTrack).where(CaptionTrack.take_id == take_id, CaptionTrack.version == version)
    track = session.scalar(query.options(selectinload(CaptionTrack.cues)))
    if track is None:
        raise NotFoundError()
    return track


def _current_locked(session: Session, take_id: str, base: int) -> CaptionTrack | None:
    lock_take(session, take_id)
    track = current_track(session, take_id)
    if base != (track.version if track else 0):
        raise EditConflictError()
    return track


def _require_before_end(session: Session, take_id: str, cues: Sequence[Cue]) -> None:
    """Raise LateCaptionsError if a caption begins after the end of the recording.

    The pages check this first and name the captions; this check covers every way of saving.
    """
    if late_cues(cues, session.scalar(select(Media.duration_ms).where(Media.take_id == take_id)) or 0):
        raise LateCaptionsError()


def _words_of(cues: Sequence[Cue]) -> list[str]:
    return [word for cue in cues for word in cue.text.split()]


def _keep_verdict(before: CaptionTrack, track: CaptionTrack) -> None:
    """Give a track the verdict on an earlier version with the same words, unless a person has checked that version."""
    if before.checked_at is None:
        track.verdict, track.signals = before.verdict, before.signals


def _sign(session: Session, track: CaptionTrack, actor: Actor) -> None:
    track.author_id = actor.id if actor.kind == "staff" else None
    session.flush()
