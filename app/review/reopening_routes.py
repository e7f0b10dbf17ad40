"""The page on which a reviewer reopens their own score.

The page asks for confirmation. Reopening is recorded in the audit log and shown to colleagues.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.clock import now
from app.extensions import db
from app.request_guard import whole_number
from app.review import score_services as scoring
from app.review import services
from app.review.score_services import ScoreConflictError, Scoring
from app.saved import confirm
from app.transaction import transaction

blueprint = Blueprint("reopening", __name__, url_prefix="/review")


@blueprint.route("/answers/<answer_id>/score/reopen", methods=["GET", "POST"])
@requires("review.read")
def reopen(answer_id: str) -> ResponseReturnValue:
    """Ask for confirmation (GET) or reopen the score (POST).

    POST asks again if the score has changed since the page was shown.
    """
    to_answer = redirect(url_for("review.answer", answer_id=answer_id, _anchor="score"), 303)
    if request.method == "GET":
        return _ask(answer_id) if _scoring(answer_id).is_in else to_answer
    try:
        with transaction() as session:
            user = access.signed_in_user()
            answer = services.find_answer(session, user, answer_id)
            scoring.reopen(session, user, answer, seen=whole_number(request.form.get("version")), now=now())
    except ScoreConflictError as problem:
        return _ask(answer_id, problem), problem.status
    confirm(_("Your score is open again. Hand it in when you have changed it."))
    return to_answer


def _ask(answer_id: str, problem: ScoreConflictError | None = None) -> str:
    found = _scoring(answer_id)
    return render_template("review/reopen.html", answer_id=answer_id, scoring=found, problem=problem)


def _scoring(answer_id: str) -> Scoring:
    user, session = access.signed_in_user(), db.session()
    return scoring.scoring_of(session, user, services.find_answer(session, user, answer_id))
