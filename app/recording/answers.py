"""What a candidate gives for a question: one of their takes, or what they wrote. It may be changed until it is sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.interviews.asked import asked_of
from app.interviews.models import Attempt
from app.recording.models import Answer, Take, WrittenDraft
from app.recording.outcomes import unreadable_takes


def choose(session: Session, take: Take, *, actor: Actor, now: datetime) -> Answer:
    """Make a take the answer to its question, in place of what was chosen before; the other takes stay."""
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
    """Make a text the answer to a question, in place of what was chosen before; takes and their media stay."""
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
    """Return what a candidate has written and not sent, by question."""
    return {
        draft.question_id: draft
        for draft in session.scalars(select(WrittenDraft).where(WrittenDraft.attempt_id == attempt_id))
    }


def finish_writing(session: Session, attempt_id: str, *, actor: Actor, now: datetime) -> int:
    """Before sending: where something is written and nothing was chosen, choose it; then drafts have done their work.

    Returns how many texts were chosen: sending loses nothing.
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
    """Keep with each answer the number and the words of its question as it is sent."""
    asked = {each.question_id: each for each in asked_of(attempt)}
    for answer in session.scalars(select(Answer).where(Answer.attempt_id == attempt.id)):
        if answer.question_id in asked:
            question = asked[answer.question_id]
            answer.asked_number, answer.asked_prompt = question.number, question.prompt
    session.flush()


def forget_empty_drafts(session: Session, question_id: str) -> None:
    """Delete what candidates wrote for a question and took back, so that the question can be removed."""
    session.execute(
        delete(WrittenDraft).where(WrittenDraft.question_id == question_id, func.trim(WrittenDraft.text) == "")
    )


def forget_drafts(session: Session, attempt_id: str) -> None:
    """Delete what an attempt has written and not chosen."""
    session.execute(delete(WrittenDraft).where(WrittenDraft.attempt_id == attempt_id))


def find_answer(session: Session, attempt_id: str, question_id: str) -> Answer | None:
    """Return what was chosen for a question so far."""
    return session.scalar(select(Answer).where(Answer.attempt_id == attempt_id, Answer.question_id == question_id))
