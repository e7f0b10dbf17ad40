"""Rubrics, scores and notes: a reviewer's own work, which no machine makes and nobody else changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint, and_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import StaffUser
from app.extensions import Model
from app.ids import new_id
from app.recording.models import Answer
from app.types import Id, UtcDateTime


class RubricLevel(Model):
    """One named level of a question's rubric; positions count from 1, the lowest."""

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


class Score(Model):
    """What one reviewer thinks of one answer: a draft that saves itself until it is handed in. It can be reopened."""

    __tablename__ = "score"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"), index=True)
    level: Mapped[int | None]
    """The position of a rubric level; None: none chosen yet, or a question without a rubric."""
    comment: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    """Counts the saves, so that two tabs cannot overwrite each other unseen."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From here on it is no draft, and its reviewer sees the colleagues' scores of this answer."""
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its reviewer last reopened it after handing it in; None: never."""
    level_before: Mapped[int | None]
    comment_before: Mapped[str | None] = mapped_column(Text)
    """Level and comment before the colleagues' scores could be seen, kept when it is reopened after that; no comment (None): they
    could not."""
    answer: Mapped[Answer] = relationship()
    reviewer: Mapped[StaffUser] = relationship()

    __table_args__ = (
        UniqueConstraint("answer_id", "reviewer_id"),
        CheckConstraint("level > 0", name="level_is_positive"),
        CheckConstraint("version > 0", name="version_is_positive"),
    )

    @hybrid_property
    def changed_after_seeing(self) -> bool:
        """Whether it is another one than before the colleagues' scores could be seen."""
        given = (self.level, self.comment)
        return self.comment_before is not None and given != (self.level_before, self.comment_before)

    @changed_after_seeing.inplace.expression
    @classmethod
    def _changed_after_seeing(cls) -> ColumnElement[bool]:
        differs = cls.level.is_distinct_from(cls.level_before) | (cls.comment != cls.comment_before)
        return and_(cls.comment_before.is_not(None), differs)


class Note(Model):
    """What a reviewer wrote down at a moment of an answer, in milliseconds; it is seen as their score is."""

    __tablename__ = "review_note"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"), index=True)
    at_ms: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewer: Mapped[StaffUser] = relationship()

    __table_args__ = (CheckConstraint("at_ms >= 0", name="moment_is_not_negative"),)
