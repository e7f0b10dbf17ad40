"""Find the questions that may no longer change, because a candidate has answered them or was asked them."""

from __future__ import annotations

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.interviews.asked import asked_before
from app.interviews.models import Question
from app.recording.models import Answer, Take, WrittenDraft


def questions_in_use(session: Session, interview_id: str) -> set[str]:
    """Return the ids of questions that have answers, or that were asked in an attempt that was sent.

    Removed recordings count, because their rows and events remain. Unsent written drafts count too.
    """
    is_given = (
        exists().where(Take.question_id == Question.id)
        | exists().where(Answer.question_id == Question.id)
        | exists().where(WrittenDraft.question_id == Question.id, func.trim(WrittenDraft.text) != "")
    )
    given = select(Question.id).where(Question.interview_id == interview_id, is_given)
    return set(session.scalars(given)) | set(asked_before(session, interview_id))


def hold_question(session: Session, question_id: str) -> None:
    """Lock a question, so that no one changes or removes it before this transaction has added an answer.

    Raises NotFoundError if the question has just been removed.
    """
    query = select(Question.id).where(Question.id == question_id).with_for_update(read=True, key_share=True)
    if session.scalar(query) is None:
        raise NotFoundError()
