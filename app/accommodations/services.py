"""A candidate's requests and grants. Lengths are seconds, factors per cent, deadlines days (see `rules`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accommodations import deadlines, rules
from app.accommodations.models import AccommodationPolicy, AccommodationRequest, Grant, RequestState, Source
from app.accommodations.rules import UNLIMITED, Given, Kind, Limits, Policy, given_at_once, limits_given
from app.accommodations.standards import require_limited, standard_of
from app.audit import Actor, AuditAction, record
from app.clock import later
from app.errors import ConflictError, NotFoundError
from app.interviews import services as interviews
from app.interviews.models import Attempt, Question
from app.sealing import Sealer, UnsealError

MAX_OPEN_REQUESTS = 20
"""Maximum number of open requests of one candidate, a guard against forms sent by programs."""


def policy_of(session: Session, interview_id: str) -> Policy:
    """Return the policy of an interview."""
    row = session.get(AccommodationPolicy, interview_id)
    return row.as_policy() if row else Policy()


def grants_of(session: Session, attempt_id: str) -> list[Grant]:
    """Return a candidate's grants that have not ended, oldest first."""
    query = select(Grant).where(Grant.attempt_id == attempt_id, Grant.ended_at.is_(None))
    return list(session.scalars(query.order_by(Grant.given_at, Grant.kind, Grant.id)))


def superseding_grants(grants: Sequence[Grant]) -> dict[str, Grant]:
    """Return the grants that replace others, by the id of the grant that is replaced. Ended grants are ignored."""
    held = [grant for grant in grants if grant.ended_at is None]
    places = rules.superseded_by([grant.given for grant in held])
    return {grant.id: held[place] for grant, place in zip(held, places, strict=True) if place is not None}


def given_to(session: Session, attempt_id: str) -> list[Given]:
    """Return a candidate's current accommodations as `Given` values, which rules.py uses."""
    return [grant.given for grant in grants_of(session, attempt_id)]


def requests_of(session: Session, attempt_id: str) -> list[AccommodationRequest]:
    """Return all requests of a candidate in any state, oldest first."""
    query = select(AccommodationRequest).where(AccommodationRequest.attempt_id == attempt_id)
    return list(
        session.scalars(
            query.order_by(AccommodationRequest.asked_at, AccommodationRequest.kind, AccommodationRequest.id)
        )
    )


def limits_of(question: Question, given: Sequence[Given]) -> Limits:
    """Return the limits that a take of this question would have now for a candidate with these accommodations."""
    return limits_given(standard_of(question), given)


def ask(
    session: Session, attempt: Attempt, wishes: Sequence[Given], words: str, *, sealer: Sealer, now: datetime
) -> None:
    """Save a candidate's wishes. Accommodations of the policy are in force at once; the others become requests.

    The caller must have locked the attempt's row. Repeating a wish changes nothing; another value changes the open
    request. The deadline is paused while a request is open. Raises ConflictError if the answers were sent, if too many
    requests are open, or if a wish has no limit to lengthen.
    """
    _require_unsubmitted(attempt)
    policy = policy_of(session, attempt.interview.id)
    for wish in wishes:
        require_limited(attempt, wish)
        part = given_at_once(policy, wish)
        if part is not None:
            give(session, attempt, part, source=Source.POLICY, actor=candidate_actor(attempt), now=now)
        if part != wish:
            _request(session, attempt, wish, None, now=now)
    if words.strip() and not _is_asked(session, attempt, words.strip(), sealer):
        _request(session, attempt, Given(Kind.OTHER), sealer.seal(words.strip()), now=now)
    deadlines.pause_or_resume(session, attempt, now=now)


def give(
    session: Session,
    attempt: Attempt,
    given: Given,
    *,
    source: Source,
    actor: Actor,
    now: datetime,
    request: AccommodationRequest | None = None,
) -> Grant | None:
    """Put an accommodation in force. Return the grant, or None if it would change nothing.

    A take that is being recorded gets longer at once. More days move the deadline.
    """
    days = _more_days(session, attempt, given, is_asked=source == Source.POLICY or request is not None)
    has_as_much = any(had.covers(given) for had in given_to(session, attempt.id))
    if days == 0 if given.kind == Kind.DEADLINE else has_as_much:
        if request is not None:
            details = {"kind": str(given.kind), "value": _logged(given), "source": str(source), "grant": None}
            _note(session, AuditAction.ACCOMMODATION_GRANTED, attempt, actor, now, **details, request=request.id)
        return None
    grant = Grant(
        attempt_id=attempt.id,
        request_id=request.id if request else None,
        kind=str(given.kind),
        value=given.value,
        source=str(source),
        given_at=now,
        is_carried=wants_to_carry(attempt),
    )
    session.add(grant)
    session.flush()
    details = {"kind": grant.kind, "value": _logged(given), "source": grant.source, "grant": grant.id}
    _note(session, AuditAction.ACCOMMODATION_GRANTED, attempt, actor, now, **details, request=grant.request_id)
    closing = interviews.closing_time(attempt.invitation)
    if days and closing is not None:
        deadlines.move(session, attempt, later(max(closing, now), timedelta(days=days)), actor=actor, now=now)
    return grant


