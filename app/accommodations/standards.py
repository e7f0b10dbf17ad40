"""The standard limits of questions, and the kinds of accommodation that can change them."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations import rules
from app.accommodations.rules import Given, Kind, Limits
from app.accommodations.wording import nothing_to_add_words
from app.errors import ConflictError
from app.interviews.models import Attempt, Interview, Invitation, Question
from app.interviews.services import closing_time


def standard_of(question: Question) -> Limits:
    """Return the standard limits of a question."""
    return Limits(question.recording_seconds, question.thinking_seconds, question.retakes)


def kinds_for(attempt: Attempt) -> frozenset[Kind]:
    """Return the kinds of accommodation that would have an effect for this candidate."""
    standards = map(standard_of, attempt.interview.questions)
    return rules.limited_kinds(standards, has_deadline=closing_time(attempt.invitation) is not None)


def kinds_in(session: Session, interview: Interview) -> frozenset[Kind]:
    """Return the kinds of accommodation that would have an effect in an interview.

    If the interview has no questions yet, all kinds are returned.
    """
    if not interview.questions:
        return frozenset(Kind)
    closing = select(Invitation.id).where(Invitation.interview_id == interview.id, Invitation.expires_at.is_not(None))
    has_deadline = interview.deadline_at is not None or session.scalar(closing.limit(1)) is not None
    return rules.limited_kinds(map(standard_of, interview.questions), has_deadline=has_deadline)


def require_limited(attempt: Attempt, given: Given) -> None:
    """Raise ConflictError if there is no limit that the accommodation could lengthen.

    A form can still send such an accommodation if the limit was removed after the form was shown.
    """
    if given.kind not in kinds_for(attempt):
        raise ConflictError(nothing_to_add_words(given.kind), title=_("No change is needed"))
