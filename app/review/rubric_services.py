"""How an interview is scored: the rubric of each question, and blind review. Coordinators decide both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError
from app.interviews.models import BlindMode, Interview, Question
from app.recording.models import Answer
from app.review.models import RubricLevel, Score
from app.review.rubric import Level


class RubricInUseError(ConflictError):
    """The rubric cannot be changed, because scores have been given with it, and a change would alter their meaning."""


def rubrics_of(session: Session, interview: Interview) -> dict[str, list[Level]]:
    """Return the rubric levels of every question of an interview, by question id."""
    query = (
        select(RubricLevel)
        .join(Question, Question.id == RubricLevel.question_id)
        .where(Question.interview_id == interview.id)
        .order_by(RubricLevel.question_id, RubricLevel.position)
    )
    found: dict[str, list[Level]] = {question.id: [] for question in interview.questions}
    for row in session.scalars(query):
        found[row.question_id].append(Level(row.position, row.name, row.description))
    return found


def questions_with_scores(session: Session, interview: Interview) -> set[str]:
    """Return the ids of the questions whose rubric is in use.

    A rubric is in use if a level of it was chosen in any score: handed in, a draft, or before the score was reopened.
    """
    query = (
        select(Answer.question_id)
        .join(Score, Score.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(Question.interview_id == interview.id, Score.level.is_not(None) | Score.level_before.is_not(None))
    )
    return set(session.scalars(query.distinct()))


def change_scoring(
    session: Session,
    interview: Interview,
    blind: BlindMode,
    rubrics: Mapping[str, Sequence[Level]],
    *,
    actor: StaffUser,
    now: datetime,
) -> None:
    """Save how an interview is scored. Raises RubricInUseError if a rubric in use would change."""
    used, before = questions_with_scores(session, interview), rubrics_of(session, interview)
    for question_id, levels in rubrics.items():
        if list(levels) == before[question_id]:
            continue
        if question_id in used:
            raise RubricInUseError(
                _(
                    "An answer has been scored with this rubric, so you cannot change it. It must stay the same for "
                    "everyone."
                ),
                title=_("This rubric is in use"),
            )
        session.execute(delete(RubricLevel).where(RubricLevel.question_id == question_id))
        session.add_all(_row(question_id, level) for level in levels)
    interview.blind = str(blind)
    session.flush()
    ours = select(Question.id).where(Question.interview_id == interview.id)
    count = session.scalar(select(func.count()).where(RubricLevel.question_id.in_(ours))) or 0
    who, what = Actor("staff", actor.id), ("interview", interview.id)
    record(session, AuditAction.SCORING_CHANGED, actor=who, subject=what, now=now, blind=str(blind), levels=count)


def _row(question_id: str, level: Level) -> RubricLevel:
    return RubricLevel(question_id=question_id, position=level.position, name=level.name, description=level.description)
