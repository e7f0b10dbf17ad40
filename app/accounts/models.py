"""Database models of staff users and their roles."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model
from app.ids import new_id
from app.types import Id, UtcDateTime


class Role(StrEnum):
    """The role of a staff user. One user may have several roles."""

    REVIEWER = "reviewer"
    COORDINATOR = "coordinator"
    COMPLIANCE = "compliance"
    ADMINISTRATOR = "administrator"


class StaffUser(Model):
    """A member of the organisation. Candidates are not users; they have an invitation instead."""

    __tablename__ = "staff_user"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Incremented to end all sessions of this user."""
    grants: Mapped[list[RoleGrant]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __table_args__ = (CheckConstraint("email = lower(email)", name="email_is_lower_case"),)

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles of this user."""
        return frozenset(Role(grant.role) for grant in self.grants)


class RoleGrant(Model):
    """One role of one user."""

    __tablename__ = "staff_role"

    user_id: Mapped[str] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class EndedSession(Model):
    """A browser session that was ended. The row is kept until the session's cookie has expired."""

    __tablename__ = "ended_session"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """The random id in the session's cookie."""
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
