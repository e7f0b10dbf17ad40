"""The attempt of the current candidate, for the routes of every room."""

from __future__ import annotations

from app.accounts import access
from app.clock import now
from app.extensions import db
from app.interviews import services
from app.interviews.models import Attempt


def current_attempt(*, lock: bool = False) -> Attempt:
    """Return it; with `lock` nothing else is written to it until the transaction ends.

    Raises SignInRequiredError when this browser has opened none, InvitationClosedError when the invitation has been cancelled since.
    """
    return services.load_attempt(db.session(), access.attempt_id(), now(), lock=lock)
