"""The questions of a candidate: the interview's current questions or, after sending, the questions at that moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.interviews.models import Attempt, Interview


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question as the candidate reads it. `language` is a BCP 47 tag."""

    question_id: str
    number: int
    prompt: str
    language: str
    answer_id: str | None = None
    """Id of the sent answer, if it was deleted later. The audit log still refers to it."""


def asked_of(attempt: Attempt) -> list[AskedQuestion]:
    """Return the questions of a candidate, in order. Questions added after sending are not included."""
    if attempt.asked is None:
        return asked_in(attempt.interview)
    return [AskedQuestion(**each) for each in attempt.asked]


def asked_in(interview: Interview) -> list[AskedQuestion]:
    """Return the current questions of an interview, in order."""
    return [AskedQuestion(each.id, each.position, each.prompt, each.spoken_language) for each in interview.questions]


def record_asked(attempt: Attempt) -> list[AskedQuestion]:
    """Store the questions with an attempt, so that later changes to the interview do not affect it. Returns them."""
    asked = asked_in(attempt.interview)
    attempt.asked = [asdict(each) for each in asked]
    return asked


def record_deleted_questions(attempt: Attempt, answers: Mapping[str, str]) -> None:
    """Store the ids of answers that are about to be deleted, by question id. Does nothing if the attempt was not sent."""
    if attempt.asked is not None:
        attempt.asked = [
            {**each, "answer_id": answers.get(each["question_id"], each["answer_id"])} for each in attempt.asked
        ]


def asked_before(session: Session, interview_id: str) -> Collection[str]:
    """Return the ids of all questions in attempts that were sent.

    Such questions are never removed, so the latest of these attempts contains all of them.
    """
    query = (
        select(Attempt.asked)
        .where(Attempt.interview_id == interview_id, Attempt.submitted_at.is_not(None), Attempt.asked.is_not(None))
        .order_by(Attempt.submitted_at.desc())
        .limit(1)
    )
    return {each["question_id"] for each in session.scalar(query) or ()}
