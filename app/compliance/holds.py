"""Legal holds. Compliance places and ends them, and the audit log records this. Retention and erasure respect them."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.audit import Actor, AuditAction, record
from app.compliance.models import Hold
from app.errors import ConflictError, NotFoundError
from app.interviews.models import Interview, Invitation
from app.keyset import START, Order, Page, Place, page_of
from app.sealing import Sealer

HOLDS = "holds-"
"""Begins the parameters of addresses for the list of holds."""
NEWEST_HOLDS = Order((Hold.placed_at, Hold.id), descending=True, name=HOLDS)
HOLDS_PAGE = 20


class LegalHoldError(ConflictError):
    """A legal hold prevents the deletion. A person has to decide whether to keep or to delete the data."""


def standing(session: Session, place: Place = START) -> Page[Hold]:
    """Return a page of the legal holds in force, newest first, each with what it is on and who placed it."""
    query = select(Hold).where(Hold.ended_at.is_(None)).options(
        joinedload(Hold.interview), joinedload(Hold.placed_by),
        joinedload(Hold.invitation).joinedload(Invitation.interview),
    )  # fmt: skip
    return page_of(session, query, NEWEST_HOLDS, place, size=HOLDS_PAGE).map(lambda row: row[0])


def hold_on(session: Session, invitation: Invitation) -> Hold | None:
    """Return a legal hold on this candidate or on the whole interview, or None if there is none."""
    is_theirs = or_(Hold.invitation_id == invitation.id, Hold.interview_id == invitation.interview_id)
    return session.scalar(select(Hold).where(is_theirs, Hold.ended_at.is_(None)).limit(1))


def require_none(session: Session, invitation: Invitation) -> None:
    """Raise LegalHoldError if a hold applies to this candidate's data."""
    if hold_on(session, invitation):
        raise LegalHoldError(
            _("A legal hold protects this candidate’s data."),
            title=_("Nothing was erased"),
            next_step=_("Decide which must come first: the hold or the erasure. To erase, end the hold and try again."),
        )


def place(
    session: Session, on: Interview | Invitation, reason: str, *, sealer: Sealer, actor: Actor, now: datetime
) -> Hold:
    """Place a hold on an interview or on one candidate. Raises ConflictError if there already is one."""
    is_interview = isinstance(on, Interview)
    column = Hold.interview_id if is_interview else Hold.invitation_id
    if session.scalar(select(Hold.id).where(column == on.id, Hold.ended_at.is_(None))):
        raise ConflictError(_("There is already a legal hold, and it is still in force."))
    hold = Hold(
        interview_id=on.id if is_interview else None,
        invitation_id=None if is_interview else on.id,
        sealed_reason=sealer.seal(reason),
        placed_by_id=actor.id,
        placed_at=now,
    )
    session.add(hold)
    session.flush()
    subject = ("interview" if is_interview else "invitation", on.id)
    record(session, AuditAction.HOLD_PLACED, actor=actor, subject=subject, now=now, hold=hold.id)
    return hold


def end(session: Session, hold_id: str, *, actor: Actor, now: datetime) -> None:
    """End a hold. Repeating it changes nothing. Raises NotFoundError if the hold does not exist."""
    hold = session.get(Hold, hold_id, with_for_update=True)
    if hold is None:
        raise NotFoundError()
    if hold.ended_at is not None:
        return
    hold.ended_at = now
    subject = ("interview", hold.interview_id) if hold.interview_id else ("invitation", str(hold.invitation_id))
    record(session, AuditAction.HOLD_ENDED, actor=actor, subject=subject, now=now, hold=hold.id)
