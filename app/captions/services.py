"""Save, load and export caption tracks, and transcribe the sound of recordings into cues."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.captions.files.offsets import latest_start
from app.captions.files.vtt import write_srt, write_text, write_vtt
from app.captions.index_marks import mark_captioned
from app.captions.model_choice import settings_in_use
from app.captions.models import BY_MODEL, IS_SHOWN, CaptionTrack, CueRow, TrackKind, UntrimmedCaptions
from app.captions.shaping.shaper import Cue, Word, shape_cues
from app.captions.speech.heard import HeardMemory
from app.captions.speech.languages import whisper_name
from app.captions.speech.sound import Sound
from app.captions.speech.transcriber import get_transcriber, model_is_present
from app.captions.transcriptions import Transcription as Transcription
from app.captions.verdicts import Verdict
from app.config import Config
from app.language_tags import UNKNOWN_LANGUAGE
from app.media.level import SILENT_DBFS
from app.recording.models import Media

SAMPLES_A_SECOND = 16_000
NOTE_MS = 3000
MIN_NOTE_MS = 1000
"""Limits for how long a note is shown in an SRT file, which cannot have comments.

It is shown for NOTE_MS, or until the first caption if that starts earlier. If that starts before MIN_NOTE_MS, the note
becomes part of the first caption.
"""


_CURRENT_TRACK = select(CaptionTrack).where(CaptionTrack.take_id == bindparam("take_id"), CaptionTrack.is_current)


def speech_model_is_present(config: Config) -> bool:
    """Return whether the configured speech model is installed."""
    settings = settings_in_use(config)
    return model_is_present(settings.whisper_model, Path(settings.models_folder))


def transcribe_sound(
    config: Config,
    sound: Sound | None,
    meanwhile: Callable[[float], None],
    *,
    languages: Sequence[str],
    vocabulary: Sequence[str] = (),
    memory: HeardMemory | None = None,
) -> Transcription:
    """Transcribe sound in one of `languages` (in any language if empty) and shape the words into cues.

    `vocabulary` has names and words that are probably said. No sound gives no cues. `meanwhile` is called regularly
    with the share that is done (0 to 1). `memory` keeps the windows that have been heard. Raises
    SpeechModelMissingError if the model is not installed.
    """
    if sound is None:
        return Transcription([], UNKNOWN_LANGUAGE, None, None)
    told, model = [*vocabulary, config.organisation], get_transcriber(settings_in_use(config))
    transcript = model.transcribe(sound, meanwhile, languages=languages, vocabulary=told, memory=memory)
    duration_ms = sound.size * 1000 // SAMPLES_A_SECOND
    cues = shape_cues(transcript.words, duration_ms=duration_ms, language=transcript.language)
    return Transcription(
        cues, transcript.language, transcript.model_name, transcript.notice, transcript.guess, transcript.signals
    )


def save_automatic_track(session: Session, take_id: str, heard: Transcription, *, now: datetime) -> CaptionTrack:
    """Save a new automatic version. It becomes the current one unless a person has worked on the current one.

    If the recording has grown since then, captions for the new part are appended to what the person made, unless they
    are in another language or the model did not understand the recording. Captions that begin after the end of the
    recording are omitted, because they would never be shown.
    """
    shown = current_track(session, take_id)
    is_current = shown is None or not _is_by_person(shown)
    duration_ms = session.scalar(select(Media.duration_ms).where(Media.take_id == take_id))
    cues = [cue for cue in heard.cues if not duration_ms or cue.start_ms < latest_start(duration_ms)]
    is_withheld = heard.verdict is Verdict.NOT_UNDERSTOOD
    later = [] if shown is None or is_current or is_withheld else _new_part(session, shown, cues, heard.language)
    track = add_track(
        session, take_id, TrackKind.AUTOMATIC, cues, language=heard.language, now=now, is_current=is_current
    )
    track.model, track.notice = heard.model, heard.notice
    if heard.guess:
        track.guessed_language, track.guess_probability = heard.guess.language, heard.guess.probability
    if heard.signals:
        track.verdict, track.signals = heard.verdict, asdict(heard.signals)
    session.flush()
    actor, subject = Actor("system", "transcribe"), ("take", take_id)
    made = {"version": track.version, "model": track.model}
    record(session, AuditAction.CAPTIONS_MADE, actor=actor, subject=subject, now=now, **made)
    if shown is not None and later:
        kind, language = TrackKind(shown.kind), shown.language
        longer = add_track(session, take_id, kind, [*cues_of(shown), *later], language=language, now=now)
        longer.model, longer.notice, longer.author_id = track.model, track.notice, shown.author_id
        session.flush()
    return track


def _is_by_person(track: CaptionTrack) -> bool:
    """Return whether a person wrote, checked or restored a version. A version that a candidate restored counts as
    automatic.
    """
    return not track.is_by_model or track.checked_at is not None


def _has_grown_since(session: Session, shown: CaptionTrack) -> bool:
    """Return whether the file of a take is newer than the captions that `shown` is based on.

    A text written by a person is based on the file at that time, a correction on the newest automatic captions.
    """
    automatic = select(func.max(CaptionTrack.created_at)).where(CaptionTrack.take_id == shown.take_id, *BY_MODEL)
    newest = session.scalar(automatic) if shown.kind != TrackKind.UPLOADED else None
    file_made = session.scalar(select(Media.created_at).where(Media.take_id == shown.take_id))
    return file_made is not None and file_made > (newest or shown.created_at)


def _new_part(session: Session, shown: CaptionTrack, cues: Sequence[Cue], language: str) -> list[Cue]:
    """Return the cues for the part of the recording that was added since `shown`; none if they are in another language.
    They begin after the last cue of all existing versions.
    """
    languages = {whisper_name(tag) or tag for tag in (shown.language, language) if tag != UNKNOWN_LANGUAGE}
    if len(languages) > 1 or not _has_grown_since(session, shown):
        return []
    ends = select(func.max(CueRow.end_ms)).join(CaptionTrack).where(CaptionTrack.take_id == shown.take_id)
    last = session.scalar(ends) or 0
    return [cue for cue in cues if cue.start_ms >= last]


def add_track(
    session: Session,
    take_id: str,
    kind: TrackKind,
    cues: Sequence[Cue],
    *,
    language: str,
    now: datetime,
    is_current: bool = True,
) -> CaptionTrack:
    """Add a version of the captions of a take, and make it the current one unless `is_current` is false.

    Other versions are kept.
    """
    here = CaptionTrack.take_id == take_id
    set_aside = select(UntrimmedCaptions.last_version).where(UntrimmedCaptions.take_id == take_id)
    newest = session.scalar(select(func.max(CaptionTrack.version)).where(here))
    version = max(newest or 0, session.scalar(set_aside) or 0) + 1
    if is_current:
        session.execute(update(CaptionTrack).where(here, CaptionTrack.is_current).values(is_current=False))
    track = CaptionTrack(
        take_id=take_id, version=version, kind=str(kind), language=language, created_at=now, is_current=is_current,
        is_empty=not cues,
    )  # fmt: skip
    track.cues = [
        CueRow(position=place, start_ms=cue.start_ms, end_ms=cue.end_ms, text=cue.text, words=_stored_words(cue))
        for place, cue in enumerate(cues, start=1)
    ]
    session.add(track)
    session.flush()
    if is_current:
        mark_captioned(session, take_id)
    return track


def current_track(session: Session, take_id: str) -> CaptionTrack | None:
    """Return the current captions of a take, or None if it has none."""
    return session.scalar(_CURRENT_TRACK, {"take_id": take_id})


def newest_by_model(session: Session, take_id: str) -> CaptionTrack | None:
    """Return the newest version that the speech model made, or None if there is none."""
    query = select(CaptionTrack).where(CaptionTrack.take_id == take_id, *BY_MODEL)
    return session.scalar(query.order_by(CaptionTrack.version.desc()).limit(1))


def takes_without_speech(session: Session, take_ids: Collection[str]) -> frozenset[str]:
    """Return the ids of the given takes that contain no speech.

    Either the speech model found no words and hardly any speech, or there are no captions yet and the sound is silent.
    """
    if not take_ids:
        return frozenset()
    current = select(CaptionTrack.take_id).where(CaptionTrack.take_id.in_(take_ids), CaptionTrack.is_current)
    wordless = current.where(CaptionTrack.kind == str(TrackKind.AUTOMATIC), ~CaptionTrack.cues.any(), IS_SHOWN)
    silent = select(Media.take_id).where(
        Media.take_id.in_(take_ids), Media.level_dbfs < SILENT_DBFS, Media.take_id.not_in(current)
    )
    return frozenset([*session.scalars(wordless), *session.scalars(silent)])


def remove_tracks(session: Session, take_id: str) -> None:
    """Delete all versions of the captions of a take, also those from before a cut, because its recording is deleted."""
    session.execute(delete(CaptionTrack).where(CaptionTrack.take_id == take_id))
    session.execute(delete(UntrimmedCaptions).where(UntrimmedCaptions.take_id == take_id))


def track_as_vtt(track: CaptionTrack) -> str:
    """Return a track as WebVTT, with comments that give the origin of its text."""
    return write_vtt(shown_cues(track), language=track.language, notes=notes_on(track))


def stored_as_vtt(track: CaptionTrack) -> str:
    """Return a track as WebVTT, including withheld text. Only for the copy of a person's data."""
    return write_vtt(cues_of(track), language=track.language, notes=notes_on(track))


