"""Find which member of staff decided a request, gave a grant or ended it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations.models import AccommodationRequest
from app.accounts.models import StaffUser
from app.audit import AuditAction, AuditEvent


def names_of_deciders(session: Session, attempt_id: str) -> dict[str, str]:
    """Return the names of the staff who decided, by the id of the request or of the grant.

    Grants of a policy and requests that the candidate withdrew have no name.
    """
    decided = select(AccommodationRequest.id, AccommodationRequest.decided_by_id).where(
        AccommodationRequest.attempt_id == attempt_id, AccommodationRequest.decided_by_id.is_not(None)
    )
    by = dict(iter(session.execute(decided)))
    by.update(_by_grant(session, attempt_id, AuditAction.ACCOMMODATION_GRANTED))
    return _with_names(session, by)


def names_of_enders(session: Session, attempt_id: str) -> dict[str, str]:
    """Return the names of the staff who ended grants, by grant id. Grants that the candidate gave up have no name."""
    return _with_names(session, _by_grant(session, attempt_id, AuditAction.ACCOMMODATION_ENDED))


def _by_grant(session: Session, attempt_id: str, action: AuditAction) -> dict[str, str | None]:
    events = select(AuditEvent.actor_id, AuditEvent.details).where(
        AuditEvent.subject_id == attempt_id, AuditEvent.action == str(action), AuditEvent.actor_kind == "staff"
    )
    return {details["grant"]: who for who, details in session.execute(events) if details.get("grant")}


def _with_names(session: Session, by: dict[str, str | None]) -> dict[str, str]:
    query = select(StaffUser.id, StaffUser.name).where(StaffUser.id.in_(set(by.values())))
    names = dict(iter(session.execute(query)))
    return {key: names[who] for key, who in by.items() if who in names}
