"""The route for choosing the language of the answers. The choice applies to later questions too."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires
from app.errors import InvalidInputError
from app.interviews import services as interviews
from app.interviews.current import current_attempt
from app.recording import services
from app.transaction import transaction


@requires("interview.take_part")
def choose_answer_language(question_id: str) -> ResponseReturnValue:
    """Save the language that a candidate answers in. If none is chosen, the language of each recording is detected."""
    chosen = request.form.get("language", "")
    with transaction() as db_session:
        attempt = current_attempt(lock=True)
        question = services.find_question(attempt, question_id)
        if chosen and chosen not in question.answer_languages:
            raise InvalidInputError(_("Choose a language from the list."))
        interviews.save_preferences(db_session, attempt, {"answer_language": chosen or None})
    return redirect(url_for("recording.question_page", question_id=question_id, _anchor="answer-language"), 303)
