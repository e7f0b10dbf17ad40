"""The video or sound of a question: given and taken away by coordinators, played by candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import temporary
from app.accounts import access
from app.accounts.access import requires
from app.accounts.permissions import is_allowed
from app.captions import question_media, question_media_drafts
from app.captions.carried import MAX_CARRIED_BYTES, CaptionFile, carried_file, carry
from app.captions.editing import write_time
from app.captions.file_wording import words_for_file_error, words_for_late, words_for_move, words_for_notes
from app.captions.files.offsets import late_cues, moved_earlier
from app.captions.files.problems import MAX_FILE_BYTES, CaptionFileError, CaptionProblem
from app.captions.files.reading import FromFile, read_file
from app.captions.files.timestamps import LATEST_MS
from app.captions.forms import PromptDraftForm, PromptForm
from app.captions.models import PromptMedia
from app.captions.question_media import Captions, NoPrompt, StoredPrompt
from app.clock import now
from app.errors import Invalid, NotFound
from app.extensions import db
from app.interviews import manage_services
from app.interviews.models import Question
from app.media.facts import Part
from app.recording import services as recording
from app.recording.in_use import questions_in_use
from app.recording.serving import StoredFile, file_response
from app.request_limits import takes_files
from app.saved import confirm
from app.storage import get_storage
from app.transaction import after_commit, end_reading, transaction

blueprint = Blueprint("prompts", __name__)
MAX_DIGITS = 9
"""Of a number of milliseconds by which captions are moved."""
OF_QUESTION = "/manage/interviews/<interview_id>/questions/<question_id>/prompt"


@blueprint.route(OF_QUESTION, methods=["GET", "POST"])
@requires("interviews.manage")
@takes_files()
def edit(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Show what a question has beside its text, and take a video or sound for it, with its captions."""
    question, form = manage_services.load_question(db.session(), interview_id, question_id), PromptForm()
    if not form.validate_on_submit():
        return _page(question, form)
    manage_services.require_unused(_is_in_use(question))
    language = question.spoken_language
    end_reading()
    with temporary.workspace(f"prompt-{question_id}") as folder:
        part = _look_into(form, folder)
        found = _captions(form, part, language) if part else None
        if part is None or form.errors:
            return _page(manage_services.load_question(db.session(), interview_id, question_id), form)
        stored = _store(question_id, part)
    if found is None:
        _save(interview_id, question_id, stored, None)
        return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)
    draft = PromptDraftForm(
        formdata=None, draft=question_media_drafts.seal(stored, question_id=question_id), moved_ms=0
    )
    file = CaptionFile(_bytes_of(form), form.captions.data.filename or "")
    return _preview(interview_id, question_id, draft, file, found, stored)


@blueprint.post(f"{OF_QUESTION}/captions")
@requires("interviews.manage")
def look_over(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Read the captions of an upload in other letters, move them all, or save the upload with them."""
    question, form = manage_services.load_question(db.session(), interview_id, question_id), PromptDraftForm()
    manage_services.require_unused(_is_in_use(question))
    if not form.validate_on_submit():
        raise Invalid(_("This form is not one of ours."))
    stored, file = question_media_drafts.unseal(str(form.draft.data), question_id=question_id), carried_file(form)
    language, (action, _dash, by) = question.spoken_language, request.form.get("do", "").partition("-")
    end_reading()
    if action == "move" and by.isascii() and by.isdigit() and len(by) < MAX_DIGITS:
        form.moved_ms.process_data(min(LATEST_MS, int(form.moved_ms.data or 0) + int(by)))
        form.moved_ms.raw_data = None  # what the page sent would be shown again
    try:
        found = _read(file, stored.duration_ms, language, str(form.encoding.data or ""), int(form.moved_ms.data or 0))
    except CaptionFileError as error:
        raise Invalid(words_for_file_error(error)) from error
    if action != "save" or late_cues(found.cues, stored.duration_ms):
        return _preview(interview_id, question_id, form, file, found, stored)
    _require_file(stored)
    _save(interview_id, question_id, stored, Captions(found.cues, language))
    return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)


@blueprint.post(f"{OF_QUESTION}/remove")
@requires("interviews.manage")
def remove(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Leave a question with its text alone."""
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        actor, used = access.signed_in_user(), _is_in_use(question)
        old = question_media.remove(session, question, is_in_use=used, actor=actor, now=now())
        after_commit(recording.delete_keys, get_storage(), old)
    confirm(_("Removed."))
    return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)


@blueprint.get("/prompts/<question_id>/media")
@requires("prompt.watch")
def media(question_id: str) -> ResponseReturnValue:
    """Give the file, by ranges, to a candidate of the interview or to a coordinator; 404 to all others."""
    prompt = _find(question_id)
    file = StoredFile(prompt.key, prompt.content_type, etag=Path(prompt.key).parts[-2], called=["question"])
    try:
        return file_response(get_storage(), file, request.environ)
    except FileNotFoundError:
        raise NotFound() from None


