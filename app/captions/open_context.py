"""Load the editing context for the views of the caption editor."""

from __future__ import annotations

from app.accounts import access
from app.captions.editing_context import EditingContext, find_place
from app.extensions import db
from app.recording.view_log import note_part_seen


def open_context(take_id: str) -> EditingContext:
    """Return the editing context of a take, and record that the signed-in reviewer viewed the answer.

    Raises NotFoundError if the take does not exist or the reviewer may not see it.
    """
    place = find_place(db.session(), access.signed_in_user(), take_id)
    note_part_seen(place.answer)
    return place
