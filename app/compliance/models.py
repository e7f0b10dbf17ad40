"""What keeps data from being deleted, and what is left of a person who was erased: opaque ids and counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import StaffUser
from app.extensions import Model
from app.ids import new_id
from app.interviews.models import Interview, Invitation
from app.types import Id, UtcDateTime


class Hold(Model):
    """A legal hold: while it stands, nothing of one candidate, or of a whole interview, is deleted or erased."""

    __tablename__ = "hold"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    interview_id: Mapped[str | None] = mapped_column(ForeignKey("interview.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"), index=True)
    sealed_reason: Mapped[str] = mapped_column(Text)
    """Why, in the words of whoever placed it (app/sealing.py): a case has names in it."""
    placed_by_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_by: Mapped[StaffUser] = relationship()
    interview: Mapped[Interview | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()

    __table_args__ = (CheckConstraint("(interview_id IS NULL) <> (invitation_id IS NULL)", name="is_of_one_thing"),)


class Erasure(Model):
    """One person erased. Its ids are random and stand in the audit log; nothing else here is about the person.

    The rows go in one transaction, the files after it: until they are gone, `left` names them, so that a crash is made
    good by whoever comes next.
    """

    __tablename__ = "erasure"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    invitation_id: Mapped[str] = mapped_column(Id, unique=True)
    attempt_id: Mapped[str | None] = mapped_column(Id)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last file was gone; None: files are left."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    """How many rows of each table went, and how many files."""
    takes: Mapped[list[str]] = mapped_column(JSON)
    """The ids of the person's takes: their folders in storage, and their events in the log."""
    answers: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The ids of the person's answers: their events in the log. None: erased before these were kept."""
    left: Mapped[list[str]] = mapped_column(JSON)
    """Storage keys to delete."""
    interview: Mapped[Interview] = relationship()
