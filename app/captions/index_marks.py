"""Mark answers that may be missing from the search index, so that the sweep need not check all answers.

`Answer.needs_index` becomes true when an attempt is sent, for its texts and captions, and when a sent answer gets new
captions. Writing the answer to the index makes it false.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, exists, inspect, update
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Mapper, Session

from app.captions.models import CaptionTrack, CueRow
from app.interviews.models import Attempt
from app.recording.models import Answer


@listens_for(Attempt, "after_update")
def _mark_sent(_mapper: Mapper[Any], connection: Connection, attempt: Attempt) -> None:
    if attempt.submitted_at is not None and inspect(attempt).attrs.submitted_at.history.has_changes():
        connection.execute(_mark(Answer.attempt_id == attempt.id))


def mark_captioned(session: Session, take_id: str) -> None:
    """Mark the captions of a take as possibly missing from the search index."""
    session.execute(_mark(Answer.take_id == take_id).execution_options(synchronize_session=False))


def _mark(here: ColumnElement[bool]) -> Update:
    has_cues = exists().where(
        CaptionTrack.take_id == Answer.take_id, CaptionTrack.is_current, CueRow.track_id == CaptionTrack.id
    )
    has_words = Answer.take_id.is_(None) | has_cues
    return update(Answer).where(here, ~Answer.needs_index, has_words).values(needs_index=True)
