"""The video or sound of a question: given and taken away by coordinators, played by candidates."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.accounts.permissions import is_allowed
from app.captions import prompts
from app.captions.file_wording import words_for_file_error
from app.captions.files import read_file
from app.captions.forms import PromptForm
from app.captions.models import PromptMedia
from app.captions.problems import MAX_FILE_BYTES, CaptionFileError
from app.captions.prompts import Captions, NoPrompt
from app.clock import now
from app.errors import NotFound
from app.extensions import db
from app.interviews import manage_services
from app.interviews.models import Question
from app.recording import services as recording
from app.recording.in_use import questions_in_use
from app.recording.media_facts import Part
from app.recording.serving import StoredFile, file_response
from app.request_limits import takes_files
from app.storage import get_storage
from app.transaction import after_commit, end_reading, transaction

blueprint = Blueprint("prompts", __name__)
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
    with tempfile.TemporaryDirectory(prefix="fairtake-prompt-") as folder:
        part = _look_into(form, Path(folder))
        captions = _captions(form, part, language) if part else None
        if part is None or form.errors:
            return _page(manage_services.load_question(db.session(), interview_id, question_id), form)
        _save(interview_id, question_id, part, captions)
    return redirect(url_for("prompts.edit", interview_id=interview_id, question_id=question_id), 303)


@blueprint.post(f"{OF_QUESTION}/remove")
@requires("interviews.manage")
def remove(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Leave a question with its text alone."""
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        actor, used = access.signed_in_user(), _is_in_use(question)
        old = prompts.remove(session, question, is_in_use=used, actor=actor, now=now())
        after_commit(recording.delete_keys, get_storage(), old)
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
        prompts.find(session, question_id)
        if may_write
        else prompts.find_for_candidate(session, access.attempt_id(), question_id)
    )
    if found is None:
        raise NotFound()
    return found


def _look_into(form: PromptForm, folder: Path) -> Part | None:
    upload, made = folder / "upload", folder / "made"
    form.file.data.save(upload)
    made.mkdir()
    try:
        return prompts.look_into(upload, made)
    except NoPrompt as problem:
        form.file.errors = [str(problem)]
        return None


def _captions(form: PromptForm, part: Part, language: str) -> Captions | None:
    """Read the caption file; what is wrong with it, or that it is missing, is said at its field."""
    if not form.captions.data:
        if part.audio_codec is not None:
            form.captions.errors = [_("There is sound in this file, so it needs captions. Choose both files again.")]
        return None
    content = form.captions.data.stream.read(MAX_FILE_BYTES + 1)
    try:
        found = read_file(content, name=form.captions.data.filename or "", duration_ms=part.duration_ms)
    except CaptionFileError as error:
        form.captions.errors = [words_for_file_error(error)]
        return None
    if not found.cues:
        form.captions.errors = [_("There is no caption in this file. Choose another one.")]
        return None
    return Captions(found.cues, language)


def _save(interview_id: str, question_id: str, part: Part, captions: Captions | None) -> None:
    storage, key = get_storage(), prompts.key_for(question_id, part, now=now())
    storage.put_file(key, part.path)
    try:
        with transaction() as session:
            question = manage_services.load_question(session, interview_id, question_id, lock=True)
            old = prompts.save(
                session, question, part, captions, key=key, size=part.path.stat().st_size,
                is_in_use=_is_in_use(question), actor=access.signed_in_user(), now=now(),
            )  # fmt: skip
            after_commit(recording.delete_keys, storage, old)
    except BaseException:
        storage.delete(key)
        raise


def _is_in_use(question: Question) -> bool:
    return question.id in questions_in_use(db.session(), question.interview_id)


def _page(question: Question, form: PromptForm) -> ResponseReturnValue:
    prompt = prompts.find(db.session(), question.id)
    page = render_template(
        "manage/prompt.html",
        form=form,
        interview=question.interview,
        question=question,
        prompt=prompt,
        transcript=prompts.transcript(prompt),
        is_in_use=_is_in_use(question),
        minutes=prompts.LIMITS.duration_seconds // 60,
    )
    return page, 422 if form.errors else 200
