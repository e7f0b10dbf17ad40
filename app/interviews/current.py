"""Load the attempt of the current candidate, and say what it still needs, for the routes of all packages."""

from __future__ import annotations

from app.accounts import access
from app.clock import now
from app.extensions import db
from app.interviews import rules, services
from app.interviews.models import Attempt


def current_attempt(*, lock: bool = False) -> Attempt:
    """Return the current candidate's attempt. With `lock`, it is locked until the transaction ends.

    Raises SignInRequiredError if this browser has not opened an invitation, and InvitationClosedError if the invitation
    was cancelled.
    """
    return services.load_attempt(db.session(), access.attempt_id(), now(), lock=lock)


def missing_step(attempt: Attempt) -> str | None:
    """Return the endpoint of the page that the candidate must complete before the questions, or None."""
    return rules.missing_step(
        submitted=attempt.submitted_at is not None,
        declined=attempt.declined_at is not None,
        consent_version=attempt.consent_version,
    )
