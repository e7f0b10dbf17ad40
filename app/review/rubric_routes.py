"""The coordinator's page for how an interview is scored: the rubrics, and what blind review hides from reviewers."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import access
from app.accounts.access import requires
from app.clock import now
from app.extensions import db
from app.interviews.manage_services import load_interview
from app.interviews.models import BlindMode
from app.review import rubric_services as services
from app.review.forms import scoring_form
from app.transaction import transaction

blueprint = Blueprint("rubrics", __name__, url_prefix="/manage")


@blueprint.route("/interviews/<interview_id>/scoring", methods=["GET", "POST"])
@requires("interviews.manage")
def scoring(interview_id: str) -> ResponseReturnValue:
    """Show and change how an interview is scored. A rubric cannot be changed after a reviewer has used it for a score."""
    interview = load_interview(db.session(), interview_id)
    used = services.questions_with_scores(db.session(), interview)
    form = scoring_form(interview.blind, services.rubrics_of(db.session(), interview), used)
    if not form.validate_on_submit():
        page = {"interview": interview, "form": form, "used": used}
        return render_template("review/scoring.html", **page), 422 if form.errors else 200
    with transaction() as session:
        interview = load_interview(session, interview_id, lock=True)
        blind, rubrics = BlindMode(form.blind.data), form.rubrics()
        services.change_scoring(session, interview, blind, rubrics, actor=access.signed_in_user(), now=now())
    return redirect(url_for("manage.interview", interview_id=interview_id), 303)
