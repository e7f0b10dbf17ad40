"""Review exceptions: people who may review an interview although they see its candidates' accommodations."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accounts import access
from app.accounts.access import requires
from app.accounts.models import StaffUser
from app.clock import now
from app.compliance.forms import ReviewExceptionForm
from app.errors import NotFoundError
from app.extensions import db
from app.interviews import manage_services, separation
from app.interviews.models import Interview
from app.saved import confirm
from app.transaction import transaction

blueprint = Blueprint("reviewers", __name__, url_prefix="/compliance/interviews/<interview_id>/reviewers")


@blueprint.route("/", methods=["GET", "POST"])
@requires("compliance.manage")
def exceptions(interview_id: str) -> ResponseReturnValue:
    """Show the review exceptions of an interview (GET), or add one (POST). Nobody makes an exception for themselves."""
    interview = manage_services.load_interview(db.session(), interview_id)
    form = ReviewExceptionForm()
    form.user.choices = [
        SelectChoice("", _("Choose one")),
        *(SelectChoice(user.id, user.name) for user in _without_exception(interview)),
    ]
    if not form.validate_on_submit():
        return _page(interview, form), 422 if form.errors else 200
    with transaction() as session:
        interview = manage_services.load_interview(session, interview_id)
        user = session.get_one(StaffUser, form.user.data)
        by = access.signed_in_user()
        separation.give_exception(session, interview, user, form.reason.data or "", by=by, now=now())
    return _back_to(interview_id)


@blueprint.post("/<user_id>/end")
@requires("compliance.manage")
def end(interview_id: str, user_id: str) -> ResponseReturnValue:
    """End a review exception."""
    with transaction() as session:
        interview = manage_services.load_interview(session, interview_id)
        if session.get(StaffUser, user_id) is None:
            raise NotFoundError()
        separation.end_exception(session, interview, user_id, by=access.signed_in_user(), now=now())
    confirm(_("Ended."))
    return _back_to(interview_id)


def _page(interview: Interview, form: ReviewExceptionForm) -> str:
    given = separation.exceptions_of(db.session(), interview.id)
    return render_template("compliance/reviewers.html", interview=interview, form=form, exceptions=given)


def _without_exception(interview: Interview) -> list[StaffUser]:
    excepted = {given.user_id for given in separation.exceptions_of(db.session(), interview.id)}
    excepted.add(access.signed_in_user().id)
    return [user for user in manage_services.possible_reviewers(db.session()) if user.id not in excepted]


def _back_to(interview_id: str) -> ResponseReturnValue:
    return redirect(url_for("reviewers.exceptions", interview_id=interview_id), 303)
