"""Rubrics, scores and notes: a reviewer's own work, which no machine makes and nobody else changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
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
    """What one reviewer thinks of one answer: a draft that saves itself, until it is handed in and stays."""

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
    """From here on it stays, and its reviewer sees the colleagues' scores of this answer."""
    answer: Mapped[Answer] = relationship()
    reviewer: Mapped[StaffUser] = relationship()

    __table_args__ = (
        UniqueConstraint("answer_id", "reviewer_id"),
        CheckConstraint("level > 0", name="level_is_positive"),
        CheckConstraint("version > 0", name="version_is_positive"),
    )


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