def track_as_srt(track: CaptionTrack) -> str:
    """Return a track as SRT.

    SRT has no comments, so the first note is shown as a caption or above the first caption's text.
    """
    cues = shown_cues(track)
    notes = [f"[{note}]" for note in notes_on(track)[:1]]
    if notes and cues and cues[0].start_ms < MIN_NOTE_MS:
        return write_srt([replace(cues[0], text=f"{notes[0]}\n{cues[0].text}"), *cues[1:]])
    until = min(NOTE_MS, cues[0].start_ms) if cues else NOTE_MS
    return write_srt([*(Cue(0, until, note) for note in notes), *cues])


def track_as_text(track: CaptionTrack) -> str:
    """Return the notes on a track, then its text in paragraphs."""
    return write_text(shown_cues(track), notes=notes_on(track))


def without_notes(cues: Sequence[Cue]) -> list[Cue]:
    """Return the cues of a file without the notes that `track_as_srt` adds."""
    notes = {f"[{_origin(kind)}]" for kind in TrackKind} | {f"[{_no_transcript()}]"}
    said = [(cue, [line for line in cue.text.split("\n") if line not in notes]) for cue in cues]
    return [replace(cue, text="\n".join(lines)) for cue, lines in said if lines]


def cues_of(track: CaptionTrack) -> list[Cue]:
    """Convert the cue rows of a track to `Cue` values."""
    return [Cue(row.start_ms, row.end_ms, row.text, _read_words(row)) for row in track.cues]


