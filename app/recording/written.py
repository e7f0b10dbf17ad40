"""Written answers: saved while the candidate types, chosen like a take, and safe from overwriting by a second device."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit import Actor
from app.errors import ConflictError, GoneError, InvalidInputError
from app.interviews import services as interviews
from app.interviews.models import Attempt
from app.recording.answers import choose_text, find_answer
from app.recording.models import WrittenDraft
from app.recording.question_status import QuestionTask

MAX_TEXT_LENGTH = 20_000
"""Maximum number of characters in a written answer."""


class DraftConflictError(Exception):
    """Another device has saved a different text. `saved` is the draft with that text."""

    def __init__(self, saved: WrittenDraft):
        super().__init__()
        self.saved = saved


def find_draft(session: Session, attempt_id: str, question_id: str) -> WrittenDraft | None:
    """Return the draft for a question, or None."""
    return session.get(WrittenDraft, (attempt_id, question_id))


def save(
    session: Session, attempt: Attempt, task: QuestionTask, text: str, *, version: int, now: datetime
) -> WrittenDraft | None:
    """Save the draft for a question. Returns the draft, or None while there is no text.

    `version` is the version that was edited, or 0 for a new draft. Saving the same text again changes nothing. If the
    text is the chosen answer, the answer is updated too. The caller must have locked the attempt. Raises
    DraftConflictError if a different text was saved meanwhile, ConflictError and GoneError if nothing more can be
    answered, and InvalidInputError if the text is too long.
    """
    require_writable(attempt, task, now=now)
    text = "\n".join(text.splitlines())
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidInputError(
            _("Your text is longer than %(most)s characters. Shorten it; nothing is lost.", most=MAX_TEXT_LENGTH)
        )
    question_id = task.question.id
    draft = find_draft(session, attempt.id, question_id)
    if draft is not None and draft.text == text:
        return draft
    if version != (draft.version if draft else 0):
        raise DraftConflictError(
            draft or WrittenDraft(attempt_id=attempt.id, question_id=question_id, text="", version=0, saved_at=now)
        )
    if draft is None:
        if not text.strip():
            return None
        draft = WrittenDraft(attempt_id=attempt.id, question_id=question_id, version=0)
        session.add(draft)
    draft.text, draft.version, draft.saved_at = text, draft.version + 1, now
    session.flush()
    answer = find_answer(session, attempt.id, question_id)
    if answer is not None and answer.take_id is None:
        if text.strip():
            answer.text = text
        else:
            session.delete(answer)
        session.flush()
    return draft


def choose_written(session: Session, attempt: Attempt, task: QuestionTask, *, now: datetime) -> None:
    """Make the draft the answer to its question. Raises InvalidInputError if nothing is written."""
    if attempt.submitted_at is not None:
        raise _sent()
    draft = find_draft(session, attempt.id, task.question.id)
    if draft is None or not draft.text.strip():
        raise InvalidInputError(_("You have not written anything yet."))
    choose_text(session, attempt.id, task.question.id, draft.text, actor=Actor("candidate", attempt.id), now=now)


def require_writable(attempt: Attempt, task: QuestionTask, *, now: datetime) -> None:
    """Raise ConflictError or GoneError if nothing more can be written."""
    if attempt.submitted_at is not None:
        raise _sent()
    if attempt.consented_at is None:
        raise ConflictError(_("You have not agreed to this interview yet, so nothing can be recorded."))
    if not task.is_open:
        raise ConflictError(_("Answer the questions before this one first."), title=_("Not yet"))
    if not interviews.accepts_recording(attempt, now):
        raise GoneError(
            _("The deadline has passed, so you cannot give a new answer."),
            kept=_("Everything that you saved before is kept, and can still be sent."),
            next_step=_("Check your answers and send them."),
        )


def _sent() -> ConflictError:
    return ConflictError(_("Your answers have already been sent."), title=_("You have sent your answers"))
