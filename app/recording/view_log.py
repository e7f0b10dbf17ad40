"""What every view does that shows a reviewer something of an answer: its page, its recording, its captions, a part of these."""

from __future__ import annotations

from app.accounts import access
from app.clock import now
from app.extensions import db
from app.recording import viewing
from app.recording.models import Answer
from app.transaction import transaction


def note_opening(answer: Answer) -> None:
    """Write down that the signed-in reviewer opens an answer. The caller has found that they may."""
    with transaction() as session:
        viewing.note_viewing(session, access.signed_in_user(), answer, now=now())


def note_part_seen(answer: Answer) -> None:
    """Write it down too, unless the log says so since they signed in: a player asks for many parts of one recording."""
    is_noted = viewing.is_noted(db.session(), access.signed_in_user(), answer.id, since=access.signed_in_at())
    if not is_noted or viewing.closes_by_viewing(answer):
        note_opening(answer)
