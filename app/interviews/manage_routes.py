"""Coordinators' pages for interviews and their questions."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accounts import access
from app.accounts.access import requires
from app.accounts.permissions import is_allowed
from app.captions import question_media, question_media_encoding
from app.captions.speech.languages import whisper_name
from app.clock import now
from app.extensions import db
from app.i18n import language_name
from app.interviews import manage_services as services
from app.interviews.manage_forms import InterviewForm, QuestionForm, read_language_tags
from app.interviews.models import Interview, Question
from app.interviews.separation import CannotReviewError
from app.keyset import place_in
from app.recording import services as recording
from app.recording.answers import forget_empty_drafts
from app.recording.in_use import questions_in_use
from app.saved import confirm
from app.storage import get_storage
from app.transaction import after_commit, transaction

blueprint = Blueprint("manage", __name__, url_prefix="/manage")

STEPS = {"earlier": -1, "later": 1}


@blueprint.get("/")
@requires("interviews.manage")
def interviews() -> ResponseReturnValue:
    """Show all interviews."""
    return render_template(
        "manage/interviews.html", page=services.list_interviews(db.session(), place_in(request.args))
    )


@blueprint.route("/interviews/new", methods=["GET", "POST"])
@requires("interviews.manage")
def new_interview() -> ResponseReturnValue:
    """Create an interview as a draft."""
    form = _interview_form(None)
    if not form.validate_on_submit():
        return _form_page("manage/interview_form.html", form, interview=None)
    try:
        with transaction() as session:
            details, actor = _details(form), access.signed_in_user()
            interview = services.create_interview(session, details, actor=actor, now=now())
            address = url_for("manage.interview", interview_id=interview.id)
    except CannotReviewError as problem:
        return _refuse_reviewers(form, problem, None)
    _warn_of_unknown(details.language, *details.answer_languages)
    return redirect(address, 303)


@blueprint.get("/interviews/<interview_id>")
@requires("interviews.manage")
def interview(interview_id: str) -> ResponseReturnValue:
    """Show an interview: its questions, its state, and the next actions."""
    return _interview_page(interview_id)


@blueprint.route("/interviews/<interview_id>/change", methods=["GET", "POST"])
@requires("interviews.manage")
def change_interview(interview_id: str) -> ResponseReturnValue:
    """Change the title, introduction, deadline, retention and reviewers of an interview."""
    interview = services.load_interview(db.session(), interview_id)
    form = _interview_form(interview)
    if not form.validate_on_submit():
        return _form_page("manage/interview_form.html", form, interview=interview)
    try:
        with transaction() as session:
            interview = services.load_interview(session, interview_id, lock=True)
            details, actor = _details(form), access.signed_in_user()
            services.change_interview(session, interview, details, actor=actor, now=now())
    except CannotReviewError as problem:
        return _refuse_reviewers(form, problem, services.load_interview(db.session(), interview_id))
    _warn_of_unknown(details.language, *details.answer_languages)
    return _back_to(interview_id)


@blueprint.post("/interviews/<interview_id>/open")
@requires("interviews.manage")
def open_interview(interview_id: str) -> ResponseReturnValue:
    """Open the interview, so that candidates can be invited."""
    with transaction() as session:
        interview = services.load_interview(session, interview_id, lock=True)
        question_media_encoding.require_none_coming(session, interview)
        services.open_interview(session, interview, actor=access.signed_in_user(), now=now())
    confirm(_("The interview is open."))
    return _back_to(interview_id)


@blueprint.post("/interviews/<interview_id>/close")
@requires("interviews.manage")
def close_interview(interview_id: str) -> ResponseReturnValue:
    """Close the interview, so that no new candidate can start."""
    with transaction() as session:
        interview = services.load_interview(session, interview_id)
        services.close_interview(session, interview, actor=access.signed_in_user(), now=now())
    confirm(_("The interview is closed."))
    return _back_to(interview_id)


@blueprint.route("/interviews/<interview_id>/questions/new", methods=["GET", "POST"])
@requires("interviews.manage")
def new_question(interview_id: str) -> ResponseReturnValue:
    """Add a question to an interview."""
    interview = services.load_interview(db.session(), interview_id)
    form = QuestionForm.of(None)
    if not form.validate_on_submit():
        return _form_page("manage/question_form.html", form, interview=interview, question=None)
    with transaction() as session:
        interview = services.load_interview(session, interview_id, lock=True)
        details, actor = _question_details(form), access.signed_in_user()
        services.add_question(session, interview, details, actor=actor, now=now())
    _warn_of_unknown(details.language)
    return _back_to(interview_id)


@blueprint.route("/interviews/<interview_id>/questions/<question_id>", methods=["GET", "POST"])
@requires("interviews.manage")
def change_question(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Change a question that has no answers yet."""
    question = services.load_question(db.session(), interview_id, question_id)
    form = QuestionForm.of(question)
    if not form.validate_on_submit():
        page = {
            "interview": question.interview,
            "question": question,
            "is_in_use": _is_in_use(interview_id, question_id),
        }
        return _form_page("manage/question_form.html", form, **page)
    with transaction() as session:
        question = services.load_question(session, interview_id, question_id, lock=True)
        details, used = _question_details(form), _is_in_use(interview_id, question_id)
        services.change_question(session, question, details, is_in_use=used, actor=access.signed_in_user(), now=now())
    _warn_of_unknown(details.language)
    return _back_to(interview_id)


