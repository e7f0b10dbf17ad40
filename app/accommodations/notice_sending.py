"""Send the notices that are due.

The worker uses a separate thread, because a mail server may take ten minutes to reply.
"""

from __future__ import annotations

import logging
from functools import partial

from app import batches, clock, mail
from app.accommodations import notices
from app.accommodations.notices import NoticeMail
from app.batches import Batch
from app.config import Config, current_config
from app.extensions import db
from app.transaction import end_reading, transaction

log = logging.getLogger("fairtake.mail")


class _ClaimLostError(Exception):
    """Another process has claimed the notice in the meantime, so this process must not send it."""


def send_due() -> int:
    """Send the notices that are due, one at a time, and return how many the mail server accepted.

    Two processes never send the same notice. A notice that the server may have accepted is never sent again.
    """
    config = current_config()
    if not config.mail_url:
        return 0
    now, sent = clock.now(), 0
    paused = batches.paused(db.session(), Batch.NOTICES, now=now)
    interrupted = notices.interrupted_handovers(db.session(), now=now, without=paused)
    waiting = notices.due(db.session(), now=now, without=paused)
    end_reading()

    def act(notice_id: str) -> None:
        nonlocal sent
        if notice_id in interrupted:
            _leave_uncertain(notice_id, "interrupted")
        else:
            sent += _send(config, notice_id)

    batches.for_each(Batch.NOTICES, [*interrupted, *waiting], act, now=now)
    return sent


def _send(config: Config, notice_id: str) -> bool:
    with transaction() as session:
        letter = notices.claim(
            session, notice_id, contact=config.contact, organisation=config.organisation,
            address=f"{config.base_url}/interview/accommodations", now=clock.now(),
        )  # fmt: skip
    if letter is None:
        return False
    try:
        mail.send(
            str(config.mail_url), sender=config.mail_sender, to=letter.to, subject=letter.subject, text=letter.text,
            message_id=notice_id, before_handover=partial(_begin_handover, letter),
        )  # fmt: skip
    except (mail.MailUnavailableError, mail.MailRefusedError) as problem:
        log.warning("notice not sent: notice=%s reason=%s", notice_id, problem)
        with transaction() as session:
            is_final = isinstance(problem, mail.MailRefusedError)
            notices.fail(session, notice_id, str(problem), is_final=is_final, now=clock.now())
        return False
    except mail.MailUncertainError as problem:
        _leave_uncertain(notice_id, str(problem))
        return False
    except _ClaimLostError:
        return False
    with transaction() as session:
        notices.succeed(session, notice_id, now=clock.now())
    return True


def _begin_handover(letter: NoticeMail) -> None:
    with transaction() as session:
        if not notices.begin_handover(session, letter.notice_id, letter.tries, now=clock.now()):
            raise _ClaimLostError


def _leave_uncertain(notice_id: str, problem: str) -> None:
    log.warning("notice not confirmed by the mail server: notice=%s reason=%s", notice_id, problem)
    with transaction() as session:
        notices.leave_uncertain(session, notice_id, problem, now=clock.now())
