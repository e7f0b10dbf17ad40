"""The route for choosing how to play a question: as it was recorded, in sign language, or with descriptions."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires
from app.captions.question_versions import Choice
from app.errors import InvalidInputError
from app.interviews import services as interviews
from app.interviews.current import current_attempt
from app.recording import services as recording
from app.transaction import transaction


@requires("interview.take_part")
def choose(question_id: str) -> ResponseReturnValue:
    """Save how a candidate plays questions. The choice applies to all questions that can be played in this way."""
    chosen = request.form.get("version", "")
    if chosen not in list(Choice):
        raise InvalidInputError(_("Choose a version from the list."))
    with transaction() as session:
        attempt = current_attempt(lock=True)
        recording.find_question(attempt, question_id)
        interviews.save_preferences(session, attempt, {"question_version": chosen})
    return redirect(url_for("recording.question_page", question_id=question_id, _anchor=f"version-{chosen}"), 303)
