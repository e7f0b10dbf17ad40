"""Record in the audit log that a reviewer saw an answer. Each view that shows part of an answer calls this."""

from __future__ import annotations

from app.accounts import access
from app.clock import now
from app.extensions import db
from app.recording import viewing
from app.recording.models import Answer
from app.transaction import transaction


def note_opening(answer: Answer) -> None:
    """Record that the signed-in reviewer opens an answer. The caller must have checked that the reviewer may do so.

    Nothing is loaded again if the reviewer does not see where a recording ends that still accepts bytes.
    """
    if viewing.closes_by_viewing(answer):
        with transaction() as session:
            viewing.note_viewing(session, access.signed_in_user(), answer, now=now())
        return
    user_id, answer_id, take_id = access.signed_in_user().id, answer.id, answer.take_id
    with transaction() as session:
        viewing.record_viewing(session, user_id, answer_id, take_id, now=now())


def note_part_seen(answer: Answer) -> None:
    """Record that the reviewer saw part of an answer.

    A player makes many requests for one recording, so this is recorded only once after each sign-in.
    """
    is_noted = viewing.is_noted(db.session(), access.signed_in_user(), answer.id, since=access.signed_in_at())
    if not is_noted or viewing.closes_by_viewing(answer):
        note_opening(answer)