def _more_days(session: Session, attempt: Attempt, given: Given, *, is_asked: bool) -> int:
    """Return how many days the deadline moves. Requested days are a total and do not add up with earlier ones."""
    if given.kind != Kind.DEADLINE or given.value is None:
        return 0
    had = max((one.value or 0 for one in given_to(session, attempt.id) if one.kind == Kind.DEADLINE), default=0)
    return max(0, given.value - had) if is_asked else given.value


def give_back(session: Session, attempt: Attempt, grant_id: str, *, now: datetime) -> None:
    """End a grant that the candidate no longer wants. Takes begun under it keep their limits. The deadline stays moved.

    Raises NotFoundError if the grant is not the candidate's, and ConflictError if the answers were sent.
    """
    _require_unsubmitted(attempt)
    grant = session.get(Grant, grant_id)
    if grant is None or grant.attempt_id != attempt.id:
        raise NotFoundError()
    end(session, attempt, grant, actor=candidate_actor(attempt), now=now)


def end(session: Session, attempt: Attempt, grant: Grant, *, actor: Actor, now: datetime) -> None:
    """End a grant, unless it has already ended."""
    if grant.ended_at is not None:
        return
    grant.ended_at = now
    _note(session, AuditAction.ACCOMMODATION_ENDED, attempt, actor, now, kind=grant.kind, grant=grant.id)


def withdraw(session: Session, attempt: Attempt, request_id: str, *, now: datetime) -> None:
    """Withdraw a request if it is open. Raises NotFoundError if it does not exist or belongs to someone else."""
    request = lock_request(session, request_id)
    if request.attempt_id != attempt.id:
        raise NotFoundError()
    if not request.is_open:
        return
    request.state, request.ended_at = str(RequestState.WITHDRAWN), now
    details = {"kind": request.kind, "request": request.id}
    _note(session, AuditAction.ACCOMMODATION_WITHDRAWN, attempt, candidate_actor(attempt), now, **details)
    deadlines.pause_or_resume(session, attempt, now=now)


def lock_request(session: Session, request_id: str) -> AccommodationRequest:
    """Return a request, locked until the transaction ends. Raises NotFoundError if it does not exist.

    The attempt is locked first, so that the candidate's accommodations do not change during a decision.
    """
    attempt_id = session.scalar(select(AccommodationRequest.attempt_id).where(AccommodationRequest.id == request_id))
    if attempt_id is None:
        raise NotFoundError()
    interviews.lock_attempt(session, attempt_id)
    query = select(AccommodationRequest).where(AccommodationRequest.id == request_id)
    found = session.scalar(query.with_for_update(of=AccommodationRequest).execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError()
    return found


def wants_to_carry(attempt: Attempt) -> bool:
    """Return whether the candidate wants their accommodations in later interviews of this organisation."""
    return bool(attempt.preferences.get("carry_accommodations"))


def _request(session: Session, attempt: Attempt, wish: Given, sealed: str | None, *, now: datetime) -> None:
    waiting = [request for request in requests_of(session, attempt.id) if request.is_open]
    same = next((one for one in waiting if one.kind == wish.kind and wish.kind != Kind.OTHER), None)
    if same is not None:
        if same.value != wish.value:
            same.value = wish.value
            details = {"kind": same.kind, "value": _logged(wish), "request": same.id}
            _note(session, AuditAction.ACCOMMODATION_CHANGED, attempt, candidate_actor(attempt), now, **details)
        return
    if any(had.covers(wish) for had in given_to(session, attempt.id)):
        return
    if len(waiting) >= MAX_OPEN_REQUESTS:
        raise ConflictError(
            _("Many of your requests are still waiting. Please wait for the answers before you ask again.")
        )
    request = AccommodationRequest(
        attempt_id=attempt.id, kind=str(wish.kind), value=wish.value, sealed_words=sealed, state=RequestState.OPEN
    )
    request.asked_at = now
    session.add(request)
    session.flush()
    details = {"kind": request.kind, "value": _logged(wish), "request": request.id}
    _note(session, AuditAction.ACCOMMODATION_REQUESTED, attempt, candidate_actor(attempt), now, **details)


def _is_asked(session: Session, attempt: Attempt, words: str, sealer: Sealer) -> bool:
    """Return whether the candidate has an open request in the same words. If no key can decrypt it, the words differ."""
    sealed = [one.sealed_words for one in requests_of(session, attempt.id) if one.is_open and one.sealed_words]
    for one in sealed:
        with suppress(UnsealError):
            if sealer.unseal(one) == words:
                return True
    return False


def _require_unsubmitted(attempt: Attempt) -> None:
    if attempt.submitted_at is not None:
        raise ConflictError(_("Your answers have already been sent."), title=_("You have sent your answers"))


def _note(
    session: Session, action: AuditAction, attempt: Attempt, actor: Actor, now: datetime, **details: str | int | None
) -> None:
    record(session, action, actor=actor, subject=("attempt", attempt.id), now=now, **details)


def _logged(given: Given) -> int | str | None:
    return "no limit" if given.value is None and given.kind in UNLIMITED else given.value


def candidate_actor(attempt: Attempt) -> Actor:
    """Return the candidate as the actor of an event."""
    return Actor("candidate", attempt.id)
