"""Services for coordinators: invite candidates. Each invitation is for one person and one interview.

The link of an invitation is shown once, because only the hash of its token is stored.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, CompoundSelect, or_, select, union
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, record
from app.email_addresses import InvalidEmailAddressError, read_email_address
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.folding import fold
from app.ids import hash_token, new_reference, new_token
from app.interviews.lists import newest_invited_to
from app.interviews.models import Attempt, Interview, InterviewState, Invitation
from app.keyset import START, Page, Place, page_of

MAX_WORDS = 10
"""Maximum number of words that a search for people uses."""


class AlreadyInvitedError(ConflictError):
    """The address already has a valid invitation to this interview."""


def list_invitations(session: Session, interview_id: str, wanted: str = "", place: Place = START) -> Page[Invitation]:
    """Return a page of the invitations of an interview, newest first, each with its attempt.

    With `wanted`, only those are listed that `matches_words` finds.
    """
    query = (
        select(Invitation)
        .where(Invitation.interview_id == interview_id, *matches_words(wanted))
        .options(joinedload(Invitation.attempt), joinedload(Invitation.interview))
    )
    return page_of(session, query, newest_invited_to(interview_id), place).map(lambda row: row[0])


def matches_words(wanted: str) -> list[ColumnElement[bool]]:
    """Return the conditions that every word of a text is in an invitation's name or email address.

    A word may also be its reference, its id, or the reference on its receipt.
    """
    return [
        or_(
            Invitation.folded.contains(fold(word), autoescape=True),
            Invitation.mailbox_key.contains(fold(word), autoescape=True),
            Invitation.id.in_(_named(word)),
        )
        for word in wanted.split()[:MAX_WORDS]
    ]


def _named(word: str) -> CompoundSelect[str]:
    """Select the ids of invitations with this id, this reference or this receipt. A database runs it once for a search."""
    other = aliased(Invitation)
    return union(
        select(other.id).where(other.id == word),
        select(other.id).where(other.reference == word.upper()),
        select(Attempt.invitation_id).where(Attempt.receipt == word.upper()),
    )


def load_invitation(session: Session, interview_id: str, invitation_id: str) -> Invitation:
    """Return an invitation to this interview. Raises NotFoundError if it does not exist or is for another interview."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.interview_id != interview_id:
        raise NotFoundError()
    return invitation


def find_begun(session: Session, invitation_id: str, *, lock: bool = False) -> Attempt:
    """Return the attempt of an invitation. With `lock`, it is locked until the transaction ends.

    Raises NotFoundError if the invitation does not exist, and ConflictError if it was not opened yet.
    """
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFoundError()
    query = select(Attempt).where(Attempt.invitation_id == invitation_id)
    if lock:
        query = query.with_for_update(of=Attempt, key_share=True).execution_options(populate_existing=True)
    attempt = session.scalar(query)
    if attempt is None:
        raise ConflictError(_("The candidate has not opened the invitation yet."), title=_("Not started yet"))
    return attempt


def create_invitation(
    session: Session,
    interview: Interview,
    *,
    name: str,
    email: str,
    expires_at: datetime | None,
    actor: StaffUser,
    now: datetime,
) -> tuple[Invitation, str]:
    """Invite one person. Returns the invitation and the token of its link, which cannot be read later.

    Raises ConflictError unless the interview is open, InvalidInputError for an invalid address, and AlreadyInvitedError
    if the mailbox has an invitation to this interview that was not cancelled.
    """
    if interview.state != InterviewState.OPEN:
        raise ConflictError(_("Open the interview before you invite anyone."), title=_("This interview is not open"))
    try:
        address = read_email_address(email)
    except InvalidEmailAddressError:
        raise InvalidInputError(_("Enter an email address such as name@example.org.")) from None
    same = select(Invitation.id).where(
        Invitation.interview_id == interview.id,
        Invitation.mailbox_key == address.key,
        Invitation.cancelled_at.is_(None),
    )
    if session.scalar(same.limit(1)) is not None:
        raise _already_invited()
    token = new_token()
    invitation = Invitation(
        interview_id=interview.id,
        candidate_name=name.strip(),
        candidate_email=address.text,
        reference=_unused_reference(session, interview.id),
        token_hash=hash_token(token),
        created_by_id=actor.id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(invitation)
    try:
        session.flush()
    except IntegrityError:  # the same mailbox was invited at the same moment
        raise _already_invited() from None
    _record(session, AuditAction.INVITATION_CREATED, invitation, actor, now)
    return invitation, token


def _unused_reference(session: Session, interview_id: str) -> str:
    while True:
        reference = new_reference()
        same = select(Invitation.id).where(Invitation.interview_id == interview_id, Invitation.reference == reference)
        if session.scalar(same) is None:
            return reference


def _already_invited() -> AlreadyInvitedError:
    return AlreadyInvitedError(_("This address has been invited already. Make a new link for that invitation."))


def replace_link(session: Session, invitation: Invitation, *, actor: StaffUser, now: datetime) -> str:
    """Replace the link of an invitation. Returns the new token. Raises ConflictError if the invitation has ended."""
    attempt = invitation.attempt
    if invitation.cancelled_at is not None or (attempt is not None and attempt.submitted_at is not None):
        raise ConflictError(_("This invitation has ended, so you cannot make a new link for it."))
    token = new_token()
    invitation.token_hash = hash_token(token)
    _record(session, AuditAction.INVITATION_LINK_REPLACED, invitation, actor, now)
    return token


def cancel_invitation(session: Session, invitation: Invitation, *, actor: StaffUser, now: datetime) -> None:
    """Cancel an invitation, its link, and its sessions in all browsers. Recordings are kept as usual.

    Raises ConflictError if the answers were sent.
    """
    attempt = invitation.attempt
    if attempt is not None and attempt.submitted_at is not None:
        raise ConflictError(_("The answers have been sent, so there is nothing to cancel."))
    if invitation.cancelled_at is None:
        invitation.cancelled_at = now
        _record(session, AuditAction.INVITATION_CANCELLED, invitation, actor, now)


def _record(session: Session, action: AuditAction, invitation: Invitation, actor: StaffUser, now: datetime) -> None:
    session.flush()
    who, what = Actor("staff", actor.id), ("invitation", invitation.id)
    record(session, action, actor=who, subject=what, now=now, interview=invitation.interview_id)
