"""Mark the attempts that may have data for retention to delete, so that it need not check all attempts.

`Attempt.keeps_answers` becomes true before a take, an answer, a draft or the candidate's own words for the speech model
are stored, and is updated when some are deleted. It may stay true although nothing is left; retention corrects it when it
checks the attempt.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, func, update
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Mapper, Session

from app.interviews.models import Attempt
from app.recording.models import Answer, Take, WrittenDraft

OWN_WORDS = "own_words"
"""The name of a candidate's own words for the speech model among their preferences."""
HAS_OWN_WORDS = func.coalesce(Attempt.preferences[OWN_WORDS].as_string(), "") != ""


@listens_for(Take, "before_insert")
@listens_for(Answer, "before_insert")
@listens_for(WrittenDraft, "before_insert")
def _mark(_mapper: Mapper[Any], connection: Connection, stored: Take | Answer | WrittenDraft) -> None:
    here = (Attempt.id == stored.attempt_id) & ~Attempt.keeps_answers
    connection.execute(update(Attempt).where(here).values(keeps_answers=True))


@listens_for(Attempt, "before_update")
def _mark_own_words(_mapper: Mapper[Any], _connection: Connection, attempt: Attempt) -> None:
    if attempt.preferences.get(OWN_WORDS):
        attempt.keeps_answers = True


def count_again(session: Session, attempt_id: str) -> None:
    """Set the mark of an attempt from what is stored. The caller must have locked the attempt."""
    session.flush()
    kept = (
        exists().where(Take.attempt_id == attempt_id, Take.removed_at.is_(None))
        | exists().where(Answer.attempt_id == attempt_id)
        | exists().where(WrittenDraft.attempt_id == attempt_id)
        | HAS_OWN_WORDS
    )
    marked = update(Attempt).where(Attempt.id == attempt_id).values(keeps_answers=kept)
    session.execute(marked.execution_options(synchronize_session=False))
