"""Routes for written answers: one page with a plain form, which also saves while the candidate types."""

from __future__ import annotations

from flask import Response, redirect
from flask.typing import ResponseReturnValue

from app.accounts import access
from app.accounts.access import requires
from app.clock import now
from app.errors import InvalidInputError
from app.extensions import db
from app.interviews.current import current_attempt
from app.partials import page_or_partial, wants_partial
from app.recording import services, written
from app.recording.forms import WrittenForm
from app.recording.in_use import hold_question
from app.recording.models import WrittenDraft
from app.recording.question_page import address_after_answering
from app.recording.question_status import QuestionTask
from app.recording.wording import written_kept_words
from app.saved import confirm
from app.transaction import transaction


@requires("interview.take_part")
def written_page(question_id: str) -> ResponseReturnValue:
    """Show the form with the draft that was saved before."""
    attempt = current_attempt()
    task = services.find_task(db.session(), attempt, question_id)
    written.require_writable(attempt, task, now=now())
    draft = written.find_draft(db.session(), attempt.id, question_id)
    form = WrittenForm(formdata=None, text=draft.text if draft else "", version=draft.version if draft else 0)
    return _page(task, form)


@requires("interview.take_part")
def save_written(question_id: str) -> ResponseReturnValue:
    """Save the draft, and make it the answer if the Keep button was pressed. HTMX requests get only the saving status."""
    form = WrittenForm()
    if not form.validate():
        return _refused(question_id, form)
    try:
        with transaction():
            _save(form, question_id)
    except written.DraftConflictError as overtaken:
        return _page(_task(question_id), form, other=overtaken.saved), 200 if wants_partial() else 409
    except InvalidInputError as problem:
        form.text.errors = [problem.message]
        return _refused(question_id, form)
    if form.keep.data:
        attempt = current_attempt()
        question = services.find_question(attempt, question_id)
        confirm(written_kept_words(question))
        return redirect(address_after_answering(db.session(), attempt, question), 303)
    return _page(_task(question_id), form, is_saved=True)


def _save(form: WrittenForm, question_id: str) -> None:
    session, attempt = db.session(), current_attempt(lock=True)
    task = services.find_task(session, attempt, question_id)
    hold_question(session, question_id)
    version = form.replace.data if form.replace.data is not None else form.version.data
    draft = written.save(session, attempt, task, form.text.data or "", version=version or 0, now=now())
    form.version.data = draft.version if draft else 0
    if form.keep.data:
        written.choose_written(session, attempt, task, now=now())


def _refused(question_id: str, form: WrittenForm) -> ResponseReturnValue:
    return _page(_task(question_id), form), 200 if wants_partial() else 422


def _page(
    task: QuestionTask, form: WrittenForm, *, other: WrittenDraft | None = None, is_saved: bool = False
) -> Response:
    values = {"task": task, "question": task.question, "form": form, "other": other, "is_saved": is_saved,
              "owner": access.attempt_id()}  # fmt: skip
    return page_or_partial("recording/written.html", "recording/_saved.html", **values)


def _task(question_id: str) -> QuestionTask:
    return services.find_task(db.session(), current_attempt(), question_id)
