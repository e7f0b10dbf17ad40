"""Pages on which coordinators add and remove the video or sound of a question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import temporary
from app.accounts import access
from app.accounts.access import requires
from app.body_limits import takes_files
from app.captions import question_media, question_media_drafts, question_media_encoding
from app.captions.carried import MAX_CARRIED_BYTES, CaptionFile, carried_file, carry
from app.captions.clock import write_time
from app.captions.file_wording import words_for_file_error, words_for_late, words_for_move, words_for_notes
from app.captions.files.limits import MAX_FILE_BYTES
from app.captions.files.offsets import late_cues, moved_earlier
from app.captions.files.problems import CaptionFileError, CaptionProblem
from app.captions.files.reading import FileCaptions, read_file
from app.captions.files.timestamps import LATEST_MS
from app.captions.forms import QuestionMediaDraftForm, QuestionMediaForm
from app.captions.models import QuestionMediaEncoding
from app.captions.question_media import Captions, NoQuestionMediaError, StoredQuestionMedia
from app.captions.question_media_file_routes import captions, media, original
from app.captions.shaping.cues import Cue
from app.clock import now
from app.errors import InvalidInputError
from app.extensions import db
from app.interviews import manage_services
from app.interviews.models import Question
from app.media.sandbox import PreparedMedia
from app.recording import services as recording
from app.recording.in_use import questions_in_use
from app.saved import confirm
from app.storage import get_storage
from app.transaction import after_commit, end_reading, transaction

blueprint = Blueprint("prompts", __name__)
UPLOAD = "upload"
"""Name of the uploaded file while it is inspected."""
MAX_DIGITS = 9
"""An offset in milliseconds must have fewer digits than this."""
OF_QUESTION = "/manage/interviews/<interview_id>/questions/<question_id>/prompt"


@blueprint.route(OF_QUESTION, methods=["GET", "POST"])
@requires("interviews.manage")
@takes_files()
def edit(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Show the media of a question, or accept an uploaded video or sound with its captions."""
    question, form = manage_services.load_question(db.session(), interview_id, question_id), QuestionMediaForm()
    if not form.validate_on_submit():
        return _page(question, form)
    manage_services.require_unused(_is_in_use(question))
    language = question.spoken_language
    end_reading()
    with temporary.workspace(f"prompt-{question_id}") as folder:
        made = _look_into(form, folder)
        found = _captions(form, made, language) if made else None
        if made is None or form.errors:
            return _page(manage_services.load_question(db.session(), interview_id, question_id), form)
        stored = question_media.store(get_storage(), question_id, folder / UPLOAD, made, now=now())
    if found is None:
        _save(interview_id, question_id, stored, None)
        return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)
    draft = QuestionMediaDraftForm(
        formdata=None, draft=question_media_drafts.seal(stored, question_id=question_id), moved_ms=0
    )
    file = CaptionFile(_bytes_of(form), form.captions.data.filename or "")
    return _preview(interview_id, question_id, draft, file, found, stored)


@blueprint.post(f"{OF_QUESTION}/captions")
@requires("interviews.manage")
def look_over(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Change the encoding of uploaded captions, move all captions, or save them with the uploaded media."""
    question, form = manage_services.load_question(db.session(), interview_id, question_id), QuestionMediaDraftForm()
    manage_services.require_unused(_is_in_use(question))
    if not form.validate_on_submit():
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    stored, file = question_media_drafts.unseal(str(form.draft.data), question_id=question_id), carried_file(form)
    language, (action, _dash, by) = question.spoken_language, request.form.get("do", "").partition("-")
    end_reading()
    if action == "move" and by.isascii() and by.isdigit() and len(by) < MAX_DIGITS:
        form.moved_ms.process_data(min(LATEST_MS, int(form.moved_ms.data or 0) + int(by)))
        form.moved_ms.raw_data = None  # or the form would show the submitted value
    try:
        found = _read(file, stored.duration_ms, language, str(form.encoding.data or ""), int(form.moved_ms.data or 0))
    except CaptionFileError as error:
        raise InvalidInputError(words_for_file_error(error)) from error
    if action != "save" or late_cues(found.cues, stored.duration_ms):
        return _preview(interview_id, question_id, form, file, found, stored)
    if not _is_here(question_id, stored):
        return _preview(interview_id, question_id, form, file, found, stored, is_replaced=True)
    _save(interview_id, question_id, stored, Captions(found.cues, language))
    return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)


@blueprint.post(f"{OF_QUESTION}/remove")
@requires("interviews.manage")
def remove(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Remove the media of a question, so that only the text of the question is left."""
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        actor, used = access.signed_in_user(), _is_in_use(question)
        old = question_media.remove(session, question, is_in_use=used, actor=actor, now=now())
        after_commit(recording.delete_keys, get_storage(), old)
    confirm(_("Removed."))
    return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)


