"""The place that the views of the caption editor work on."""

from __future__ import annotations

from app.accounts import access
from app.captions.editing_context import EditingContext, find_place
from app.extensions import db
from app.recording.view_log import note_part_seen


def open_context(take_id: str) -> EditingContext:
    """Return the take that the signed-in reviewer may see, to show what was said in it: that is a viewing of the answer.

    Raises NotFoundError if it does not exist or is not theirs.
    """
    place = find_place(db.session(), access.signed_in_user(), take_id)
    note_part_seen(place.answer)
    return place
