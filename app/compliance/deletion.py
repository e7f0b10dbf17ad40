"""Delete all recordings and texts of one attempt, for retention and for erasure."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit import Actor
from app.captions.services import remove_tracks
from app.interviews.asked import record_deleted_questions
from app.interviews.models import Attempt
from app.recording.answers import forget_drafts
from app.recording.kept import OWN_WORDS
from app.recording.models import Answer, Take
from app.recording.services import lock_takes, remove_take
from app.review.search.services import remove_take_from_index

RETENTION = Actor("system", "retention")


def delete_answers(
    session: Session, attempt_id: str, *, now: datetime, why: str = "retention", actor: Actor = RETENTION
) -> list[str]:
    """Delete all recordings and texts of an attempt, and the candidate's own words for the speech model.

    Return the storage keys to delete after the commit.
    """
    lock_takes(session, attempt_id)
    takes = session.scalars(select(Take).where(Take.attempt_id == attempt_id, Take.removed_at.is_(None))).all()
    for take in takes:
        remove_take_from_index(session, take.id)
    _keep_answer_ids(session, attempt_id)
    session.execute(delete(Answer).where(Answer.attempt_id == attempt_id))
    _forget_own_words(session, attempt_id)
    forget_drafts(session, attempt_id)
    keys: list[str] = []
    for take in takes:
        remove_tracks(session, take.id)
        keys += remove_take(session, take, why=why, actor=actor, now=now)
    return keys


def _forget_own_words(session: Session, attempt_id: str) -> None:
    attempt = session.get_one(Attempt, attempt_id)
    attempt.preferences = {name: chosen for name, chosen in attempt.preferences.items() if name != OWN_WORDS}


def _keep_answer_ids(session: Session, attempt_id: str) -> None:
    """Store the ids of an attempt's answers with the attempt, because events in the audit log refer to them."""
    given = session.execute(select(Answer.question_id, Answer.id).where(Answer.attempt_id == attempt_id)).all()
    record_deleted_questions(session.get_one(Attempt, attempt_id), dict(iter(given)))