def shown_cues(track: CaptionTrack) -> list[Cue]:
    """Return the cues of a track as `Cue` values. A track whose text is withheld has none."""
    return [] if track.is_withheld else cues_of(track)


def notes_on(track: CaptionTrack) -> list[str]:
    """Return the notes to show wherever a track is shown or downloaded. A checked track has none.

    The note on a withheld text does not mention the voice, because the review may be blind.
    """
    if track.checked_at is not None:
        return []
    if track.is_withheld:
        return [_no_transcript()]
    return [_origin(TrackKind(track.kind)), *([track.notice] if track.notice else [])]


def _no_transcript() -> str:
    return _("No transcript yet. A person has to make it.")


def _origin(kind: TrackKind) -> str:
    return {
        TrackKind.AUTOMATIC: _("Automatic captions, not checked by a person."),
        TrackKind.CANDIDATE: _("The candidate corrected these captions. A reviewer has not checked all of them."),
        TrackKind.REVIEWER: _("A reviewer corrected these captions, but has not checked all of them."),
        TrackKind.COORDINATOR: _("A coordinator corrected these captions, but has not checked all of them."),
        TrackKind.UPLOADED: _("Captions from a file, not checked by a person here."),
    }[kind]


def _stored_words(cue: Cue) -> list[list[object]]:
    return [[word.text, word.start_ms, word.end_ms, round(word.probability, 3)] for word in cue.words]


def _read_words(row: CueRow) -> tuple[Word, ...]:
    return tuple(Word(start, end, text, probability) for text, start, end, probability in row.words)
