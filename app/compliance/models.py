"""Database models of legal holds and erasures. The row of an erasure contains only opaque ids and counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import StaffUser
from app.extensions import Model
from app.ids import new_id
from app.interviews.models import Interview, Invitation
from app.types import Id, UtcDateTime

IN_FORCE = "ended_at IS NULL"
UNFINISHED = "finished_at IS NULL"


class Hold(Model):
    """A legal hold: while it is in force, no data of one candidate or of a whole interview is deleted or erased."""

    __tablename__ = "hold"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    interview_id: Mapped[str | None] = mapped_column(ForeignKey("interview.id"), index=True)
    invitation_id: Mapped[str | None] = mapped_column(ForeignKey("invitation.id", ondelete="CASCADE"), index=True)
    sealed_reason: Mapped[str] = mapped_column(Text)
    """The reason, sealed (app/sealing.py), because it may contain names."""
    placed_by_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id"))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_by: Mapped[StaffUser] = relationship()
    interview: Mapped[Interview | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()

    __table_args__ = (
        CheckConstraint("(interview_id IS NULL) <> (invitation_id IS NULL)", name="is_of_one_thing"),
        Index("ix_hold_in_force", "placed_at", "id", sqlite_where=text(IN_FORCE), postgresql_where=text(IN_FORCE)),
    )


class Erasure(Model):
    """The erasure of one person. It contains only counts and random ids, which are also in the audit log.

    The rows are deleted in one transaction, and the files afterwards. `left` lists the files that still exist, so that
    the deletion can continue after a crash.
    """

    __tablename__ = "erasure"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    invitation_id: Mapped[str] = mapped_column(Id, unique=True)
    attempt_id: Mapped[str | None] = mapped_column(Id)
    interview_id: Mapped[str] = mapped_column(ForeignKey("interview.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last file was deleted, or None while files are left."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    """The number of deleted rows of each table, and of deleted files."""
    takes: Mapped[list[str]] = mapped_column(JSON)
    """The ids of the person's takes. Folders in storage are named after them, and events have them as subjects."""
    answers: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The ids of the person's answers, which are subjects of events.

    None if the erasure was made by an older version, which did not store them.
    """
    left: Mapped[list[str]] = mapped_column(JSON)
    """The storage keys that are still to be deleted."""
    interview: Mapped[Interview] = relationship()

    __table_args__ = (
        Index("ix_erasure_unfinished", "begun_at", sqlite_where=text(UNFINISHED), postgresql_where=text(UNFINISHED)),
    )