@blueprint.route("/interviews/<interview_id>/questions/<question_id>/remove", methods=["GET", "POST"])
@requires("interviews.manage")
def remove_question(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Remove a question that has no answers yet, after a confirmation."""
    if request.method != "POST":
        question = services.load_question(db.session(), interview_id, question_id)
        services.require_unused(_is_in_use(interview_id, question_id))
        return _removal_page(question)
    with transaction() as session:
        services.load_interview(session, interview_id, lock=True)
        question = services.load_question(session, interview_id, question_id, lock=True)
        used, actor = _is_in_use(interview_id, question_id), access.signed_in_user()
        old = question_media.remove(session, question, is_in_use=used, actor=actor, now=now())
        forget_empty_drafts(session, question_id)
        services.remove_question(session, question, is_in_use=used, actor=actor, now=now())
        after_commit(recording.delete_keys, get_storage(), old)
    confirm(_("The question is removed."))
    return _back_to(interview_id)


@blueprint.post("/interviews/<interview_id>/questions/<question_id>/move")
@requires("interviews.manage")
def move_question(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Move a question one place earlier or later."""
    steps = STEPS.get(request.form.get("direction", ""))
    if steps is None:
        abort(400)
    with transaction() as session:
        services.load_interview(session, interview_id, lock=True)
        question = services.load_question(session, interview_id, question_id)
        services.move_question(session, question, steps, actor=access.signed_in_user(), now=now())
    return _back_to(interview_id, f"question-{question_id}")


def _interview_page(interview_id: str) -> str:
    session = db.session()
    page = {
        "interview": services.load_interview(session, interview_id),
        "may_decide": is_allowed(access.current_principal(), "accommodations.decide"),
        "used": questions_in_use(session, interview_id),
        "encodings": question_media_encoding.of_interview(session, interview_id),
    }
    return render_template("manage/interview.html", **page)


def _removal_page(question: Question) -> str:
    return render_template(
        "manage/confirm.html",
        interview=question.interview,
        title=_("Remove question %(number)s?", number=question.position),
        consequences=question.prompt,
        action=_("Remove the question"),
        back=url_for("manage.interview", interview_id=question.interview_id, _anchor="questions"),
    )


def _interview_form(interview: Interview | None) -> InterviewForm:
    form = InterviewForm.of(interview, now=now())
    form.reviewers.choices = [SelectChoice(user.id, user.name) for user in services.possible_reviewers(db.session())]
    return form


def _refuse_reviewers(
    form: InterviewForm, problem: CannotReviewError, interview: Interview | None
) -> ResponseReturnValue:
    form.reviewers.errors = [f"{problem.message} {problem.next_step}"]
    return _form_page("manage/interview_form.html", form, interview=interview)


def _form_page(template: str, form: InterviewForm | QuestionForm, **page: object) -> ResponseReturnValue:
    return render_template(template, form=form, **page), 422 if form.errors else 200


def _details(form: InterviewForm) -> services.InterviewDetails:
    return services.InterviewDetails(
        title=form.title.data,
        introduction=form.introduction.data or "",
        deadline_at=form.moment(),
        time_zone=form.zone(),
        retention_days=cast(int, form.retention_days.data),
        any_order=form.any_order.data,
        language=form.language.data,
        answer_languages=read_language_tags(form.answer_languages.data or ""),
        vocabulary=form.vocabulary.data or "",
        reviewer_ids=form.reviewers.data or (),
    )


def _question_details(form: QuestionForm) -> services.QuestionDetails:
    return services.QuestionDetails(
        prompt=form.prompt.data,
        thinking_seconds=form.thinking_seconds.data,
        recording_seconds=form.recording_seconds.data,
        retakes=form.retakes.data,
        language=form.language.data or None,
    )


def _is_in_use(interview_id: str, question_id: str) -> bool:
    return question_id in questions_in_use(db.session(), interview_id)


def _back_to(interview_id: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("manage.interview", interview_id=interview_id, _anchor=anchor), 303)


def _warn_of_unknown(*languages: str | None) -> None:
    """Warn the coordinator, after saving, about languages that Whisper does not know."""
    unknown = dict.fromkeys(language_name(tag) for tag in languages if tag and whisper_name(tag) is None)
    if unknown:
        words = _(
            "Saved. The speech model does not know this language: %(languages)s. "
            "Automatic captions of such answers will be wrong. Reviewers can replace them with a caption file.",
            languages=", ".join(unknown),
        )
        confirm(words)
