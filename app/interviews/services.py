"""Services for candidates: open an invitation, give consent, save preferences, send the answers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, GoneError, NotFoundError, SignInRequiredError
from app.ids import READABLE, hash_token
from app.interviews import rules
from app.interviews import sweep_times as sweep_times  # its events
from app.interviews.asked import record_asked
from app.interviews.models import Attempt, InterviewState, Invitation

_AFTER_TOKEN = re.compile(r"[^A-Za-z0-9_-]+\Z")
"""Characters that mail programs and people add to the end of a link, such as a full stop or a bracket."""


class InvitationClosedError(GoneError):
    """The link was valid, but can no longer be used."""

    next_step = _l("If you think that this is a mistake, ask the person or team who sent you the link.")


def find_invitation(session: Session, token: str, *, lock: bool = False) -> Invitation:
    """Return the invitation for the token of a link. Raises NotFoundError if the token is unknown or was replaced."""
    query = (
        select(Invitation)
        .where(Invitation.token_hash == hash_token(_AFTER_TOKEN.sub("", token)))
        .options(joinedload(Invitation.interview), joinedload(Invitation.attempt))
    )
    if lock:
        query = query.with_for_update(of=Invitation).execution_options(populate_existing=True)
    invitation = session.scalar(query)
    if invitation is None:
        raise NotFoundError(
            _(
                "This link does not lead to an invitation. A mail program may have cut it short, or a newer link may"
                " have replaced it."
            ),
            title=_("This link does not work"),
            kept=_("If you have recorded answers, they are kept."),
            next_step=_("Copy the whole link from the newest message about this interview and try again."),
        )
    return invitation


def require_open(invitation: Invitation, now: datetime) -> None:
    """Raise InvitationClosedError, with the reason, if the link can no longer be used.

    A candidate who has started may return after the deadline, to see their answers and send them. A candidate who has
    sent their answers may return to upload recordings that their browser still holds.
    """
    if invitation.cancelled_at is not None:
        raise InvitationClosedError(
            _("The people who sent this invitation have cancelled it."), title=_("This invitation was cancelled")
        )
    if invitation.attempt is not None:
        return
    if rules.is_over(closing_time(invitation), now):
        raise InvitationClosedError(
            _("The deadline to start this interview has passed."), title=_("This invitation has expired")
        )
    if invitation.interview.state != InterviewState.OPEN:
        raise InvitationClosedError(
            _("This interview does not accept new answers at the moment."), title=_("This interview is closed")
        )


def exchange_token(session: Session, token: str, *, now: datetime) -> Attempt:
    """Return the attempt for a link. The first call creates it. Every call is recorded in the audit log.

    Raises NotFoundError for an unknown token, and InvitationClosedError if the invitation has ended.
    """
    invitation = find_invitation(session, token, lock=True)
    require_open(invitation, now)
    attempt = invitation.attempt
    if attempt is None:
        attempt = Attempt(invitation_id=invitation.id, started_at=now, preferences={})
        session.add(attempt)
        session.flush()
    record(
        session,
        AuditAction.INVITATION_EXCHANGED,
        actor=Actor("candidate", attempt.id),
        subject=("invitation", invitation.id),
        now=now,
        interview=invitation.interview_id,
    )
    return attempt


def load_attempt(session: Session, attempt_id: str | None, now: datetime, *, lock: bool = False) -> Attempt:
    """Return an attempt with its invitation and interview. With `lock`, it is locked until the transaction ends.

    Raises SignInRequiredError if there is no attempt, and InvitationClosedError if its invitation was cancelled.
    """
    query = (
        select(Attempt)
        .where(Attempt.id == attempt_id)
        .options(joinedload(Attempt.invitation).joinedload(Invitation.interview))
    )
    if lock:
        query = query.with_for_update(of=Attempt, key_share=True).execution_options(populate_existing=True)
    attempt = session.scalar(query)
    if attempt is None:
        raise SignInRequiredError()
    if attempt.invitation.cancelled_at is not None:
        require_open(attempt.invitation, now)
    return attempt


def lock_attempt(session: Session, attempt_id: str) -> Attempt:
    """Return the current state of an attempt, with its row locked until the transaction ends."""
    query = select(Attempt).where(Attempt.id == attempt_id).with_for_update(of=Attempt, key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def closing_time(invitation: Invitation) -> datetime | None:
    """Return the candidate's deadline for starting takes: their own, or else the general one. None: no deadline."""
    if invitation.attempt is not None and invitation.attempt.deadline_at is not None:
        return invitation.attempt.deadline_at
    return rules.closes_at(invitation.interview.deadline_at, invitation.expires_at)


