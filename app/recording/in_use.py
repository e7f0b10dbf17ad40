"""Which questions of an interview stay as they are: those that a candidate has answered, in whatever form, or was asked."""

from __future__ import annotations

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.interviews.asked import asked_before
from app.interviews.models import Question
from app.recording.models import Answer, Take, WrittenDraft


def questions_in_use(session: Session, interview_id: str) -> set[str]:
    """Return the questions of an interview that candidates have answered, and those asked of anybody who has sent.

    A recording counts, a removed one too, because its row and its events stay; so does what is written and not sent.
    """
    ours = select(Question.id).where(Question.interview_id == interview_id)
    given = union(
        select(Take.question_id).where(Take.question_id.in_(ours)),
        select(Answer.question_id).where(Answer.question_id.in_(ours)),
        select(WrittenDraft.question_id).where(WrittenDraft.question_id.in_(ours), func.trim(WrittenDraft.text) != ""),
    )
    return set(session.scalars(given)) | set(asked_before(session, interview_id))


def hold_question(session: Session, question_id: str) -> None:
    """Let no coordinator change or remove a question until this transaction has answered it.

    Raises NotFoundError if it was removed a moment ago.
    """
    query = select(Question.id).where(Question.id == question_id).with_for_update(read=True, key_share=True)
    if session.scalar(query) is None:
        raise NotFoundError()
