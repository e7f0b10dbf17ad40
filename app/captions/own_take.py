"""Find the take whose captions a candidate reads or corrects."""

from __future__ import annotations

from flask_babel import gettext as _

from app.errors import ConflictError
from app.extensions import db
from app.interviews.current import current_attempt
from app.recording.models import Take
from app.recording.services import find_take_for_candidate


def find_own_take(take_id: str) -> Take:
    """Return a take of the current candidate.

    Raises NotFoundError if it is not theirs, and ConflictError if they have already sent their answers.
    """
    attempt = current_attempt()
    take = find_take_for_candidate(db.session(), attempt.id, take_id)
    if attempt.submitted_at is not None:
        raise ConflictError(
            _("Your answers have already been sent."),
            title=_("You have sent your answers"),
            kept=_("Your captions are kept as they were when you sent your answers."),
        )
    return take
