"""The worker's stage that encodes question media that some browsers cannot play.

The stage may be interrupted anywhere and run again: it claims the media by compare-and-set, holds no transaction while
it encodes, and publishes the result in one short transaction. If publishing fails, the new files are deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app import clock, temporary
from app.captions import question_media, question_media_encoding
from app.captions.question_media_encoding import EncodedQuestionMedia, QuestionMediaClaim
from app.captions.question_versions import MediaPlace
from app.heartbeat import Heartbeat
from app.media.facts import Refusal, encoding_limits
from app.media.sandbox import MediaRefusedError, Preparation, prepare_media
from app.outages import is_outage
from app.recording import pipeline as recording_pipeline
from app.recording.leases import GiveWayError, LeaseLostError
from app.recording.upload.incoming import discard as delete_keys
from app.storage import Storage, fetch_to, get_storage
from app.transaction import after_commit, retried, transaction, with_retries

log = logging.getLogger("fairtake.pipeline")
Meanwhile = Callable[[], None]
"""A callback that runs every two seconds during the work.

An exception from the callback ends the work; GiveWayError also puts the media back in the queue.
"""


def encode(place: MediaPlace, lane: int, meanwhile: Meanwhile) -> bool:
    """Encode a media file of a question. Returns False if no media waits or another process has claimed it.

    `lane` is the number of the queue for short or long encodings that this thread of the worker serves.
    """
    claim = _claim(place, lane)
    if claim is None:
        return False
    try:
        with Heartbeat(partial(question_media_encoding.renew_lease, held=claim)):
            _encode(claim, meanwhile)
        log.info("question media encoded: question=%s role=%s", *place)
    except LeaseLostError:
        log.warning("question media lease lost: question=%s role=%s", *place)
    except GiveWayError:
        _put_back(claim)
    except MediaRefusedError as refusal:
        _fail(claim, refusal.code, retry=False)
    except Exception as problem:
        _fail(claim, type(problem).__name__, retry=True, is_counted=not is_outage(problem))
        raise
    return True


def _encode(claim: QuestionMediaClaim, meanwhile: Meanwhile) -> None:
    storage, noted = get_storage(), 0

    def note(percent: int) -> None:
        nonlocal noted
        if percent > noted:
            noted = percent
            with transaction() as session:
                question_media_encoding.note_percent(session, claim, percent)
        meanwhile()

    with temporary.workspace(f"prompt-{claim.place.question_id}") as folder:
        source, made = folder / "source", folder / "made"
        fetch_to(storage, claim.source_key, source)
        made.mkdir()
        prepared = prepare_media(
            [source], made, encoding_limits(question_media.LIMITS), way=Preparation.ENCODE, note=note
        )
        part = max(prepared.parts, key=lambda each: each.duration_ms)
        if claim.has_video and part.video_codec is None:
            raise MediaRefusedError(Refusal.DAMAGED, "no picture can be decoded")
        if claim.has_captions and part.audio_codec is None and _has_audio(source, folder / "copied"):
            raise MediaRefusedError(Refusal.DAMAGED, "no sound can be decoded")
        name = question_media.new_folder(claim.place.question_id, now=clock.now())
        originals = [f"{name}/{path.name}" for path in prepared.originals]
        encoded = EncodedQuestionMedia(part, f"{name}/prompt{part.path.suffix}", part.path.stat().st_size, originals)
        _keep(claim, encoded, prepared.originals, storage)


def _has_audio(source: Path, folder: Path) -> bool:
    """Return whether the uploaded file has sound, using the same inspection as at the upload."""
    folder.mkdir()
    return question_media.inspect_file(source, folder).has_audio


def _keep(claim: QuestionMediaClaim, encoded: EncodedQuestionMedia, copies: tuple[Path, ...], storage: Storage) -> None:
    """Store the encoded files and publish them. If that fails, delete the files that were not published."""

    def save() -> None:
        with transaction() as session:
            replaced = question_media_encoding.publish(session, claim, encoded, now=clock.now())
            after_commit(delete_keys, storage, replaced)

    try:
        storage.put_file(encoded.key, encoded.part.path)
        for key, path in zip(encoded.original_keys, copies, strict=True):
            storage.put_file(key, path)
        with_retries(save)
    except BaseException:
        recording_pipeline.discard_unnamed(
            storage, encoded.keys, lambda session: question_media_encoding.published_keys(session, claim.place)
        )
        raise


@retried
def _claim(place: MediaPlace, lane: int) -> QuestionMediaClaim | None:
    with transaction() as session:
        return question_media_encoding.claim(session, place, lane, now=clock.now())


@retried
def _put_back(claim: QuestionMediaClaim) -> None:
    log.info("question media requeued, takes long: question=%s role=%s", *claim.place)
    try:
        with transaction() as session:
            question_media_encoding.put_back(session, claim, claim.lane + 1, now=clock.now())
    except LeaseLostError:
        log.warning("question media lease lost: question=%s role=%s", *claim.place)


@retried
def _fail(claim: QuestionMediaClaim, problem: str, *, retry: bool, is_counted: bool = True) -> None:
    log.error("question media failed: question=%s role=%s error=%s", *claim.place, problem)
    try:
        with transaction() as session:
            question_media_encoding.fail(session, claim, problem, now=clock.now(), retry=retry, is_counted=is_counted)
    except LeaseLostError:
        log.warning("question media lease lost: question=%s role=%s", *claim.place)
