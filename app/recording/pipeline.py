"""Stages that make the file of a take, by copying the uploaded parts or by encoding them again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock, temporary
from app.errors import BusyError
from app.extensions import db
from app.media.facts import encoding_limits
from app.media.sandbox import MediaRefusedError, NeedsEncodingError, Preparation
from app.recording import assembly, older, processing, trimming
from app.recording.assembly import AssembledMedia
from app.recording.completion import lock_take
from app.recording.models import MEDIA_FOLDER, Stage
from app.recording.processing import Claim
from app.recording.stored_files import stored_keys
from app.recording.upload.incoming import discard as delete_keys
from app.storage import Storage, get_storage
from app.transaction import after_commit, end_reading, retried, transaction, with_retries

Finish = Callable[[Session, Claim], None]
"""Marks the stage as done and schedules the next one, in the transaction that saves the file."""
log = logging.getLogger("fairtake.pipeline")


def assemble(claim: Claim, finish: Finish, meanwhile: Callable[[], None]) -> None:
    """Join the uploaded parts into one seekable file, decode its sound for the transcriber, and `finish` the stage.

    Parts that cannot be copied are left to the ENCODE stage, so that other takes need not wait. `meanwhile` is called
    every two seconds.
    """
    try:
        _make_file(claim, finish, Preparation.COPY, meanwhile)
    except NeedsEncodingError:
        with transaction() as session:
            held = (claim.take_id, claim.stage, claim.lease)
            processing.finish_stage(session, *held, now=clock.now(), following=Stage.ENCODE)


def encode(claim: Claim, finish: Finish, meanwhile: Callable[[], None]) -> None:
    """Encode the parts of a take into one file that every browser can play, and report the progress.

    If the parts cannot be encoded, they are copied into a file that plays in some browsers only. `meanwhile` is called
    every two seconds. If `meanwhile` raises an error, the encoding ends.
    """
    is_last = processing.is_last_attempt(db.session(), claim.take_id, claim.stage)
    end_reading()
    if is_last:  # two attempts have failed or have killed their worker
        return _make_file(claim, finish, Preparation.COPY_ANYWAY)
    try:
        _make_file(claim, finish, Preparation.ENCODE, meanwhile)
    except MediaRefusedError as refusal:
        log.warning("not encoded, original kept: stage=%s take=%s reason=%s", claim.stage, claim.take_id, refusal.code)
        try:
            _make_file(claim, finish, Preparation.COPY_ANYWAY)
        except MediaRefusedError:
            raise refusal from None
    return None


def reencode(claim: Claim, finish: Finish, meanwhile: Callable[[], None]) -> None:
    """Encode a file that only some browsers can play into one that every browser can play, and keep both.

    A file that cannot be encoded, or would lose its picture or sound, is not changed. The captions are always kept.
    """
    storage, kept = get_storage(), older.kept_file(db.session(), claim.take_id)
    limits = encoding_limits(assembly.limits_of(db.session(), claim.take_id))
    end_reading()
    made: AssembledMedia | None = None
    if kept is not None:
        try:
            with temporary.workspace(claim.take_id) as folder:
                name, note = f"{MEDIA_FOLDER}/{claim.take_id}/{claim.lease}", _noting(claim, meanwhile)
                made = assembly.assemble(storage, [[kept.key]], name, folder, limits, way=Preparation.ENCODE, note=note)
        except MediaRefusedError as refusal:
            log.warning(
                "not encoded, original kept: stage=%s take=%s reason=%s", claim.stage, claim.take_id, refusal.code
            )

    def save() -> None:
        with transaction() as session:
            lock_take(session, claim.take_id)
            unused = made.keys if made else []
            if made and kept and kept.is_all_in(made):
                unused = older.replace_file(session, claim.take_id, kept, made)
            finish(session, claim)
            after_commit(delete_keys, storage, unused)

    _save(save, claim, made, storage)


def _make_file(claim: Claim, finish: Finish, way: Preparation, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Make the file of a take. If its beginning is cut: first the whole file, then the one that is played."""
    storage = get_storage()
    source = trimming.source_of(db.session(), claim.take_id)
    limits = assembly.limits_of(db.session(), claim.take_id)
    if way is Preparation.ENCODE:
        limits = encoding_limits(limits)
    end_reading()
    note = _noting(claim, meanwhile)
    with temporary.workspace(claim.take_id) as folder:
        # The lease in the name prevents two runs of one stage from writing to the same object.
        name = f"{MEDIA_FOLDER}/{claim.take_id}/{claim.lease}"
        name = f"{name}/cut" if source.is_whole else name
        made = assembly.assemble(
            storage, source.segments, name, folder, limits, way=way, note=note, skip_ms=source.skip_ms
        )
    is_cut_next = False

    def save() -> None:
        nonlocal is_cut_next
        with transaction() as session:
            take = lock_take(session, claim.take_id)
            is_cut_next = take is not None and take.trim_ms is not None and not source.is_whole
            if is_cut_next:
                processing.renew_lease(session, claim.take_id, claim.stage, claim.lease, now=clock.now())
                replaced = trimming.save_whole(session, claim.take_id, made, now=clock.now())
            else:
                whole = trimming.untrimmed_media(session, claim.take_id) if source.is_whole else None
                replaced = assembly.save_media(session, claim.take_id, made, now=clock.now(), whole=whole)
                finish(session, claim)
            after_commit(delete_keys, storage, replaced)

    _save(save, claim, made, storage)
    if is_cut_next:
        _make_file(claim, finish, way, meanwhile)


def _noting(claim: Claim, meanwhile: Callable[[], None]) -> Callable[[int], None]:
    """Return a callback that saves the progress in percent, and calls `meanwhile` each time."""
    noted = 0

    def note(percent: int) -> None:
        nonlocal noted
        if percent > noted:
            noted = percent
            with transaction() as session:
                processing.note_percent(session, claim.take_id, claim.stage, claim.lease, percent)
        meanwhile()

    return note


def discard_unnamed(storage: Storage, keys: Collection[str], named: Callable[[Session], Collection[str]]) -> None:
    """Delete the new files that no committed row names. Called after a failure, because a commit may have succeeded
    although its response was lost. `named` returns the keys that the rows name. It locks the same rows as the
    writing transaction, so it waits for a commit in progress. If the rows cannot be read, the files are kept, and
    the sweeper deletes those without rows.
    """

    @retried
    def read() -> Collection[str]:
        with transaction() as session:
            return named(session)

    try:
        kept = read()
    except (SQLAlchemyError, BusyError) as problem:
        log.warning(
            "unused files not deleted, sweeper will retry: files=%d error=%s", len(keys), type(problem).__name__
        )
        return
    delete_keys(storage, [key for key in keys if key not in kept])


def _save(save: Callable[[], None], claim: Claim, made: AssembledMedia | None, storage: Storage) -> None:
    """Save the files that were made. On failure, delete the files that were not saved."""
    try:
        with_retries(save)
    except BaseException:
        if made:
            discard_unnamed(storage, made.keys, lambda session: _named(session, claim.take_id))
        raise


def _named(session: Session, take_id: str) -> list[str]:
    lock_take(session, take_id)
    return stored_keys(session, [take_id])
