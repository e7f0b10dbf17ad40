"""The database model of what the speech model has heard of a take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model
from app.types import UtcDateTime


class HeardGroup(Model):
    """What the speech model made of some windows of a take (`captions.speech.heard`), until the captions are made."""

    __tablename__ = "heard_group"

    take_id: Mapped[str] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A digest of the samples of the windows and of everything else that decides their words."""
    heard: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
