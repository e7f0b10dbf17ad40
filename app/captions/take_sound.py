"""Load the sound of a take for the speech model: the stored samples, or the media file decoded again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from app.captions.speech.sound import MemorySound, SampleFile, Sound
from app.media.facts import MediaBudget
from app.recording.assembly import Audio, audio_of, decode_again, limits_of
from app.recording.models import Take
from app.spoken_terms import names_in, read_terms
from app.storage import Storage, fetch_to

OLD_SAMPLES = ".f32"
"""End of the storage keys of samples with 32 bits, which were stored before 2026-11-28."""


class SoundToTranscribe(NamedTuple):
    """The data for transcribing a take: the location of its sound, the limits for decoding, and the possible languages
    (BCP 47).
    """

    audio: Audio
    limits: MediaBudget
    languages: Sequence[str]
    vocabulary: Sequence[str] = ()
    """Names and words that are probably said, the most important first."""


def listening_to(session: Session, take_id: str) -> SoundToTranscribe:
    """Return the data for transcribing a take."""
    languages, vocabulary = languages_of(session, take_id), vocabulary_of(session, take_id)
    return SoundToTranscribe(audio_of(session, take_id), limits_of(session, take_id), languages, vocabulary)


def languages_of(session: Session, take_id: str) -> Sequence[str]:
    """Return the possible languages of a take (BCP 47): the one that a person chose, or else those of the question."""
    take = session.get(Take, take_id)
    return [] if take is None else [take.language] if take.language else take.question.answer_languages


def vocabulary_of(session: Session, take_id: str) -> list[str]:
    """Return the names and words that are probably said in a take, the most important first.

    They are the candidate's own and their name, those of the interview, and the names in the question.
    """
    take = session.get(Take, take_id)
    if take is None:
        return []
    attempt, question = take.attempt, take.question
    own = read_terms(attempt.preferences.get("own_words", ""))
    terms = read_terms(question.interview.vocabulary)
    return [*own, attempt.invitation.candidate_name, *terms, *names_in(question.prompt)]


def open_sound(storage: Storage, asked: SoundToTranscribe, folder: Path) -> Sound | None:
    """Return the sound of a take (mono, 16 kHz), or None if the take has no sound.

    Fetched or decoded files are written to `folder`. Call it outside a transaction. Raises MediaRefusedError if a file
    can no longer be decoded.
    """
    audio = asked.audio
    if audio.kept_in:
        samples = decode_again(storage, audio.kept_in, folder, asked.limits)
        return SampleFile(samples) if samples else None
    if audio.key is None:
        return None
    path = storage.local_path(audio.key)
    if path is None:
        path = folder / "audio"
        fetch_to(storage, audio.key, path)
    if audio.key.endswith(OLD_SAMPLES):
        return MemorySound(np.fromfile(path, "<f4"))
    return SampleFile(path)
