"""Database models of separation of duties: who has seen accommodation requests, and which exceptions were made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import StaffUser
from app.extensions import Model
from app.types import UtcDateTime


class RequestAccess(Model):
    """A person who has seen accommodations of an interview's candidates, and therefore cannot review it.

    Or they have opened a recording to caption it, and know more of its candidate than blind review shows.
    """

    __tablename__ = "request_access"

    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True, index=True)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReviewException(Model):
    """Permission from compliance to review an interview and see its accommodations."""

    __tablename__ = "review_exception"

    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True, index=True)
    given_by_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    user: Mapped[StaffUser] = relationship(foreign_keys=[user_id])
    given_by: Mapped[StaffUser] = relationship(foreign_keys=[given_by_id])
