"""Mails about decisions: stored in the transaction of the decision, and tried until they are sent or have failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accommodations.models import AccommodationRequest, Notice, NoticeState
from app.audit import Actor, AuditAction, record

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 720, 1440))
"""Pauses between attempts, 41 hours in total. If the last attempt fails, the notice has failed."""
CLAIM_MINUTES = 15
"""How long a process keeps a claimed notice. It must be longer than the wait for the mail server's final reply."""
MAX_PER_CALL = 20
SENDER = Actor("system", "mail")


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """The mail of one notice, ready to be sent."""

    notice_id: str
    tries: int
    to: str
    subject: str
    text: str


def queue_notice(session: Session, request: AccommodationRequest, *, now: datetime) -> None:
    """Queue a mail about a decision. Call it in the transaction of the decision."""
    session.add(
        Notice(attempt_id=request.attempt_id, request_id=request.id, state=str(NoticeState.WAITING), next_at=now)
    )


def of_attempt(session: Session, attempt_id: str) -> dict[str, Notice]:
    """Return the notices of a candidate, by request id."""
    found = session.scalars(select(Notice).where(Notice.attempt_id == attempt_id))
    return {notice.request_id: notice for notice in found}


def due(session: Session, *, now: datetime, without: Collection[str] = ()) -> Sequence[str]:
    """Return the ids of the notices that are due, those that have waited longest first."""
    query = select(Notice.id).where(Notice.state == str(NoticeState.WAITING), Notice.next_at <= now)
    query = query.where(Notice.id.not_in(without))
    return session.scalars(query.order_by(Notice.next_at, Notice.id).limit(MAX_PER_CALL)).all()


def claim(
    session: Session, notice_id: str, *, contact: str, organisation: str, address: str, now: datetime
) -> NoticeMail | None:
    """Claim a notice and return its mail, or None if the notice is finished or claimed by another process.

    `address` is the URL where the candidate reads the decision. The claim lasts CLAIM_MINUTES.
    """
    is_free = (Notice.id == notice_id, Notice.state == str(NoticeState.WAITING), Notice.next_at <= now)
    tries = session.scalar(select(Notice.tries).where(*is_free))
    if tries is None:
        return None
    values = {"tries": tries + 1, "next_at": now + timedelta(minutes=CLAIM_MINUTES)}
    if session.execute(update(Notice).where(*is_free, Notice.tries == tries).values(values)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    notice = session.get_one(Notice, notice_id)
    invitation = notice.attempt.invitation
    with force_locale(_language(notice.attempt.consent_version)):
        return NoticeMail(
            notice_id=notice_id,
            tries=tries + 1,
            to=invitation.candidate_email,
            subject=_("You have an answer from %(organisation)s", organisation=organisation),
            text="\n\n".join(
                [
                    _("Hello %(name)s,", name=invitation.candidate_name),
                    _(
                        "you asked for something in “%(title)s”, and you now have an answer.",
                        title=invitation.interview.title,
                    ),
                    _("Read it here, in the browser that you started in:"),
                    address,  # the address has its own paragraph, so that no direction mark can become part of it
                    _(
                        "To use another browser, first open your invitation link. It is in the message that invited you."
                    ),
                    _(
                        "This message was sent automatically. To reach a person: %(contact)s.",
                        contact=contact or _("the person or team who sent you the link"),
                    ),
                ]
            ),
        )


def begin_handover(session: Session, notice_id: str, tries: int, *, now: datetime) -> bool:
    """Record that the end of the mail is about to be sent to the mail server. Return False if the claim was lost.

    If this process ends before the server replies, nobody can know whether the mail was accepted, so it is not sent
    again.
    """
    is_ours = (Notice.id == notice_id, Notice.state == str(NoticeState.WAITING), Notice.tries == tries)
    values = {"state": str(NoticeState.HANDING_OVER), "next_at": now + timedelta(minutes=CLAIM_MINUTES)}
    return session.execute(update(Notice).where(*is_ours).values(values)).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def succeed(session: Session, notice_id: str, *, now: datetime) -> None:
    """Record that the mail server accepted the mail, even if this was uncertain before."""
    notice = session.get(Notice, notice_id)
    if notice is not None and notice.state in (NoticeState.HANDING_OVER, NoticeState.UNCERTAIN):
        notice.state, notice.ended_at, notice.problem = str(NoticeState.SENT), now, None
        _record(session, AuditAction.NOTICE_SENT, notice, now)


def fail(session: Session, notice_id: str, problem: str, *, is_final: bool, now: datetime) -> None:
    """Record a failed try. After the last try, or if `is_final`, the notice has failed."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.state not in (NoticeState.WAITING, NoticeState.HANDING_OVER):
        return
    notice.state, notice.problem = str(NoticeState.WAITING), problem[:40]
    notice.next_at = now + PAUSES[min(notice.tries, len(PAUSES)) - 1]
    if is_final or notice.tries > len(PAUSES):
        notice.state, notice.ended_at = str(NoticeState.FAILED), now
        _record(session, AuditAction.NOTICE_FAILED, notice, now)


def leave_uncertain(session: Session, notice_id: str, problem: str, *, now: datetime) -> None:
    """Record that the mail may have been sent: it was handed over, and the mail server did not reply."""
    notice = session.get(Notice, notice_id)
    if notice is not None and notice.state == NoticeState.HANDING_OVER:
        notice.state, notice.ended_at, notice.problem = str(NoticeState.UNCERTAIN), now, problem[:40]
        _record(session, AuditAction.NOTICE_UNCERTAIN, notice, now)


def interrupted_handovers(session: Session, *, now: datetime, without: Collection[str] = ()) -> Sequence[str]:
    """Return the ids of the notices whose process ended while it handed the mail to the mail server."""
    query = select(Notice.id).where(Notice.state == str(NoticeState.HANDING_OVER), Notice.next_at <= now)
    query = query.where(Notice.id.not_in(without))
    return session.scalars(query.order_by(Notice.next_at, Notice.id).limit(MAX_PER_CALL)).all()


def _record(session: Session, action: AuditAction, notice: Notice, now: datetime) -> None:
    session.flush()
    subject = ("attempt", notice.attempt_id)
    record(session, action, actor=SENDER, subject=subject, now=now, request=notice.request_id, tries=notice.tries)


def _language(consent_version: str | None) -> str:
    """Return the language in which the candidate gave their consent."""
    return (consent_version or "").partition("-")[2] or "en"