@blueprint.post(f"{OF_QUESTION}/coming/remove")
@requires("interviews.manage")
def remove_coming(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Discard new media that is being encoded or has failed. The question keeps the media that it shows."""
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        old = question_media.remove_encoding(session, question, actor=access.signed_in_user(), now=now())
        after_commit(recording.delete_keys, get_storage(), old)
    confirm(_("Removed."))
    return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)


def _look_into(form: QuestionMediaForm, folder: Path) -> PreparedMedia | None:
    upload, made = folder / UPLOAD, folder / "made"
    form.file.data.save(upload)
    made.mkdir()
    try:
        return question_media.inspect_file(upload, made)
    except NoQuestionMediaError as problem:
        form.file.errors = [str(problem)]
        return None


def _captions(form: QuestionMediaForm, made: PreparedMedia, language: str) -> FileCaptions | None:
    """Read the uploaded caption file. Errors, including a missing file, are added to the form field."""
    if not form.captions.data:
        if made.has_audio:
            form.captions.errors = [_("There is sound in this file, so it needs captions. Choose both files again.")]
        return None
    file = CaptionFile(_bytes_of(form), form.captions.data.filename or "")
    try:
        found = _read(file, made.duration_ms, language)
    except CaptionFileError as error:
        form.captions.errors = [words_for_file_error(error)]
        return None
    late = late_cues(found.cues, made.duration_ms)
    if late and late.offset_ms is None:
        form.captions.errors = [words_for_late(late)]
    if len(file.content) > MAX_CARRIED_BYTES:
        form.captions.errors = [words_for_file_error(CaptionFileError(CaptionProblem.TOO_LARGE))]
    return found


def _bytes_of(form: QuestionMediaForm) -> bytes:
    form.captions.data.stream.seek(0)
    return bytes(form.captions.data.stream.read(MAX_FILE_BYTES + 1))


def _read(file: CaptionFile, duration_ms: int, language: str, encoding: str = "", moved_ms: int = 0) -> FileCaptions:
    found = read_file(file.content, name=file.name, duration_ms=duration_ms, language=language, encoding=encoding)
    return replace(found, cues=moved_earlier(found.cues, moved_ms)) if moved_ms else found


def _preview(
    interview_id: str,
    question_id: str,
    form: QuestionMediaDraftForm,
    file: CaptionFile,
    found: FileCaptions,
    stored: StoredQuestionMedia,
    *,
    is_replaced: bool = False,
) -> ResponseReturnValue:
    """Show the captions as candidates would see them, before they are saved.

    The status is 422 if some captions begin after the end of the media, else 409 if `is_replaced`: the media was
    replaced or removed meanwhile, and the page also shows the captions that are saved now.
    """
    carry(form, file, found)
    late = late_cues(found.cues, stored.duration_ms)
    problems = [words_for_late(late)] if late else []
    if is_replaced:
        problems = [_("The video or sound of these captions was replaced or removed in the meantime.")]
    question = manage_services.load_question(db.session(), interview_id, question_id)
    page = render_template(
        "manage/prompt_captions.html",
        form=form,
        errors=[(problem, "#captions") for problem in problems],
        interview=question.interview,
        question=question,
        cues=found.cues,
        is_replaced=is_replaced,
        saved_cues=_saved_cues(question_id) if is_replaced else [],
        is_guess=found.is_guess,
        repairs=words_for_notes(found.notes),
        late=late,
        words_for_move=words_for_move,
        write_time=write_time,
    )
    return page, 422 if late else 409 if is_replaced else 200


def _saved_cues(question_id: str) -> list[Cue]:
    """Return the captions that were saved last: those of the media being encoded, or else of the media that is shown."""
    session = db.session()
    coming = question_media_encoding.find(session, question_id)
    return question_media.cues_of(coming or question_media.find(session, question_id))


def _is_here(question_id: str, stored: StoredQuestionMedia) -> bool:
    """Return whether an upload can be saved: its file is still stored, or it was already saved as the question's media."""
    session = db.session()
    is_saved = question_media.is_saved(session, question_id, stored.key)
    end_reading()
    try:
        return is_saved or get_storage().size(stored.key) > 0
    except FileNotFoundError:
        return False


def _save(interview_id: str, question_id: str, stored: StoredQuestionMedia, captions: Captions | None) -> None:
    storage = get_storage()
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        old = question_media.save(
            session,
            question,
            stored,
            captions,
            is_in_use=_is_in_use(question),
            actor=access.signed_in_user(),
            now=now(),
        )
        after_commit(recording.delete_keys, storage, old)


def _is_in_use(question: Question) -> bool:
    return question.id in questions_in_use(db.session(), question.interview_id)


def _page(question: Question, form: QuestionMediaForm) -> ResponseReturnValue:
    """Render the page. For HTMX, which polls during encoding, render only the part that changes."""
    is_partial = request.method == "GET" and "HX-Request" in request.headers
    media, coming = (
        question_media.find(db.session(), question.id),
        question_media_encoding.find(db.session(), question.id),
    )
    page = render_template(
        "manage/_question_media.html" if is_partial else "manage/prompt.html",
        form=form,
        interview=question.interview,
        question=question,
        media=media,
        coming=coming,
        is_partial=is_partial,
        is_coming=question_media_encoding.is_coming(coming),
        why_not=_why_not(coming),
        transcript=question_media.transcript(media),
        is_in_use=_is_in_use(question),
        minutes=question_media.LIMITS.duration_seconds // 60,
    )
    return page, 422 if form.errors else 200, {"Vary": "HX-Request"}


def _why_not(coming: QuestionMediaEncoding | None) -> str | None:
    """Return why the uploaded media could not be used, or None if it is still being encoded or nothing went wrong."""
    if coming is None or question_media_encoding.is_coming(coming):
        return None
    if coming.problem == question_media_encoding.IN_USE:
        return _(
            "A candidate answered this question before the file was ready. So the question has not changed, "
            "and is the same for everyone."
        )
    return question_media.words_for_failure(str(coming.problem))


blueprint.add_url_rule(f"{OF_QUESTION}/original/<int:number>", view_func=original)
blueprint.add_url_rule("/prompts/<question_id>/media", view_func=media)
blueprint.add_url_rule("/prompts/<question_id>/captions.vtt", view_func=captions)
