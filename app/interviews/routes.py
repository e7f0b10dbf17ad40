"""Candidates' pages: invitation, consent, preferences, task list, check of the answers, sending, receipt."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accommodations import carrying
from app.accommodations import services as accommodations
from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.captions import services as captions
from app.captions.models import CaptionTrack
from app.clock import now
from app.extensions import db
from app.i18n import LANGUAGES, choose_language
from app.interviews import rules, services
from app.interviews.current import current_attempt
from app.interviews.forms import PreferencesForm, SubmitForm
from app.interviews.models import Attempt, Invitation
from app.recording import services as recording
from app.recording.answers import finish_writing, record_questions
from app.recording.models import Take
from app.recording.question_page import uploads_data
from app.recording.question_status import QuestionTask, answers_of
from app.recording.wording import coming_words, no_captions_words, passed_over_words, unheard_words
from app.review.search import services as search
from app.storage import get_storage
from app.transaction import after_commit, transaction

blueprint = Blueprint("interview", __name__)


@blueprint.get("/i/<token>", strict_slashes=False)
@requires("public")
def invitation(token: str) -> ResponseReturnValue:
    """Show what is asked, by when, and what happens to the answers.

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
    return render_template("interviews/invitation.html", interview=found.interview, **page)


@blueprint.post("/i/<token>", strict_slashes=False)
@requires("public")
def open_invitation(token: str) -> ResponseReturnValue:
    """Exchange the link's token for a new session, and redirect to an address without the token.

    After sending, the session can only be used to upload the rest of the answers.
    """
    with transaction() as session:
        attempt = services.exchange_token(session, token, now=now())
        is_sent = attempt.submitted_at is not None
        if attempt.consent_version is None and not is_sent:
            carrying.carry_over(session, attempt, now=now())
        attempt_id = attempt.id
    access.open_attempt(attempt_id, is_returning=is_sent)
    return _go("interview.receipt" if is_sent else "interview.task_list")


@blueprint.route("/interview/consent", methods=["GET", "POST"])
@requires("interview.take_part")
def consent() -> ResponseReturnValue:
    """Ask for consent on a separate page. A POST gives consent."""
    if request.method == "POST":
        with transaction() as session:
            services.give_consent(session, current_attempt(lock=True), now=now(), language=_language_shown())
        return _go("interview.preferences")
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
    if missing := _missing_step(attempt):
        return _go(missing)
    form = PreferencesForm(data=rules.preferences_in_force(attempt.preferences))
    if not form.validate_on_submit():
        page = {"form": form, "interview": attempt.interview}
        return render_template("interviews/preferences.html", **page), 422 if form.errors else 200
    choices = {name: form[name].data for name in rules.PREFERENCES}
    with transaction() as session:
        services.save_preferences(session, current_attempt(lock=True), choices)
    return _go("recording.device_check")


@blueprint.get("/interview/")
@requires("interview.take_part")
def task_list() -> ResponseReturnValue:
    """Show every question with the state of its answer."""
    attempt = current_attempt()
    if missing := _missing_step(attempt):
        return _go(missing)
    page = {"closing": services.closing_time(attempt.invitation), "open": services.accepts_recording(attempt, now())}
    return render_template("interviews/task_list.html", **page, **_tasks(attempt))


@blueprint.get("/interview/check")
@requires("interview.take_part")
def check_answers() -> ResponseReturnValue:
    """Show the answers that will be sent."""
    attempt = current_attempt()
    if missing := _missing_step(attempt):
        return _go(missing)
    return render_template("interviews/check_answers.html", form=SubmitForm(), **_tasks(attempt))


@blueprint.post("/interview/submit")
@requires("interview.take_part")
def submit() -> ResponseReturnValue:
    """Send the answers. Takes that were not chosen are deleted, but their numbers remain in the log."""
    attempt = current_attempt()
    form = SubmitForm()
    if attempt.submitted_at is None and not form.validate_on_submit():
        return render_template("interviews/check_answers.html", form=form, **_tasks(attempt)), 422
    with transaction():
        attempt = current_attempt(lock=True)
        is_told = attempt.submitted_at is not None or _was_told(attempt, form.told.data or "")
        if is_told and attempt.submitted_at is None:
            _send(attempt)
    if not is_told:
        attempt = current_attempt()
        page = _tasks(attempt) | {"is_asked": True}
        return render_template("interviews/check_answers.html", form=form, **page), 409
    return _go("interview.receipt")


