"""Inspect older files, from before encoding was introduced, while a worker has nothing to encode.

Each file is inspected once. A file that some browsers cannot play is then scheduled for encoding, and is shown
unchanged until that is done.
"""

from __future__ import annotations

from datetime import datetime

from app import batches, temporary
from app.batches import Batch
from app.captions import question_media_encoding
from app.extensions import db
from app.media.facts import CodecCheck, MediaRefusedError
from app.media.sandbox import look_at
from app.recording import older
from app.recording.completion import lock_take
from app.storage import fetch_to, get_storage
from app.transaction import retried, transaction

MAX_PER_RUN = 20


def inspect_some(now: datetime) -> int:
    """Inspect a few files that have not been inspected. Returns how many succeeded."""
    session = db.session()
    paused = {batch: batches.paused(session, batch, now=now) for batch in (Batch.OLDER_TAKES, Batch.OLDER_QUESTIONS)}
    takes = older.uninspected(session, without=paused[Batch.OLDER_TAKES], limit=MAX_PER_RUN)
    questions = question_media_encoding.uninspected(session, without=paused[Batch.OLDER_QUESTIONS], limit=MAX_PER_RUN)
    session.rollback()
    return batches.for_each(
        Batch.OLDER_QUESTIONS, questions, lambda question_id: _inspect_question(question_id, now), now=now
    ) + batches.for_each(Batch.OLDER_TAKES, takes, lambda take_id: _inspect_take(take_id, now), now=now)


def _inspect_take(take_id: str, now: datetime) -> None:
    kept = older.kept_file(db.session(), take_id)
    db.session.rollback()
    if kept is None:
        return
    look = _inspect(take_id, kept.key)

    @retried
    def note() -> None:
        with transaction() as session:
            lock_take(session, take_id)
            older.save_inspection(session, take_id, kept, look, now=now)

    note()


def _inspect_question(question_id: str, now: datetime) -> None:
    key = question_media_encoding.shown_key(db.session(), question_id)
    db.session.rollback()
    if key is None:
        return
    look = _inspect(f"prompt-{question_id}", key)

    @retried
    def note() -> None:
        with transaction() as session:
            question_media_encoding.save_inspection(session, question_id, key, look, now=now)

    note()


def _inspect(owner: str, key: str) -> CodecCheck | None:
    """Return the codecs of a file, or None if the file can no longer be read."""
    with temporary.workspace(owner) as folder:
        path, out = folder / "file", folder / "out"
        fetch_to(get_storage(), key, path)
        out.mkdir()
        try:
            return look_at(path, out)
        except MediaRefusedError:
            return None
