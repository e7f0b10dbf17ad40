"""What a candidate gives for a question: one of their takes. It may be changed until it is sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Actor, AuditAction, record
from app.recording.models import Answer, Take


def choose(session: Session, take: Take, *, actor: Actor, now: datetime) -> Answer:
    """Make a take the answer to its question, in place of what was chosen before; the other takes stay."""
    answer = find_answer(session, take.attempt_id, take.question_id)
    if answer is not None and answer.take_id == take.id:
        return answer
    if answer is None:
        answer = Answer(attempt_id=take.attempt_id, question_id=take.question_id)
        session.add(answer)
    answer.take_id, answer.chosen_at = take.id, now
    session.flush()
    record(
        session,
        AuditAction.ANSWER_CHOSEN,
        actor=actor,
        subject=("answer", answer.id),
        now=now,
        question=take.question_id,
        take=take.id,
    )
    return answer


def find_answer(session: Session, attempt_id: str, question_id: str) -> Answer | None:
    """Return what was chosen for a question so far."""
    return session.scalar(select(Answer).where(Answer.attempt_id == attempt_id, Answer.question_id == question_id))
