"""Mark the attempts that may have data for retention to delete, so that it need not check all attempts.

`Attempt.keeps_answers` becomes true before a take, an answer or a draft is stored, and is updated when some are
deleted. It may stay true although nothing is left; retention corrects it when it checks the attempt.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, update
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Mapper, Session

from app.interviews.models import Attempt
from app.recording.models import Answer, Take, WrittenDraft


@listens_for(Take, "before_insert")
@listens_for(Answer, "before_insert")
@listens_for(WrittenDraft, "before_insert")
def _mark(_mapper: Mapper[Any], connection: Connection, stored: Take | Answer | WrittenDraft) -> None:
    here = (Attempt.id == stored.attempt_id) & ~Attempt.keeps_answers
    connection.execute(update(Attempt).where(here).values(keeps_answers=True))


def count_again(session: Session, attempt_id: str) -> None:
    """Set the mark of an attempt from what is stored. The caller must have locked the attempt."""
    session.flush()
    kept = (
        exists().where(Take.attempt_id == attempt_id, Take.removed_at.is_(None))
        | exists().where(Answer.attempt_id == attempt_id)
        | exists().where(WrittenDraft.attempt_id == attempt_id)
    )
    marked = update(Attempt).where(Attempt.id == attempt_id).values(keeps_answers=kept)
    session.execute(marked.execution_options(synchronize_session=False))
