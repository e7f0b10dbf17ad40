"""Separation of duties: no one may see the accommodations of an interview's candidates and also review the interview.

A person who has seen the requests of an interview cannot be assigned as its reviewer, and its reviewers cannot open the
requests. A person who has opened a recording of a blind review to caption it cannot be assigned either. Only compliance
can make an exception (`ReviewException`), which is recorded in the audit log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Role, StaffUser
from app.audit import Actor, AuditAction, record
from app.errors import ConflictError, NotAllowedError
from app.interviews.models import Attempt, Interview, InterviewReviewer, Invitation
from app.interviews.separation_models import RequestAccess, ReviewException


class CannotReviewError(ConflictError):
    """The chosen reviewer has seen, or may see, more of the interview's candidates than reviewers may."""


class OwnExceptionError(ConflictError):
    """A person tried to make a `ReviewException` for themselves."""


class ReviewsThisInterviewError(NotAllowedError):
    """A reviewer tried to open accommodations of candidates whom they review."""


def lock_interview(session: Session, interview_id: str) -> None:
    """Lock an interview until the transaction ends.

    Assigning reviewers and opening requests for the first time both need this lock.
    """
    session.scalar(select(Interview.id).where(Interview.id == interview_id).with_for_update(key_share=True))


def reviewed_interviews(session: Session, user: StaffUser) -> set[str]:
    """Return the ids of the interviews that a user reviews, except those with a `ReviewException` for this user.

    The accommodation requests of these interviews are hidden from the user.
    """
    excepted = select(ReviewException.interview_id).where(ReviewException.user_id == user.id)
    query = select(InterviewReviewer.interview_id).where(
        InterviewReviewer.user_id == user.id, InterviewReviewer.interview_id.not_in(excepted)
    )
    return set(session.scalars(query))


def require_not_reviewing(session: Session, user: StaffUser, *interview_ids: str) -> None:
    """Raise ReviewsThisInterviewError if a user reviews one of these interviews and has no `ReviewException` for it."""
    if reviewed_interviews(session, user).isdisjoint(interview_ids):
        return
    problem = ReviewsThisInterviewError(
        _("You review this interview. So you cannot see what its candidates asked for."),
        next_step=_("Another coordinator can decide. Or compliance can make an exception."),
    )
    raise problem


def note_access(session: Session, user: StaffUser, interview_ids: Iterable[str], *, now: datetime) -> None:
    """Record that a user has seen accommodations of these interviews, or has opened recordings to caption them.

    Raises ReviewsThisInterviewError if the user reviews one of the interviews and has no `ReviewException` for it.
    """
    for interview_id in sorted(set(interview_ids)):
        if session.get(RequestAccess, (interview_id, user.id)) is not None:
            continue
        lock_interview(session, interview_id)
        require_not_reviewing(session, user, interview_id)
        session.merge(RequestAccess(interview_id=interview_id, user_id=user.id, first_at=now))
    session.flush()


def note_access_of_compliance(session: Session, user: StaffUser, *, now: datetime) -> None:
    """Record that a user has seen accommodations of every interview that somebody has begun.

    Called when the user loses the compliance role, because the pages of compliance show all accommodations.
    """
    begun = select(Invitation.interview_id).join(Attempt, Attempt.invitation_id == Invitation.id).distinct()
    note_access(session, user, session.scalars(begun).all(), now=now)


def has_access_to_note(session: Session, user: StaffUser, interview_ids: Collection[str]) -> bool:
    """Return whether `note_access` has not recorded this person yet for any of these interviews."""
    known = select(RequestAccess.interview_id).where(RequestAccess.user_id == user.id)
    return not set(interview_ids) <= set(session.scalars(known))


def barred_reviewers(session: Session, interview_id: str | None, users: Sequence[StaffUser]) -> list[StaffUser]:
    """Return those of `users` who may not review an interview (None: a new interview).

    They have the compliance role, have seen requests of the interview, or have opened its recordings to caption them,
    and have no `ReviewException` for it.
    """
    seen = set(session.scalars(select(RequestAccess.user_id).where(RequestAccess.interview_id == interview_id)))
    excepted = set(session.scalars(select(ReviewException.user_id).where(ReviewException.interview_id == interview_id)))
    barred = [user for user in users if user.id in seen or Role.COMPLIANCE in user.roles]
    return [user for user in barred if user.id not in excepted]


def require_may_review(session: Session, interview_id: str, users: Sequence[StaffUser]) -> None:
    """Raise CannotReviewError if one of these users may not review an interview. The interview must be locked."""
    barred = barred_reviewers(session, interview_id, users)
    if barred:
        raise CannotReviewError(
            _(
                "These people cannot review this interview: %(names)s. They can see what its candidates asked for, or"
                " they have opened recordings to caption them.",
                names=", ".join(user.name for user in barred),
            ),
            title=_("Not assigned"),
            next_step=_("Choose other reviewers. Or ask compliance for an exception."),
        )


def exceptions_of(session: Session, interview_id: str) -> Sequence[ReviewException]:
    """Return the review exceptions of an interview, oldest first."""
    query = select(ReviewException).where(ReviewException.interview_id == interview_id)
    options = (joinedload(ReviewException.user), joinedload(ReviewException.given_by))
    return session.scalars(query.options(*options).order_by(ReviewException.given_at)).all()


def give_exception(
    session: Session, interview: Interview, user: StaffUser, reason: str, *, by: StaffUser, now: datetime
) -> None:
    """Allow a person to review an interview although they see its accommodations. Repeating the call changes nothing.

    Raises OwnExceptionError if the person would make the exception for themselves.
    """
    if user.id == by.id:
        raise OwnExceptionError(
            _("You cannot make an exception for yourself."), next_step=_("Ask another person in compliance.")
        )
    lock_interview(session, interview.id)
    if session.get(ReviewException, (interview.id, user.id)) is not None:
        return
    session.add(
        ReviewException(
            interview_id=interview.id, user_id=user.id, given_by_id=by.id, given_at=now, reason=reason.strip()
        )
    )
    session.flush()
    _record(session, AuditAction.REVIEW_EXCEPTION_GIVEN, interview, user.id, by, now)


def end_exception(session: Session, interview: Interview, user_id: str, *, by: StaffUser, now: datetime) -> None:
    """End a review exception. If the user may not review without it, their assignment to the interview ends too."""
    lock_interview(session, interview.id)
    found = session.get(ReviewException, (interview.id, user_id))
    if found is None:
        return
    user = found.user
    session.delete(found)
    session.flush()
    if barred_reviewers(session, interview.id, [user]):
        session.execute(
            delete(InterviewReviewer).where(
                InterviewReviewer.interview_id == interview.id, InterviewReviewer.user_id == user_id
            )
        )
    _record(session, AuditAction.REVIEW_EXCEPTION_ENDED, interview, user_id, by, now)


def _record(
    session: Session, action: AuditAction, interview: Interview, user_id: str, by: StaffUser, now: datetime
) -> None:
    record(session, action, actor=Actor("staff", by.id), subject=("interview", interview.id), now=now, reviewer=user_id)