def accepts_recording(attempt: Attempt, now: datetime) -> bool:
    """Return whether a new take may be started. A take that was started may always be finished and uploaded."""
    return (
        attempt.submitted_at is None
        and attempt.invitation.cancelled_at is None
        and not rules.needs_consent(attempt.consent_version)
        and (attempt.waiting_since is not None or not rules.is_over(closing_time(attempt.invitation), now))
    )


def give_consent(session: Session, attempt: Attempt, *, now: datetime, language: str = "en") -> None:
    """Record that the candidate agreed to the current text, and the language they read it in.

    Repeating the call changes nothing.
    """
    _require_unsubmitted(attempt)
    if not rules.needs_consent(attempt.consent_version):
        return
    version = rules.consent_version_read(language)
    attempt.consent_version, attempt.consented_at, attempt.declined_at = version, now, None
    _record(session, AuditAction.CONSENT_GIVEN, attempt, now, version=version)


def refuse_consent(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Record that the candidate refused consent. They may change their mind; until then, nothing is recorded."""
    _require_unsubmitted(attempt)
    if attempt.declined_at is not None:
        return
    attempt.consent_version, attempt.consented_at, attempt.declined_at = None, None, now
    _record(session, AuditAction.CONSENT_REFUSED, attempt, now, version=rules.CONSENT_VERSION)


def save_preferences(session: Session, attempt: Attempt, choices: Mapping[str, Any]) -> None:
    """Save the given preferences, and keep the others. They are private and not logged."""
    attempt.preferences = {**attempt.preferences, **choices}
    session.flush()


def submit_attempt(
    session: Session, attempt: Attempt, *, answers: int, now: datetime, actor: Actor | None = None
) -> str:
    """Send the answers. Returns the reference of the receipt; sending again returns the same reference.

    `answers` is the number of answers. `actor` defaults to the candidate. Answers that were recorded in time can be
    sent after the deadline. Raises ConflictError if there is no answer or no consent.
    """
    if attempt.receipt is not None:
        return attempt.receipt
    if rules.needs_consent(attempt.consent_version):
        raise ConflictError(_("You have not agreed to this interview, so nothing can be sent."))
    if answers < 1:
        raise ConflictError(_("There is no answer yet, so there is nothing to send."), title=_("Nothing to send"))
    attempt.submitted_at, attempt.receipt = now, _new_receipt(session)
    asked = record_asked(attempt)
    closing = None if attempt.waiting_since else closing_time(attempt.invitation)
    record(
        session,
        AuditAction.INTERVIEW_SUBMITTED,
        actor=actor or Actor("candidate", attempt.id),
        subject=("attempt", attempt.id),
        now=now,
        answers=answers,
        questions=len(asked),
        deadline=closing.isoformat(timespec="seconds") if closing else None,
    )
    return attempt.receipt


def _require_unsubmitted(attempt: Attempt) -> None:
    if attempt.submitted_at is not None:
        raise ConflictError(_("Your answers have already been sent."), title=_("You have sent your answers"))


def _new_receipt(session: Session) -> str:
    while True:
        letters = "".join(secrets.choice(READABLE) for _place in range(12))
        receipt = "-".join((letters[:4], letters[4:8], letters[8:]))
        if session.scalar(select(Attempt.id).where(Attempt.receipt == receipt)) is None:
            return receipt


def _record(session: Session, action: AuditAction, attempt: Attempt, now: datetime, **details: str | int) -> None:
    actor = Actor("candidate", attempt.id)
    record(session, action, actor=actor, subject=("attempt", attempt.id), now=now, **details)
