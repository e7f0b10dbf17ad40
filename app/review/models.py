"""Rubrics, and each reviewer's own scores and notes. Only their author can change scores and notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    select,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import StaffUser
from app.extensions import Model
from app.ids import new_id
from app.interviews.models import Question
from app.recording.models import Answer
from app.types import Id, UtcDateTime


class RubricLevel(Model):
    """One named level of a question's rubric. `position` counts from 1, the lowest level."""

    __tablename__ = "rubric_level"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("question_id", "position"),
        CheckConstraint("position > 0", name="position_is_positive"),
    )


HANDED_IN, REOPENED = text("handed_in_at IS NOT NULL"), text("reopened_at IS NOT NULL")


def _interview_of(context: DefaultExecutionContext) -> Any:
    """Return the interview of the answer, when a score is inserted."""
    answer_id = context.get_current_parameters()["answer_id"]  # type: ignore[no-untyped-call]
    query = select(Question.interview_id).join(Answer, Answer.question_id == Question.id).where(Answer.id == answer_id)
    return context.connection.scalar(query)


class Score(Model):
    """One reviewer's score of one answer.

    It is a draft, saved automatically, until it is handed in, and can be reopened.
    """

    __tablename__ = "score"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    interview_id: Mapped[str | None] = mapped_column(Id, default=_interview_of)
    """The interview of the answer. Stored here too, so that the scores of a panel are counted in an index."""
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"), index=True)
    level: Mapped[int | None]
    """The position of a rubric level. None means that no level has been chosen, or that the question has no rubric."""
    comment: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    """The number of times that the score was saved or reopened.

    A page sends the number that it showed. If the number has changed since, the page does not overwrite the newer
    score.
    """
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the score was handed in, or None for a draft.

    From then on, its reviewer sees the scores that colleagues gave to this answer.
    """
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the reviewer last reopened the score after handing it in. None if the score was never reopened."""
    level_before: Mapped[int | None]
    comment_before: Mapped[str | None] = mapped_column(Text)
    """The comment as it was before the reviewer could see colleagues' scores; `level_before` is the level at that time.

    Both are kept when the score is reopened after colleagues' scores became visible. None means that no colleagues'
    scores were visible.
    """
    answer: Mapped[Answer] = relationship()
    reviewer: Mapped[StaffUser] = relationship()

    __table_args__ = (
        UniqueConstraint("answer_id", "reviewer_id"),
        CheckConstraint("level > 0", name="level_is_positive"),
        CheckConstraint("version > 0", name="version_is_positive"),
        Index(
            "ix_score_of_panel", "interview_id", "reviewer_id", "handed_in_at",
            sqlite_where=HANDED_IN, postgresql_where=HANDED_IN,
        ),
        Index("ix_score_reopened", "interview_id", "reviewer_id", sqlite_where=REOPENED, postgresql_where=REOPENED),
    )  # fmt: skip

    @hybrid_property
    def changed_after_seeing(self) -> bool:
        """Whether the level or the comment has changed since colleagues' scores became visible."""
        given = (self.level, self.comment)
        return self.comment_before is not None and given != (self.level_before, self.comment_before)

    @changed_after_seeing.inplace.expression
    @classmethod
    def _changed_after_seeing(cls) -> ColumnElement[bool]:
        differs = cls.level.is_distinct_from(cls.level_before) | (cls.comment != cls.comment_before)
        return and_(cls.comment_before.is_not(None), differs)


class Note(Model):
    """A reviewer's note at one moment of an answer (`at_ms`, milliseconds).

    People who can see the reviewer's score can also see the note.
    """

    __tablename__ = "review_note"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"), index=True)
    at_ms: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewer: Mapped[StaffUser] = relationship()

    __table_args__ = (CheckConstraint("at_ms >= 0", name="moment_is_not_negative"),)
