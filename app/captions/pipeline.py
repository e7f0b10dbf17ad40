"""The stage that makes the captions of a take from its sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app import clock, temporary
from app.captions import heard_windows, services
from app.captions.speech.heard import HeardWindows
from app.captions.take_sound import listening_to, open_sound
from app.config import current_config
from app.extensions import db
from app.recording import assembly, processing
from app.recording.assembly import Audio
from app.recording.completion import lock_take
from app.recording.processing import Claim
from app.recording.services import delete_keys
from app.storage import Storage, get_storage
from app.transaction import after_commit, end_reading, retried, transaction

Finish = Callable[[Session, Claim], None]
"""Marks the stage as done and schedules the next one, in the transaction that saves the captions."""


def transcribe(claim: Claim, finish: Finish, meanwhile: Callable[[datetime], None]) -> None:
    """Transcribe the sound, shape the words into cues, save them as a caption track, and `finish` the stage.

    `meanwhile` is called regularly with the turn of the take, so that takes with an earlier turn can be processed.
    """
    storage = get_storage()
    asked = listening_to(db.session(), claim.take_id)
    end_reading()
    began = clock.now()

    def give_way(done: float) -> None:
        if done < 1:
            meanwhile(began + asked.audio.length * (1 - done))

    with temporary.workspace(claim.take_id) as folder:
        sound = open_sound(storage, asked, folder)
        heard = services.transcribe_sound(
            current_config(), sound, give_way, languages=asked.languages, vocabulary=asked.vocabulary,
            memory=HeardSoFar(claim),
        )  # fmt: skip
    _save(claim, finish, heard, asked.audio, storage)


class HeardSoFar:
    """The windows of a take that have been heard. A killed worker's successor does not hear them again.

    Writing raises LeaseLostError if another process holds the stage.
    """

    def __init__(self, claim: Claim):
        self._claim = claim

    def get(self, key: str) -> HeardWindows | None:
        """Return a group of windows, or None if it has not been heard."""
        found = heard_windows.find(db.session(), self._claim.take_id, key)
        end_reading()
        return found

    @retried
    def put(self, key: str, heard: HeardWindows) -> None:
        """Keep a group of windows."""
        take_id, now = self._claim.take_id, clock.now()
        with transaction() as session:
            lock_take(session, take_id)
            processing.renew_lease(session, take_id, self._claim.stage, self._claim.lease, now=now)
            heard_windows.keep(session, take_id, key, heard, now=now)


@retried
def _save(claim: Claim, finish: Finish, heard: services.Transcription, audio: Audio, storage: Storage) -> None:
    with transaction() as session:
        lock_take(session, claim.take_id)
        services.save_automatic_track(session, claim.take_id, heard, now=clock.now())
        heard_windows.forget(session, claim.take_id)
        assembly.forget_audio(session, claim.take_id)
        finish(session, claim)
        if audio.key:
            after_commit(delete_keys, storage, [audio.key])
