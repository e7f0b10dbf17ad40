"""Candidates' pages before and after the questions: invitation and consent, preferences, help, leaving."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accommodations import carrying
from app.accommodations import services as accommodations
from app.accounts import access
from app.accounts.access import requires
from app.clock import now
from app.extensions import db
from app.i18n import LANGUAGES, choose_language
from app.interviews import rules, services
from app.interviews.current import current_attempt, missing_step
from app.interviews.forms import PreferencesForm
from app.interviews.models import Attempt, Invitation
from app.interviews.question_list_routes import check_answers, receipt, submit, task_list
from app.recording import services as recording
from app.saved import confirm
from app.transaction import transaction

blueprint = Blueprint("interview", __name__)


@blueprint.get("/i/<token>", strict_slashes=False)
@requires("public")
def invitation(token: str) -> ResponseReturnValue:
    """Show what is asked, by when, and what happens to the answers, and ask for consent unless it was given.

    Opening the link changes nothing, because mail scanners open it too.
    """
    found = services.find_invitation(db.session(), token)
    attempt = found.attempt
    if attempt is not None and attempt.submitted_at is not None and attempt.id == access.attempt_id():
        return redirect(url_for("interview.receipt"))
    services.require_open(found, now())
    if attempt is not None and attempt.submitted_at is not None:
        sent = {"token": token, "attempt": attempt, "open_takes": recording.open_answers(db.session(), attempt.id)}
        return render_template("interviews/sent.html", **sent), services.InvitationClosedError.status
    page = {"token": token, "invitation": found, "closing": services.closing_time(found), "begun": attempt is not None}
    page |= {"minutes": _minutes(found), "days": current_app.permanent_session_lifetime.days}
    page |= {"asks_consent": attempt is None or rules.needs_consent(attempt.consent_version)}
    page |= {"declined": attempt is not None and attempt.declined_at is not None, "version": rules.CONSENT_VERSION}
    return render_template("interviews/invitation.html", interview=found.interview, **page)


@blueprint.post("/i/<token>", strict_slashes=False)
@requires("public")
def open_invitation(token: str) -> ResponseReturnValue:
    """Exchange the link's token for a new session, and redirect to an address without the token.

    Records in the same transaction whether the candidate agrees to be recorded, if the button says so. After sending, the
    session can only be used to upload the rest of the answers.
    """
    with transaction() as session:
        attempt = services.exchange_token(session, token, now=now())
        is_sent = attempt.submitted_at is not None
        if not is_sent:
            _decide(attempt, request.form.get("decision"))
        attempt_id = attempt.id
    access.open_attempt(attempt_id, is_returning=is_sent)
    return _go("interview.receipt" if is_sent else "interview.task_list")


def _decide(attempt: Attempt, decision: str | None) -> None:
    """Record the candidate's decision. Accommodations of earlier interviews are carried over before the first one."""
    session, time = db.session(), now()
    if attempt.consent_version is None:
        carrying.carry_over(session, attempt, now=time)
    if decision not in ("agree", "refuse"):
        return
    attempt = services.load_attempt(session, attempt.id, time, lock=True)
    if decision == "agree":
        services.give_consent(session, attempt, now=time, language=_language_shown())
    else:
        services.refuse_consent(session, attempt, now=time)


@blueprint.route("/interview/consent", methods=["GET", "POST"])
@requires("interview.take_part")
def consent() -> ResponseReturnValue:
    """Show the consent text again, and ask for consent if it was not given to this version. A POST gives consent."""
    if request.method == "POST":
        with transaction() as session:
            services.give_consent(session, current_attempt(lock=True), now=now(), language=_language_shown())
        return _go("interview.task_list")
    attempt = current_attempt()
    if attempt.submitted_at is not None:
        return _go("interview.receipt")
    agreed = None if rules.needs_consent(attempt.consent_version) else rules.consent_text(attempt.consent_version or "")
    page = {"agreed": bool(agreed), "version": agreed or rules.CONSENT_VERSION, "interview": attempt.interview}
    return render_template("interviews/consent.html", **page)


@blueprint.post("/interview/consent/refuse")
@requires("interview.take_part")
def refuse_consent() -> ResponseReturnValue:
    """Record that the candidate refused consent."""
    with transaction() as session:
        services.refuse_consent(session, current_attempt(lock=True), now=now())
    return _go("interview.declined")


@blueprint.get("/interview/declined")
@requires("interview.take_part")
def declined() -> ResponseReturnValue:
    """Show how to be interviewed by a person instead, and how to change the decision."""
    attempt = current_attempt()
    if attempt.declined_at is None:
        return _go("interview.task_list")
    return render_template("interviews/declined.html", attempt=attempt, interview=attempt.interview)


@blueprint.route("/interview/preferences", methods=["GET", "POST"])
@requires("interview.take_part")
def preferences() -> ResponseReturnValue:
    """Ask for the candidate's display, sound and timing preferences."""
    attempt = current_attempt()
    if missing := missing_step(attempt):
        return _go(missing)
    form = PreferencesForm(data=rules.preferences_in_force(attempt.preferences))
    if not form.validate_on_submit():
        page = {"form": form, "interview": attempt.interview}
        return render_template("interviews/preferences.html", **page), 422 if form.errors else 200
    choices = {name: form[name].data for name in rules.PREFERENCES}
    with transaction() as session:
        services.save_preferences(session, current_attempt(lock=True), choices)
    confirm(_("Your settings are saved."))
    return _go("interview.task_list")


@blueprint.get("/interview/help")
@requires("public")
def help_page() -> ResponseReturnValue:
    """Show how to get help or an accommodation. Public."""
    return render_template("interviews/help.html", is_candidate=access.current_principal().is_candidate)


@blueprint.post("/interview/leave")
@requires("interview.deliver")
def leave() -> ResponseReturnValue:
    """Sign the candidate out in this browser. All recordings are kept."""
    with transaction() as session:
        access.leave(session)
    return _go("interview.left")


@blueprint.get("/interview/left")
@requires("public")
def left() -> ResponseReturnValue:
    """Show how to return to the interview."""
    return render_template("interviews/left.html")


def _language_shown() -> str:
    """Return the language of the form's text. The person may have chosen another language since the form was shown."""
    shown = request.form.get("shown")
    return shown if shown in LANGUAGES else choose_language()


def _minutes(invitation: Invitation) -> int:
    """Return the estimated minutes of the interview for this candidate, including their grants."""
    given = accommodations.given_to(db.session(), invitation.attempt.id) if invitation.attempt else []
    lengths = []
    for question in invitation.interview.questions:
        own = accommodations.limits_of(question, given)
        lengths.append((own.thinking_seconds, own.recording_seconds or question.recording_seconds))
    return rules.estimated_minutes(lengths)


def _go(endpoint: str) -> ResponseReturnValue:
    return redirect(url_for(endpoint), 303)


blueprint.add_url_rule("/interview/", view_func=task_list)
blueprint.add_url_rule("/interview/check", view_func=check_answers)
blueprint.add_url_rule("/interview/submit", view_func=submit, methods=["POST"])
blueprint.add_url_rule("/interview/receipt", view_func=receipt)