def _was_told(attempt: Attempt, told: str) -> bool:
    tasks = recording.task_list(db.session(), attempt)
    return rules.was_told(told, {task.asked.number: task.told for task in tasks})


def _coming(tasks: Sequence[QuestionTask]) -> dict[str, object]:
    """Return what has not arrived of the answers: as sentences, as a form value, and as data for scripts."""
    data: list[dict[str, str]] = []

    def add(take: Take, number: int, told: Sequence[int | None], words: str) -> None:
        data.append({"take": take.id, "told": rules.told_of(number, told), "words": words})

    for task in tasks:
        number = task.asked.number
        if task.coming and task.to_send:
            add(task.to_send, number, task.coming.told, coming_words(number, task.coming))
        if task.passed_over:
            add(task.passed_over, number, (None,), passed_over_words(number))
    told = " ".join(one["told"] for one in data)
    return {"coming_words": [one["words"] for one in data], "told": told, "coming_data": data}


@blueprint.get("/interview/receipt")
@requires("interview.deliver")
def receipt() -> ResponseReturnValue:
    """Show the reference of the receipt, the candidate's own copy, and what happens next.

    If the candidate opened the link of the invitation again after sending, there is no copy.
    """
    attempt = current_attempt()
    if attempt.submitted_at is None:
        return _go("interview.task_list")
    page = {"captions_words": _captions_words(attempt), "has_copy": access.current_principal().is_candidate}
    return render_template("interviews/receipt.html", **page, **_tasks(attempt))


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


def _missing_step(attempt: Attempt) -> str | None:
    return rules.missing_step(
        submitted=attempt.submitted_at is not None,
        declined=attempt.declined_at is not None,
        consent_version=attempt.consent_version,
    )


def _send(attempt: Attempt) -> None:
    session, time = db.session(), now()
    recording.lock_takes(session, attempt.id)
    recording.choose_newest_takes(session, attempt, now=time)
    finish_writing(session, attempt.id, actor=Actor("candidate", attempt.id), now=time)
    answers = sum(task.is_answered for task in recording.task_list(session, attempt))
    services.submit_attempt(session, attempt, answers=answers, now=time)
    record_questions(session, attempt)
    search.index_attempt(session, attempt.id)
    for take in recording.takes_not_chosen(session, attempt):
        captions.remove_tracks(session, take.id)
    after_commit(recording.delete_keys, get_storage(), recording.remove_takes_not_chosen(session, attempt, now=time))


def _minutes(invitation: Invitation) -> int:
    """Return the estimated minutes of the interview for this candidate, including their grants."""
    given = accommodations.given_to(db.session(), invitation.attempt.id) if invitation.attempt else []
    lengths = []
    for question in invitation.interview.questions:
        own = accommodations.limits_of(question, given)
        lengths.append((own.thinking_seconds, own.recording_seconds or question.recording_seconds))
    return rules.estimated_minutes(lengths)


def _tasks(attempt: Attempt) -> dict[str, object]:
    tasks = recording.task_list(db.session(), attempt)
    return {
        "attempt": attempt,
        "interview": attempt.interview,
        "tasks": tasks,
        "unheard_words": _unheard_words([task.to_send for task in tasks if task.to_send]),
        "recorder_uploads": uploads_data(attempt, [task.to_send for task in tasks if task.to_send]),
        **_coming(tasks),
    }


def _unheard_words(takes: list[Take]) -> dict[str, str | None]:
    """Return a message for each recording without speech that is or will be an answer, by question id."""
    unheard = captions.takes_without_speech(db.session(), [take.id for take in takes])
    return {take.question_id: unheard_words(take) for take in takes if take.id in unheard}


def _captions_words(attempt: Attempt) -> dict[str, str | None]:
    """Return why the captions of each chosen take cannot be downloaded, or None if they can, by take id."""
    chosen = [answer.take for answer in answers_of(db.session(), attempt.id) if answer.take]
    tracks = {take.id: captions.current_track(db.session(), take.id) for take in chosen}
    return {take.id: _why_no_captions(take, tracks[take.id]) for take in chosen}


def _why_no_captions(take: Take, track: CaptionTrack | None) -> str | None:
    is_withheld = track is not None and track.is_withheld
    return None if track and track.cues and not is_withheld else no_captions_words(take, is_withheld=is_withheld)


def _go(endpoint: str) -> ResponseReturnValue:
    return redirect(url_for(endpoint), 303)
