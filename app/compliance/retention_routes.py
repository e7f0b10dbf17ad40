"""The pages that show what retention will delete and when, and the routes for legal holds on interviews."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.clock import now
from app.compliance import holds, retention
from app.compliance.forms import HoldForm
from app.extensions import db
from app.interviews import manage_services
from app.keyset import place_in
from app.saved import confirm
from app.sealing import get_sealer
from app.transaction import transaction

blueprint = Blueprint("retention", __name__, url_prefix="/compliance/retention")


@blueprint.get("/")
@requires("compliance.read")
def overview() -> ResponseReturnValue:
    """Show how long each interview keeps answers and which deletion comes next. List the legal holds in force."""
    session = db.session()
    return render_template(
        "compliance/retention.html",
        page=retention.plan(session, place_in(request.args), now=now()),
        holds=holds.standing(session, place_in(request.args, holds.HOLDS)),
        read=get_sealer().read,
    )


@blueprint.route("/interviews/<interview_id>/hold", methods=["GET", "POST"])
@requires("compliance.manage")
def hold(interview_id: str) -> ResponseReturnValue:
    """Place a legal hold on a whole interview."""
    form, interview = HoldForm(), manage_services.load_interview(db.session(), interview_id)
    if not form.validate_on_submit():
        page = render_template("compliance/hold.html", form=form, interview=interview, of=None)
        return page, 422 if form.errors else 200
    with transaction() as session:
        on = manage_services.load_interview(session, interview_id)
        actor = Actor("staff", access.signed_in_user().id)
        holds.place(session, on, form.reason.data or "", sealer=get_sealer(), actor=actor, now=now())
    return redirect(url_for("retention.overview"), 303)


@blueprint.post("/holds/<hold_id>/end")
@requires("compliance.manage")
def end_hold(hold_id: str) -> ResponseReturnValue:
    """End a legal hold. Data that is due for deletion is then deleted within the hour."""
    with transaction() as session:
        holds.end(session, hold_id, actor=Actor("staff", access.signed_in_user().id), now=now())
    confirm(_("Ended."))
    return redirect(url_for("retention.overview"), 303)
