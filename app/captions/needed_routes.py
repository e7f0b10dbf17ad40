"""The coordinators' list of answers whose captions a person has to make."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.accounts import access
from app.accounts.access import requires
from app.captions import needed
from app.captions.needed_wording import reason_words
from app.clock import now
from app.extensions import db
from app.keyset import place_in


@requires("captions.provide")
def needed_captions() -> ResponseReturnValue:
    """List the sent answers that need captions by a person, the oldest first, with the reason and how long they wait."""
    user = access.signed_in_user()
    page, total = needed.needed_captions(db.session(), user, place_in(request.args))
    at = now()
    return render_template(
        "captions/needed.html",
        page=page,
        total=total,
        hidden=needed.count_reviewed(db.session(), user),
        reasons=reason_words,
        days_since=lambda answer: max(0, (at - answer.attempt.submitted_at) // timedelta(days=1)),
    )
