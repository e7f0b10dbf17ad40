"""The route for choosing the wait before a recording starts. The recorder saves this choice by itself."""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires
from app.errors import InvalidInputError
from app.interviews import services as interviews
from app.interviews.current import current_attempt
from app.interviews.rules import COUNTDOWNS
from app.transaction import transaction


@requires("interview.take_part")
def choose_countdown() -> ResponseReturnValue:
    """Save the seconds between the press and the beginning of a recording (0: a second press begins it)."""
    chosen = request.get_json(silent=True)
    seconds = chosen.get("seconds") if isinstance(chosen, dict) else None
    if type(seconds) is not int or seconds not in COUNTDOWNS:
        raise InvalidInputError(_("Choose a wait from the list."))
    with transaction() as session:
        interviews.save_preferences(session, current_attempt(lock=True), {"countdown_seconds": seconds})
    return jsonify(seconds=seconds)