@blueprint.get("/prompts/<question_id>/captions.vtt")
@requires("prompt.watch")
def captions(question_id: str) -> ResponseReturnValue:
    """Give its captions as WebVTT."""
    prompt = _find(question_id)
    if prompt.captions is None:
        raise NotFound()
    return Response(
        prompt.captions, content_type="text/vtt; charset=utf-8", headers={"Cache-Control": "private, no-store"}
    )


def _find(question_id: str) -> PromptMedia:
    session = db.session()
    may_write = is_allowed(access.asker(), "interviews.manage")
    found = (
        question_media.find(session, question_id)
        if may_write
        else question_media.find_for_candidate(session, access.attempt_id(), question_id)
    )
    if found is None:
        raise NotFound()
    return found


def _look_into(form: PromptForm, folder: Path) -> Part | None:
    upload, made = folder / "upload", folder / "made"
    form.file.data.save(upload)
    made.mkdir()
    try:
        return question_media.look_into(upload, made)
    except NoPrompt as problem:
        form.file.errors = [str(problem)]
        return None


def _captions(form: PromptForm, part: Part, language: str) -> FromFile | None:
    """Read the caption file; what is wrong with it, or that it is missing, is said at its field."""
    if not form.captions.data:
        if part.audio_codec is not None:
            form.captions.errors = [_("There is sound in this file, so it needs captions. Choose both files again.")]
        return None
    file = CaptionFile(_bytes_of(form), form.captions.data.filename or "")
    try:
        found = _read(file, part.duration_ms, language)
    except CaptionFileError as error:
        form.captions.errors = [words_for_file_error(error)]
        return None
    late = late_cues(found.cues, part.duration_ms)
    if late and late.offset_ms is None:
        form.captions.errors = [words_for_late(late)]
    if len(file.content) > MAX_CARRIED_BYTES:
        form.captions.errors = [words_for_file_error(CaptionFileError(CaptionProblem.TOO_LARGE))]
    return found


def _bytes_of(form: PromptForm) -> bytes:
    form.captions.data.stream.seek(0)
    return bytes(form.captions.data.stream.read(MAX_FILE_BYTES + 1))


def _read(file: CaptionFile, duration_ms: int, language: str, encoding: str = "", moved_ms: int = 0) -> FromFile:
    found = read_file(file.content, name=file.name, duration_ms=duration_ms, language=language, encoding=encoding)
    return replace(found, cues=moved_earlier(found.cues, moved_ms)) if moved_ms else found


def _preview(
    interview_id: str, question_id: str, form: PromptDraftForm, file: CaptionFile, found: FromFile, stored: StoredPrompt
) -> ResponseReturnValue:
    """Show the captions as candidates would see them, before anything is saved; 422 while some are after the end."""
    carry(form, file, found)
    late = late_cues(found.cues, stored.duration_ms)
    question = manage_services.load_question(db.session(), interview_id, question_id)
    page = render_template(
        "manage/prompt_captions.html",
        form=form,
        errors=[(words_for_late(late), "#captions")] if late else [],
        interview=question.interview,
        question=question,
        cues=found.cues,
        is_guess=found.is_guess,
        repairs=words_for_notes(found.notes),
        late=late,
        words_for_move=words_for_move,
        write_time=write_time,
    )
    return page, 422 if late else 200


def _store(question_id: str, part: Part) -> StoredPrompt:
    key = question_media.key_for(question_id, part, now=now())
    size = part.path.stat().st_size
    get_storage().put_file(key, part.path)
    has_video, has_audio = part.video_codec is not None, part.audio_codec is not None
    return StoredPrompt(key, part.content_type, size, part.duration_ms, has_video, has_audio)


def _require_file(stored: StoredPrompt) -> None:
    """Raise Invalid where the file went meanwhile, because another one was saved in its place."""
    try:
        get_storage().size(stored.key)
    except FileNotFoundError:
        raise Invalid(_("The files that you chose are no longer here. Choose both again.")) from None


def _save(interview_id: str, question_id: str, stored: StoredPrompt, captions: Captions | None) -> None:
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


def _page(question: Question, form: PromptForm) -> ResponseReturnValue:
    prompt = question_media.find(db.session(), question.id)
    page = render_template(
        "manage/prompt.html",
        form=form,
        interview=question.interview,
        question=question,
        prompt=prompt,
        transcript=question_media.transcript(prompt),
        is_in_use=_is_in_use(question),
        minutes=question_media.LIMITS.duration_seconds // 60,
    )
    return page, 422 if form.errors else 200
