"""Load the editing context for the views of captions and media, and record who opened the recording."""

from __future__ import annotations

from app.accounts import access
from app.captions.editing_context import EditingContext, find_place
from app.clock import now
from app.extensions import db
from app.interviews import separation
from app.interviews.models import BlindMode, Interview
from app.recording.view_log import note_part_seen
from app.transaction import transaction


def open_context(take_id: str) -> EditingContext:
    """Return the editing context of a take, and record that the signed-in reviewer or captioner viewed the answer.

    Raises NotFoundError if the take does not exist or the person may not see it.
    """
    place = find_place(db.session(), access.signed_in_user(), take_id)
    if place.is_captioner:
        _bar_from_reviewing(place.answer.attempt.interview)
    note_part_seen(place.answer)
    return place


def _bar_from_reviewing(interview: Interview) -> None:
    """Record that the signed-in person knows more of an interview's candidates than its blind review shows reviewers."""
    if interview.blind == BlindMode.OFF:
        return
    if separation.has_access_to_note(db.session(), access.signed_in_user(), [interview.id]):
        with transaction() as session:
            separation.note_access(session, access.signed_in_user(), [interview.id], now=now())
