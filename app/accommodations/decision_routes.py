"""The coordinator's pages: the queue of requests, a candidate's accommodations, and the policy of an interview."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accommodations import decisions, notices, services, standards, wording
from app.accommodations.forms import DecisionForm, GrantForm, PolicyForm
from app.accommodations.names_of_deciders import names_of_deciders
from app.accommodations.offers import Offers, read_given
from app.accommodations.rules import Given, Kind, OutOfRangeError
from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.clock import now
from app.config import current_config
from app.errors import ConflictError, InvalidInputError
from app.extensions import db
from app.interviews import invitation_services, manage_services, separation
from app.interviews.models import Attempt
from app.interviews.services import closing_time
from app.keyset import place_in
from app.saved import confirm
from app.sealing import get_sealer
from app.transaction import transaction

blueprint = Blueprint("decisions", __name__, url_prefix="/manage")


@blueprint.get("/requests")
@requires("accommodations.decide")
def queue() -> ResponseReturnValue:
    """List the open requests with their age, oldest first. The candidates' own words are not decrypted here."""
    place = place_in(request.args)
    closed = separation.reviewed_interviews(db.session(), access.signed_in_user())
    page, total = decisions.open_requests(db.session(), place, without=closed)
    if _note_access(asked.attempt for asked in page.rows):
        page, total = decisions.open_requests(db.session(), place, without=closed)
    return render_template(
        "accommodations/queue.html",
        page=page,
        total=total,
        hidden=decisions.count_hidden(db.session(), closed),
        target_hours=current_config().request_target_hours,
        is_late=lambda asked: now() - asked.asked_at > timedelta(hours=current_config().request_target_hours),
        hours_since=lambda asked: max(0, int((now() - asked.asked_at) / timedelta(hours=1))),
        given_words=wording.given_words,
    )


@blueprint.route("/requests/<request_id>", methods=["GET", "POST"])
@requires("accommodations.decide")
def decide(request_id: str) -> ResponseReturnValue:
    """Show one request with the candidate's words (GET), or save the decision (POST).

    Opening the page is recorded in the audit log.
    """
    form = _decision_form(request_id)
    if not form.validate_on_submit():
        return _request_page(form, request_id), 422 if form.errors else 200
    _note_access([decisions.find_request(db.session(), request_id).attempt])
    try:
        with transaction() as session:
            _decide(form, request_id)
            found = decisions.find_request(session, request_id)
            address = url_for("decisions.candidate", invitation_id=found.attempt.invitation_id)
    except ConflictError as conflict:
        return _request_page(form, request_id, conflict), conflict.status
    return redirect(address, 303)


@blueprint.route("/invitations/<invitation_id>/accommodations", methods=["GET", "POST"])
@requires("accommodations.decide")
def candidate(invitation_id: str) -> ResponseReturnValue:
    """Show a candidate's requests and grants. POST grants an accommodation without a request, even during a take."""
    form = _grant_form(invitation_id)
    if not form.validate_on_submit():
        _note_access([invitation_services.find_begun(db.session(), invitation_id)])
        found = invitation_services.find_begun(db.session(), invitation_id)
        page = {"form": form, **_candidate_page(found)}
        return render_template("accommodations/candidate.html", **page), 422 if form.errors else 200
    _note_access([invitation_services.find_begun(db.session(), invitation_id)])
    with transaction() as session:
        attempt = invitation_services.find_begun(session, invitation_id, lock=True)
        is_new = decisions.lengthen(session, attempt, _given(form.given.data), user=access.signed_in_user(), now=now())
    if not is_new:
        confirm(_("Nothing was changed: the candidate already has this, or more."))
    return redirect(url_for("decisions.candidate", invitation_id=invitation_id), 303)


@blueprint.post("/accommodations/<grant_id>/end")
@requires("accommodations.decide")
def shorten(grant_id: str) -> ResponseReturnValue:
    """End a grant. Takes that have begun keep their limits."""
    _note_access([db.session.get_one(Attempt, decisions.find_grant(db.session(), grant_id).attempt_id)])
    with transaction() as session:
        attempt = decisions.shorten(session, grant_id, user=access.signed_in_user(), now=now())
        address = url_for("decisions.candidate", invitation_id=attempt.invitation_id)
    confirm(_("Ended."))
    return redirect(address, 303)


