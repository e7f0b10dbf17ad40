"""The orders of lists of interviews and invitations, for pages by key (app/keyset.py)."""

from __future__ import annotations

from app.interviews.models import Interview, Invitation
from app.keyset import Order

NEWEST = Order((Interview.created_at, Interview.id), descending=True)
"""Interviews, newest first."""
NEWEST_INVITED = Order((Invitation.created_at, Invitation.id), descending=True)
"""Invitations of all interviews, newest first."""


def newest_invited_to(interview_id: str) -> Order:
    """Return the order of the invitations of one interview, newest first."""
    keys = (Invitation.created_at, Invitation.id)
    return Order(keys, descending=True, within=(Invitation.interview_id == interview_id,))
