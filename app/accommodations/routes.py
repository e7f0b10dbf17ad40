"""The candidate's page of accommodations: grants, requests, and the form for new requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accommodations import carrying, services, standards, wording
from app.accommodations.forms import AskForm
from app.accommodations.models import AccommodationRequest
from app.accommodations.offers import Offers
from app.accommodations.rules import Given, Policy
from app.accommodations.usual import problem_with, read_wishes, usual_of
from app.accounts import access
from app.accounts.access import requires
from app.clock import now
from app.errors import ConflictError, InvalidInputError
from app.extensions import db
from app.interviews import services as interviews
from app.interviews.current import current_attempt
from app.interviews.models import Attempt
from app.saved import confirm
from app.sealing import get_sealer
from app.transaction import transaction

blueprint = Blueprint("accommodations", __name__)


@blueprint.route("/interview/accommodations", methods=["GET", "POST"])
@requires("interview.take_part")
def own() -> ResponseReturnValue:
    """Show the candidate's grants and requests (GET), or save new requests (POST)."""
    attempt = current_attempt()
    form = AskForm.under(_policy_of(attempt), _offers_of(attempt), carry=services.wants_to_carry(attempt))
    if not form.validate_on_submit():
        return render_template("accommodations/own.html", form=form, **_page(attempt)), 422 if form.errors else 200
    try:
        with transaction() as session:
            attempt = current_attempt(lock=True)
            carrying.set_carrying(session, attempt, form.carry.data)
            _ask(attempt, form.wishes(), form.words.data or "")
    except ConflictError as conflict:
        page = {"form": form, "conflict": conflict, **_page(current_attempt())}
        return render_template("accommodations/own.html", **page), conflict.status
    return _back()


@blueprint.post("/interview/accommodations/usual")
@requires("interview.take_part")
def usual() -> ResponseReturnValue:
    """Get or request one of the usual accommodations, which have a button each."""
    typed = request.form.get("usual", "")
    with transaction():
        attempt = current_attempt(lock=True)
        if problem := problem_with(_offers_of(attempt), typed):
            raise InvalidInputError(problem)
        _ask(attempt, read_wishes(typed), "")
    return _back()


@blueprint.post("/interview/accommodations/requests/<request_id>/withdraw")
@requires("interview.take_part")
def withdraw(request_id: str) -> ResponseReturnValue:
    """Withdraw a request."""
    with transaction() as session:
        services.withdraw(session, current_attempt(lock=True), request_id, now=now())
    confirm(_("Your request was withdrawn."))
    return _back()


@blueprint.post("/interview/accommodations/grants/<grant_id>/give-back")
@requires("interview.take_part")
def give_back(grant_id: str) -> ResponseReturnValue:
    """End a grant that the candidate no longer wants."""
    with transaction() as session:
        services.give_back(session, current_attempt(lock=True), grant_id, now=now())
    confirm(_("Removed."))
    return _back()


@blueprint.app_context_processor
def _line() -> dict[str, Any]:
    return {"accommodation_line": accommodation_line}


def accommodation_line() -> str:
    """Return the line about accommodations for the candidate's pages. Only the layout template calls this."""
    attempt_id = access.attempt_id() if access.current_principal().is_candidate else None
    session = db.session()
    attempt = session.get(Attempt, attempt_id) if attempt_id else None
    if attempt is None:
        return ""
    is_paused = attempt.waiting_since is not None and attempt.submitted_at is None
    requests, grants = services.requests_of(session, attempt.id), services.grants_of(session, attempt.id)
    return wording.line_words(requests, grants, is_paused=is_paused)


def _policy_of(attempt: Attempt) -> Policy:
    return services.policy_of(db.session(), attempt.interview.id)


def _offers_of(attempt: Attempt) -> Offers:
    return Offers(standards.kinds_for(attempt), services.given_to(db.session(), attempt.id))


def _ask(attempt: Attempt, wishes: Sequence[Given], words: str) -> None:
    """Save wishes, and say on the next page what is now in force and what was requested."""
    session = db.session()
    had, waited = services.given_to(session, attempt.id), _waiting(attempt)
    services.ask(session, attempt, wishes, words, sealer=get_sealer(), now=now())
    given = [one for one in services.given_to(session, attempt.id) if one not in had]
    asked = [one for one in _waiting(attempt) if one not in waited]
    confirm(wording.saved_words(given, asked))


def _waiting(attempt: Attempt) -> list[Given]:
    return [one.wish for one in services.requests_of(db.session(), attempt.id) if one.is_open]


def _page(attempt: Attempt) -> dict[str, object]:
    session = db.session()
    grants = services.grants_of(session, attempt.id)
    return {
        "usual": usual_of(_offers_of(attempt), _policy_of(attempt), _waiting(attempt)),
        "attempt": attempt,
        "interview": attempt.interview,
        "closing": interviews.closing_time(attempt.invitation),
        "grants": grants,
        "superseding_grants": services.superseding_grants(grants),
        "requests": services.requests_of(session, attempt.id),
        "given_words": wording.given_words,
        "state_words": wording.state_words,
        "reason_of": _reason,
    }


def _reason(request: AccommodationRequest) -> str | None:
    return get_sealer().read(request.sealed_reason)


def _back() -> ResponseReturnValue:
    return redirect(url_for("accommodations.own"), 303)
