"""Answers to questions: a take or a written text for each question. They can be changed until the answers are sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.interviews.asked import asked_of
from app.interviews.models import Attempt
from app.recording.kept import count_again
from app.recording.models import Answer, Take, WrittenDraft
from app.recording.outcomes import unreadable_takes


def choose(session: Session, take: Take, *, actor: Actor, now: datetime) -> Answer:
    """Make a take the answer to its question, in place of any earlier choice. Other takes are kept."""
    answer = find_answer(session, take.attempt_id, take.question_id)
    if answer is not None and answer.take_id == take.id:
        return answer
    if answer is None:
        answer = Answer(attempt_id=take.attempt_id, question_id=take.question_id)
        session.add(answer)
    answer.take_id, answer.text, answer.chosen_at = take.id, None, now
    session.flush()
    record(
        session,
        AuditAction.ANSWER_CHOSEN,
        actor=actor,
        subject=("answer", answer.id),
        now=now,
        question=take.question_id,
        question_number=take.question.position,
        take=take.id,
    )
    return answer


def choose_text(
    session: Session, attempt_id: str, question_id: str, text: str, *, actor: Actor, now: datetime
) -> Answer:
    """Make a text the answer to a question, in place of any earlier choice. Takes and their media are kept."""
    answer = find_answer(session, attempt_id, question_id)
    was_text = answer is not None and answer.take_id is None
    if answer is None:
        answer = Answer(attempt_id=attempt_id, question_id=question_id)
        session.add(answer)
    answer.take_id, answer.text, answer.chosen_at = None, text, now
    session.flush()
    if not was_text:
        subject = ("answer", answer.id)
        record(
            session,
            AuditAction.ANSWER_CHOSEN,
            actor=actor,
            subject=subject,
            now=now,
            question=question_id,
            question_number=answer.question.position,
            take=None,
        )
    return answer


def drafts_of(session: Session, attempt_id: str) -> dict[str, WrittenDraft]:
    """Return the written drafts of an attempt, by question id."""
    return {
        draft.question_id: draft
        for draft in session.scalars(select(WrittenDraft).where(WrittenDraft.attempt_id == attempt_id))
    }


def finish_writing(session: Session, attempt_id: str, *, actor: Actor, now: datetime) -> int:
    """Choose the draft of each question that has no readable answer, then delete all drafts of the attempt.

    Returns the number of drafts chosen. Called before sending, so that no text is lost.
    """
    is_readable = Answer.take_id.is_(None) | Answer.take_id.not_in(unreadable_takes())
    answered = set(session.scalars(select(Answer.question_id).where(Answer.attempt_id == attempt_id, is_readable)))
    drafts = drafts_of(session, attempt_id)
    chosen = [draft for draft in drafts.values() if draft.text.strip() and draft.question_id not in answered]
    for draft in chosen:
        choose_text(session, attempt_id, draft.question_id, draft.text, actor=actor, now=now)
    forget_drafts(session, attempt_id)
    return len(chosen)


def record_questions(session: Session, attempt: Attempt) -> None:
    """Store the number and text of each question with its answer, as they are when the answers are sent."""
    asked = {each.question_id: each for each in asked_of(attempt)}
    for answer in session.scalars(select(Answer).where(Answer.attempt_id == attempt.id)):
        if answer.question_id in asked:
            question = asked[answer.question_id]
            answer.asked_number, answer.asked_prompt = question.number, question.prompt
    session.flush()


def forget_empty_drafts(session: Session, question_id: str) -> None:
    """Delete the empty drafts of a question. A question with drafts cannot be removed."""
    session.execute(
        delete(WrittenDraft).where(WrittenDraft.question_id == question_id, func.trim(WrittenDraft.text) == "")
    )


def forget_drafts(session: Session, attempt_id: str) -> None:
    """Delete all drafts of an attempt."""
    session.execute(delete(WrittenDraft).where(WrittenDraft.attempt_id == attempt_id))
    count_again(session, attempt_id)


def find_answer(session: Session, attempt_id: str, question_id: str) -> Answer | None:
    """Return the answer chosen for a question, or None."""
    return session.scalar(select(Answer).where(Answer.attempt_id == attempt_id, Answer.question_id == question_id))
