"""The database model of thinking time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.types import UtcDateTime


class ThinkingTime(Model):
    """When a candidate first opened a question with thinking time, and how often they pressed "More time" for it."""

    __tablename__ = "thinking_time"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[str] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    presses: Mapped[int] = mapped_column(default=0)
