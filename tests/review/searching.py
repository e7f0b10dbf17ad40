"""Run a search, and read its results."""

from __future__ import annotations

from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.recording.models import Answer
from app.review.search import services as search
from app.review.search.query import parse_query
from app.review.search.services import SearchPage


def found(typed: str, *interviews: Interview | str, **options: int) -> SearchPage:
    """Search some interviews, given as rows or ids."""
    there = [each if isinstance(each, Interview) else db.session.get_one(Interview, each) for each in interviews]
    result = search.search_answers(db.session(), parse_query(typed), interviews=there, **options)
    db.session.rollback()
    return result


def answer_ids(found: SearchPage) -> list[str]:
    """Return the ids of the answers that were found."""
    return [answer.answer_id for answer in found.answers]


def interview_of(answer: Answer) -> str:
    """Return the id of the interview of an answer."""
    return db.session.get_one(Attempt, answer.attempt_id).interview.id
