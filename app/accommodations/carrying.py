"""Accommodations that a candidate wants to keep in later interviews of the same organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accommodations import services
from app.accommodations.models import Grant, Source
from app.accommodations.rules import Kind
from app.email_addresses import mailbox_key
from app.interviews.models import Attempt, Invitation


def set_carrying(session: Session, attempt: Attempt, is_wanted: bool) -> None:
    """Save whether the candidate wants their accommodations in later interviews too.

    If not, their grants in other interviews are no longer carried over either.
    """
    attempt.preferences = {**attempt.preferences, "carry_accommodations": is_wanted}
    earlier: list[Grant] = [] if is_wanted else list(session.scalars(_to_carry(attempt)))
    for grant in [*services.grants_of(session, attempt.id), *earlier]:
        grant.is_carried = is_wanted
    session.flush()


def _to_carry(attempt: Attempt) -> Select[Grant]:
    """Select the grants to carry over: those of the same email address in other interviews, except later deadlines."""
    return (
        select(Grant)
        .join(Attempt, Attempt.id == Grant.attempt_id)
        .join(Invitation, Invitation.id == Attempt.invitation_id)
        .where(Invitation.mailbox_key == mailbox_key(attempt.invitation.candidate_email))
        .where(Attempt.id != attempt.id, Grant.is_carried, Grant.ended_at.is_(None))
        .where(Grant.kind != str(Kind.DEADLINE))
        .order_by(Grant.given_at, Grant.kind)
    )


def carry_over(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Carry accommodations over to a candidate who has just begun a later interview, without asking again.

    Earlier interviews are found by the email address of the invitation. Deadlines are not carried over, because they
    belong to their interview. A grant that the candidate has ended is not carried over again. A grant is carried over
    even if it has no effect now, because a question may still get a limit until somebody has answered it.
    """
    if session.scalar(
        select(Grant.id).where(Grant.attempt_id == attempt.id, Grant.source == str(Source.CARRIED)).limit(1)
    ):
        return
    found = list(session.scalars(_to_carry(attempt)))
    if found:
        attempt.preferences = {**attempt.preferences, "carry_accommodations": True}
    for grant in found:
        services.give(
            session, attempt, grant.given, source=Source.CARRIED, actor=services.candidate_actor(attempt), now=now
        )
