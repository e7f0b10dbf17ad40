"""Services for coordinators: list requests, decide them, grant without a request, and set an interview's policy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.accommodations import deadlines, notices, services
from app.accommodations.models import AccommodationPolicy, AccommodationRequest, Grant, RequestState, Source
from app.accommodations.rules import Given, Policy
from app.accommodations.standards import require_limited
from app.accounts.models import StaffUser
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.interviews import services as interviews
from app.interviews.models import Attempt, Interview, Invitation
from app.keyset import START, Count, Order, Page, Place, count_of, page_of
from app.sealing import Sealer

_IS_OPEN = AccommodationRequest.state == str(RequestState.OPEN)


@dataclass(frozen=True, slots=True)
class RequestTexts:
    """The decrypted texts of a request: the candidate's words, and the reason given to the candidate."""

    words: str | None
    reason: str | None


OLDEST = Order((AccommodationRequest.asked_at, AccommodationRequest.id))


def open_requests(
    session: Session, place: Place = START, *, without: Collection[str] = ()
) -> tuple[Page[AccommodationRequest], Count]:
    """Return one page of the open requests, oldest first, and the number of all open requests.

    Requests of the interviews in `without` are neither listed nor counted.
    """
    query = select(AccommodationRequest).join(AccommodationRequest.attempt)
    query = query.where(_IS_OPEN, Attempt.interview_id.not_in(without))
    total = count_of(session, query)
    query = query.options(
        contains_eager(AccommodationRequest.attempt).joinedload(Attempt.invitation).joinedload(Invitation.interview)
    )
    return page_of(session, query, OLDEST, place).map(lambda row: row[0]), total


def count_hidden(session: Session, interview_ids: Collection[str]) -> Count:
    """Return the number of open requests in these interviews."""
    query = select(AccommodationRequest).join(AccommodationRequest.attempt)
    return count_of(session, query.where(_IS_OPEN, Attempt.interview_id.in_(interview_ids)))


def find_grant(session: Session, grant_id: str) -> Grant:
    """Return the grant with this id. Raises NotFoundError if it does not exist."""
    found = session.get(Grant, grant_id)
    if found is None:
        raise NotFoundError()
    return found


def find_request(session: Session, request_id: str) -> AccommodationRequest:
    """Return the request with this id, in any state. Raises NotFoundError if it does not exist."""
    found = session.get(AccommodationRequest, request_id)
    if found is None:
        raise NotFoundError()
    return found


def read_texts(
    session: Session, request: AccommodationRequest, sealer: Sealer, *, actor: Actor, now: datetime
) -> RequestTexts:
    """Return the decrypted texts of a request. Each reading is recorded in the audit log."""
    if request.sealed_words or request.sealed_reason:
        subject = ("attempt", request.attempt_id)
        record(session, AuditAction.REQUEST_READ, actor=actor, subject=subject, now=now, request=request.id)
    return RequestTexts(sealer.read(request.sealed_words), sealer.read(request.sealed_reason))


def grant(
    session: Session,
    request_id: str,
    given: Given | None,
    reason: str,
    *,
    user: StaffUser,
    sealer: Sealer,
    now: datetime,
) -> None:
    """Grant a request as asked (`given` is None) or grant `given` instead, with a reason for the candidate.

    Raises ConflictError if the request was decided or withdrawn meanwhile, if the answers were sent, or if there is no
    limit to lengthen.
    """
    request = _lock_open(session, request_id)
    if request.attempt.submitted_at is not None:
        raise ConflictError(
            _("The candidate has sent their answers, so nothing more can be granted."),
            next_step=_("Write to the candidate. If they need it, make a new invitation."),
        )
    state = RequestState.GRANTED if given is None or given == request.wish else RequestState.GRANTED_OTHERWISE
    actor = Actor("staff", user.id)
    given = given or request.wish
    require_limited(request.attempt, given)
    services.give(session, request.attempt, given, source=Source.DECISION, actor=actor, now=now, request=request)
    _close(session, request, state, reason, user=user, sealer=sealer, now=now)


def decline(session: Session, request_id: str, reason: str, *, user: StaffUser, sealer: Sealer, now: datetime) -> None:
    """Decline a request, with a reason that the candidate reads.

    Raises InvalidInputError if the reason is empty, and ConflictError if the request was decided or withdrawn
    meanwhile.
    """
    if not reason.strip():
        raise InvalidInputError(_("Give a reason that the candidate can read."))
    request = _lock_open(session, request_id)
    _close(session, request, RequestState.DECLINED, reason, user=user, sealer=sealer, now=now)
    details = {"kind": request.kind, "request": request.id}
    subject = ("attempt", request.attempt_id)
    record(
        session, AuditAction.ACCOMMODATION_DECLINED, actor=Actor("staff", user.id), subject=subject, now=now, **details
    )


def lengthen(session: Session, attempt: Attempt, given: Given, *, user: StaffUser, now: datetime) -> bool:
    """Grant an accommodation without a request, even during a take. Return False if the candidate already has as much.

    Raises ConflictError if the answers were sent, or if there is no limit to lengthen.
    """
    attempt = interviews.lock_attempt(session, attempt.id)
    if attempt.submitted_at is not None:
        raise ConflictError(_("The candidate has sent their answers, so nothing more can be granted."))
    require_limited(attempt, given)
    actor = Actor("staff", user.id)
    return services.give(session, attempt, given, source=Source.DECISION, actor=actor, now=now) is not None


def shorten(session: Session, grant_id: str, *, user: StaffUser, now: datetime) -> Attempt:
    """End a grant and return its attempt. Takes begun under the grant keep their limits.

    Raises NotFoundError if the grant does not exist.
    """
    found = find_grant(session, grant_id)
    attempt = interviews.lock_attempt(session, found.attempt_id)
    session.refresh(found)
    services.end(session, attempt, found, actor=Actor("staff", user.id), now=now)
    return attempt


def save_policy(session: Session, interview: Interview, policy: Policy, *, user: StaffUser, now: datetime) -> None:
    """Save the policy of an interview. Accommodations that were already given do not change."""
    row = session.get(AccommodationPolicy, interview.id)
    if row is None:
        row = AccommodationPolicy(interview_id=interview.id)
        session.add(row)
    elif row.as_policy() == policy:
        return
    for name, value in asdict(policy).items():
        setattr(row, name, value)
    session.flush()
    subject, actor = ("interview", interview.id), Actor("staff", user.id)
    record(session, AuditAction.POLICY_CHANGED, actor=actor, subject=subject, now=now, **asdict(policy))


def _lock_open(session: Session, request_id: str) -> AccommodationRequest:
    request = services.lock_request(session, request_id)
    if request.state == RequestState.WITHDRAWN:
        raise ConflictError(
            _("The candidate has withdrawn this request, so there is nothing to decide."),
            title=_("This request was withdrawn"),
        )
    if not request.is_open:
        raise ConflictError(
            _("Somebody else decided this request just before you. Their decision counts, and yours was not saved."),
            title=_("This request has been decided"),
            next_step=_("Read the decision. You can still grant more on the candidate’s page."),
        )
    return request


def _close(
    session: Session,
    request: AccommodationRequest,
    state: RequestState,
    reason: str,
    *,
    user: StaffUser,
    sealer: Sealer,
    now: datetime,
) -> None:
    request.state, request.ended_at, request.decided_by_id = str(state), now, user.id
    request.sealed_reason = sealer.seal(reason.strip()) if reason.strip() else None
    session.flush()
    deadlines.pause_or_resume(session, request.attempt, now=now)
    notices.queue_notice(session, request, now=now)
