"""What a candidate is asked: the questions as the interview has them, and once they have sent, as they were at that moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.interviews.models import Attempt, Interview, Invitation


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is put to a candidate. `language` is BCP 47."""

    question_id: str
    number: int
    prompt: str
    language: str
    answer_id: str | None = None
    """The answer that was sent for it and has been deleted since: the log still has what was done with it."""


def asked_of(attempt: Attempt) -> list[Asked]:
    """Return what a candidate is asked, in order. A question that was added after they sent is not among it."""
    if attempt.asked is None:
        return asked_in(attempt.interview)
    return [Asked(**each) for each in attempt.asked]


def asked_in(interview: Interview) -> list[Asked]:
    """Return what an interview asks now, in order."""
    return [Asked(each.id, each.position, each.prompt, each.spoken_language) for each in interview.questions]


def write_down_asked(attempt: Attempt) -> list[Asked]:
    """Keep with an attempt what it was asked, whatever becomes of the interview. Returns it."""
    asked = asked_in(attempt.interview)
    attempt.asked = [asdict(each) for each in asked]
    return asked


def write_down_deleted(attempt: Attempt, answers: Mapping[str, str]) -> None:
    """Keep the ids of answers that are about to be deleted, by question. Nothing is kept of an attempt that was not sent."""
    if attempt.asked is not None:
        attempt.asked = [
            {**each, "answer_id": answers.get(each["question_id"], each["answer_id"])} for each in attempt.asked
        ]


def asked_before(session: Session, interview_id: str) -> Collection[str]:
    """Return the ids of the questions that were put to candidates who have sent.

    Such a question is never removed, so the newest of these candidates was asked all of them.
    """
    query = (
        select(Attempt.asked)
        .join(Attempt.invitation)
        .where(Invitation.interview_id == interview_id, Attempt.submitted_at.is_not(None), Attempt.asked.is_not(None))
        .order_by(Attempt.submitted_at.desc())
        .limit(1)
    )
    return {each["question_id"] for each in session.scalar(query) or ()}
