"""Find stored files of questions that no database row refers to, so that they can be deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.captions.models import QuestionMedia, QuestionMediaEncoding
from app.captions.question_media import FOLDER, SOURCE
from app.media.facts import ORIGINAL
from app.storage import Storage

ORPHAN_AGE = timedelta(days=1)
"""Minimum age of a stored file without a database row before it counts as orphaned.

The row of a newer file may still follow.
"""
KEYS_PER_BATCH = 500
_KEY = re.compile(
    rf"{FOLDER}/(?P<question>[a-z2-7]{{26}})/(?:(?P<at>\d+)-)?[a-z2-7]{{26}}/(?:prompt\.\w+|{ORIGINAL}-\d+\.\w+|{SOURCE})"
)
"""Storage keys made before 2026-11-23 do not contain the time at which they were made."""


def orphaned_files(session: Session, storage: Storage, *, now: datetime) -> Iterator[str]:
    """Yield the storage keys of files without a database row, left by a process that ended before it wrote the row.

    Only reads from the database. Files whose storage key has another form are ignored.
    """
    keys = storage.list(FOLDER)
    while batch := list(islice(keys, KEYS_PER_BATCH)):
        old = {key for key in batch if _is_older(key, now - ORPHAN_AGE)}
        yield from sorted(old - _current_keys(session, *{key.split("/")[1] for key in old}))


def _current_keys(session: Session, *question_ids: str) -> set[str]:
    """Return the storage keys of all files of these questions, including files that are still being encoded.

    Those are read first, because an encoding may end between the two statements.
    """
    query = select(QuestionMediaEncoding.source_key).where(QuestionMediaEncoding.question_id.in_(question_ids))
    coming = set(session.scalars(query))
    media = session.scalars(select(QuestionMedia).where(QuestionMedia.question_id.in_(question_ids)))
    return coming.union(*(each.keys for each in media))


def _is_older(key: str, moment: datetime) -> bool:
    found = _KEY.fullmatch(key)
    return found is not None and datetime.fromtimestamp(int(found["at"] or 0), UTC) < moment
