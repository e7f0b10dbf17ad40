"""Coordinators' pages for the invitations to an interview."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.accounts.permissions import is_allowed
from app.clock import now
from app.config import current_config
from app.extensions import db
from app.interviews import invitation_services as services
from app.interviews import rules
from app.interviews.manage_forms import InvitationForm
from app.interviews.manage_services import load_interview
from app.interviews.models import Invitation
from app.interviews.services import closing_time
from app.keyset import place_in
from app.request_guard import typed_words
from app.saved import confirm
from app.transaction import transaction

blueprint = Blueprint("invitations", __name__, url_prefix="/manage/interviews/<interview_id>/invitations")


@blueprint.get("/")
@requires("interviews.manage")
def invitations(interview_id: str) -> ResponseReturnValue:
    """Show the invitations and their states, and find candidates by name, address or reference."""
    session, wanted = db.session(), typed_words(request.args.get("q"))
    page = services.list_invitations(session, interview_id, wanted, place_in(request.args))
    return render_template(
        "manage/invitations.html",
        interview=load_interview(session, interview_id),
        page=page,
        rows=[(row, _state_of(row)) for row in page.rows],
        wanted=wanted,
        may_decide=is_allowed(access.current_principal(), "accommodations.decide"),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("interviews.manage")
def new_invitation(interview_id: str) -> ResponseReturnValue:
    """Invite one candidate. The link is shown only in the response to this form."""
    interview = load_interview(db.session(), interview_id)
    form = InvitationForm.to(interview, now=now())
    if form.validate_on_submit():
        try:
            return _invite(interview_id, form)
        except services.AlreadyInvitedError as problem:
            form.email.errors = [problem.message]
    page = render_template(
        "manage/invitation_form.html", form=form, interview=load_interview(db.session(), interview_id)
    )
    return page, 422 if form.errors else 200


@blueprint.post("/<invitation_id>/link")
@requires("interviews.manage")
def replace_link(interview_id: str, invitation_id: str) -> ResponseReturnValue:
    """Replace the link of an invitation by a new one, and show it once."""
    with transaction() as session:
        invitation = services.load_invitation(session, interview_id, invitation_id)
        token = services.replace_link(session, invitation, actor=access.signed_in_user(), now=now())
    return _link_page(interview_id, invitation_id, token, is_new=False)


@blueprint.route("/<invitation_id>/cancel", methods=["GET", "POST"])
@requires("interviews.manage")
def cancel_invitation(interview_id: str, invitation_id: str) -> ResponseReturnValue:
    """Cancel an invitation after a confirmation."""
    if request.method != "POST":
        return _cancel_page(services.load_invitation(db.session(), interview_id, invitation_id))
    with transaction() as session:
        invitation = services.load_invitation(session, interview_id, invitation_id)
        services.cancel_invitation(session, invitation, actor=access.signed_in_user(), now=now())
    confirm(_("The invitation is cancelled."))
    return redirect(url_for("invitations.invitations", interview_id=interview_id), 303)


def _cancel_page(invitation: Invitation) -> str:
    return render_template(
        "manage/confirm.html",
        interview=invitation.interview,
        title=_("Cancel the invitation of %(name)s?", name=invitation.named),
        consequences=_("The link stops working, and the interview closes where it is open. This cannot be undone."),
        action=_("Cancel the invitation"),
        back=url_for("invitations.invitations", interview_id=invitation.interview_id),
    )


def _invite(interview_id: str, form: InvitationForm) -> ResponseReturnValue:
    with transaction() as session:
        invitation, token = services.create_invitation(
            session,
            load_interview(session, interview_id),
            name=form.name.data,
            email=form.email.data,
            expires_at=form.moment(),
            actor=access.signed_in_user(),
            now=now(),
        )
        invitation_id = invitation.id
    return _link_page(interview_id, invitation_id, token, is_new=True), 201


def _link_page(interview_id: str, invitation_id: str, token: str, *, is_new: bool) -> str:
    session = db.session()
    invitation = services.load_invitation(session, interview_id, invitation_id)
    address = current_config().base_url + url_for("interview.invitation", token=token)
    is_hard_to_reach = not invitation.candidate_email.partition("@")[0].isascii()
    return render_template(
        "manage/link.html", invitation=invitation, link=address, is_new=is_new, is_hard_to_reach=is_hard_to_reach
    )


def _state_of(invitation: Invitation) -> rules.InvitationState:
    attempt = invitation.attempt
    return rules.invitation_state(
        cancelled_at=invitation.cancelled_at,
        submitted_at=attempt.submitted_at if attempt else None,
        declined_at=attempt.declined_at if attempt else None,
        started_at=attempt.started_at if attempt else None,
        closing=closing_time(invitation),
        now=now(),
    )