@blueprint.route("/interviews/<interview_id>/accommodations", methods=["GET", "POST"])
@requires("accommodations.decide")
def policy(interview_id: str) -> ResponseReturnValue:
    """Show and change the policy of an interview: the accommodations that everyone gets without a decision."""
    interview = manage_services.load_interview(db.session(), interview_id)
    offers = Offers(standards.kinds_in(db.session(), interview))
    form = PolicyForm.of(services.policy_of(db.session(), interview_id), offers)
    if not form.validate_on_submit():
        page = {"form": form, "interview": interview}
        return render_template("accommodations/policy.html", **page), 422 if form.errors else 200
    with transaction() as session:
        interview = manage_services.load_interview(session, interview_id)
        decisions.save_policy(session, interview, form.policy(), user=access.signed_in_user(), now=now())
    return redirect(url_for("manage.interview", interview_id=interview_id), 303)


def _decision_form(request_id: str) -> DecisionForm:
    """Return the form for a request as it is now.

    For a request that is already decided, the form offers nothing to grant.
    """
    asked = decisions.find_request(db.session(), request_id)
    if not asked.is_open:
        return DecisionForm.on(asked.wish, Offers())
    had = services.given_to(db.session(), asked.attempt_id)
    return DecisionForm.on(asked.wish, Offers(standards.kinds_for(asked.attempt), had))


def _grant_form(invitation_id: str) -> GrantForm:
    """Return the form for grants without a request. All numbers of days are offered, because such days add up."""
    attempt = invitation_services.find_begun(db.session(), invitation_id)
    had = [given for given in services.given_to(db.session(), attempt.id) if given.kind != Kind.DEADLINE]
    return GrantForm.of(Offers(standards.kinds_for(attempt), had))


def _request_page(form: DecisionForm, request_id: str, conflict: ConflictError | None = None) -> str:
    _note_access([decisions.find_request(db.session(), request_id).attempt])
    with transaction() as session:
        found = decisions.find_request(session, request_id)
        actor = Actor("staff", access.signed_in_user().id)
        texts = decisions.read_texts(session, found, get_sealer(), actor=actor, now=now())
    found = decisions.find_request(db.session(), request_id)
    page = {
        "form": form,
        "nothing_to_add": "" if form.may_grant else wording.nothing_to_add_words(found.wish.kind),
        "conflict": conflict,
        "texts": texts,
        "request_": found,
        **_candidate_page(found.attempt),
    }
    return render_template("accommodations/decide.html", **page)


def _note_access(attempts: Iterable[Attempt]) -> bool:
    """Record that the signed-in user is about to see accommodations of these candidates' interviews.

    Returns whether something was recorded. Objects that were read before are then outdated.

    This takes its own transaction, because the interview must be locked before any attempt. Raises
    ReviewsThisInterviewError if the user reviews one of the interviews.
    """
    interview_ids = {attempt.invitation.interview_id for attempt in attempts}
    is_new = separation.has_access_to_note(db.session(), access.signed_in_user(), interview_ids)
    if is_new:
        with transaction() as session:
            separation.note_access(session, access.signed_in_user(), interview_ids, now=now())
    separation.require_not_reviewing(db.session(), access.signed_in_user(), *interview_ids)
    return is_new


def _decide(form: DecisionForm, request_id: str) -> None:
    session, sealer, reason = db.session(), get_sealer(), form.reason.data or ""
    user = access.signed_in_user()
    if form.decision.data == "decline":
        decisions.decline(session, request_id, reason, user=user, sealer=sealer, now=now())
        return
    given = _given(form.given.data) if form.decision.data == "otherwise" else None
    decisions.grant(session, request_id, given, reason, user=user, sealer=sealer, now=now())


def _given(typed: str) -> Given:
    try:
        return read_given(typed)
    except OutOfRangeError:
        raise InvalidInputError(_("That cannot be granted. Choose from the list.")) from None


def _candidate_page(attempt: Attempt) -> dict[str, object]:
    session = db.session()
    grants = services.grants_of(session, attempt.id)
    return {
        "attempt": attempt,
        "invitation": attempt.invitation,
        "interview": attempt.interview,
        "closing": closing_time(attempt.invitation),
        "grants": grants,
        "superseding_grants": services.superseding_grants(grants),
        "deciders": names_of_deciders(session, attempt.id),
        "requests": services.requests_of(session, attempt.id),
        "notices": notices.of_attempt(session, attempt.id),
        "sends_mail": bool(current_config().mail_url),
        "given_words": wording.given_words,
        "state_words": wording.state_words,
    }
