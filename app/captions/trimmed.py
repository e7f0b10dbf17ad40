"""Let the captions of a take follow a cut of its beginning. Nobody is shown the words of what was cut.

All versions from before the cut are set aside, because the times that a speech model gives to words are not exact: it
transcribes what is left. Corrections of the candidate are kept: they become a new version for what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.captions import heard_windows
from app.captions.models import CaptionTrack, CueRow, TrackKind, UntrimmedCaptions
from app.captions.services import add_track, cues_of, current_track, newest_by_model
from app.captions.shaping.cues import Cue
from app.captions.shaping.cutting import cues_before, cues_from, moved
from app.recording import processing
from app.recording.models import Media, Stage, Take

TRACK_COLUMNS = (
    "id", "version", "kind", "language", "guessed_language", "guess_probability", "model", "notice", "verdict", "signals",
    "author_id", "is_current", "created_at", "checked_at", "checked_by_id",
)  # fmt: skip
CUE_COLUMNS = ("position", "start_ms", "end_ms", "text", "words")
TIMES = ("created_at", "checked_at")


def follow_trim(session: Session, take_id: str, *, before_ms: int | None, trim_ms: int | None, now: datetime) -> None:
    """Change the captions of a take whose cut was changed, in the same transaction. The caller must have locked the take."""
    heard_windows.forget(session, take_id)
    if before_ms:
        _put_back(session, take_id, before_ms, now=now)
    if trim_ms:
        _set_aside(session, take_id, trim_ms, now=now)
    elif _has_captions_of_whole(session, take_id):
        processing.skip_stage(session, take_id, Stage.TRANSCRIBE, now=now)


def set_aside_tracks(session: Session, take_id: str) -> list[CaptionTrack]:
    """Return the versions from before the cut, as objects that are not in the session. [] if nothing is cut."""
    kept = session.get(UntrimmedCaptions, take_id)
    return [_read(take_id, stored) for stored in kept.tracks] if kept else []


def _set_aside(session: Session, take_id: str, trim_ms: int, *, now: datetime) -> None:
    tracks = _versions(session, take_id)
    if not tracks:
        return
    current = current_track(session, take_id)
    kept = _kept(session, take_id)
    kept.tracks = [_stored(track) for track in tracks]
    kept.last_version = max(kept.last_version, *(track.version for track in tracks))
    corrected = cues_of(current) if current else []
    left = cues_from(corrected, trim_ms)
    _remove(session, tracks)
    if current and current.kind == TrackKind.CANDIDATE and (left or not corrected):
        _add_corrected(session, current, left, now=now)


def _put_back(session: Session, take_id: str, trim_ms: int, *, now: datetime) -> None:
    """Restore the versions from before the cut. What the candidate has corrected since becomes a new version."""
    kept, current = _kept(session, take_id), current_track(session, take_id)
    tracks = _versions(session, take_id)
    kept.last_version = max([kept.last_version, *(track.version for track in tracks)])
    corrected = cues_of(current) if current else []
    whole = set_aside_tracks(session, take_id)
    _remove(session, tracks)
    kept.tracks = []
    session.add_all(whole)
    session.flush()
    shown = next((cues_of(track) for track in whole if track.is_current), [])
    is_corrected = _texts(corrected) != _texts(cues_from(shown, trim_ms))
    if current and current.kind == TrackKind.CANDIDATE and is_corrected:
        cues = [*cues_before(shown, trim_ms), *moved(corrected, trim_ms)]
        _add_corrected(session, current, cues, now=now)


def _add_corrected(session: Session, before: CaptionTrack, cues: Sequence[Cue], *, now: datetime) -> None:
    """Add the candidate's corrections as a new version, with the warnings of the version that they were in."""
    track = add_track(session, before.take_id, TrackKind.CANDIDATE, cues, language=before.language, now=now)
    track.model, track.notice = before.model, before.notice
    track.verdict, track.signals = before.verdict, before.signals
    session.flush()


def _has_captions_of_whole(session: Session, take_id: str) -> bool:
    """Return whether the model has transcribed the whole recording as it is now, in the language that was chosen.

    While the take was cut, more of it may have arrived, or another language may have been chosen.
    """
    newest = newest_by_model(session, take_id)
    if newest is None or not processing.is_done(session, take_id, Stage.ASSEMBLE):
        return False
    file_made_at = session.scalar(select(Media.created_at).where(Media.take_id == take_id))
    chosen = session.scalar(select(Take.language).where(Take.id == take_id))
    is_of_file = file_made_at is not None and file_made_at <= newest.created_at
    return is_of_file and chosen in (None, newest.language)


def _kept(session: Session, take_id: str) -> UntrimmedCaptions:
    kept = session.get(UntrimmedCaptions, take_id)
    if kept is None:
        kept = UntrimmedCaptions(take_id=take_id, last_version=0, tracks=[])
        session.add(kept)
    return kept


def _versions(session: Session, take_id: str) -> list[CaptionTrack]:
    query = select(CaptionTrack).where(CaptionTrack.take_id == take_id).order_by(CaptionTrack.version)
    return list(session.scalars(query))


def _remove(session: Session, tracks: list[CaptionTrack]) -> None:
    for track in tracks:
        session.delete(track)
    session.flush()


def _texts(cues: list[Cue]) -> list[str]:
    return [cue.text for cue in cues]


def _stored(track: CaptionTrack) -> dict[str, Any]:
    values = {name: getattr(track, name) for name in TRACK_COLUMNS}
    times = {name: values[name].isoformat() for name in TIMES if values[name]}
    return values | times | {"cues": [{name: getattr(cue, name) for name in CUE_COLUMNS} for cue in track.cues]}


def _read(take_id: str, stored: dict[str, Any]) -> CaptionTrack:
    times = {name: datetime.fromisoformat(stored[name]) for name in TIMES if stored[name]}
    values = {name: value for name, value in stored.items() if name != "cues"}
    cues = [CueRow(**cue) for cue in stored["cues"]]
    return CaptionTrack(take_id=take_id, **values | times, cues=cues, is_empty=not cues)
