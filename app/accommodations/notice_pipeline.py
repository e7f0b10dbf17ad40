"""Sending what waits to be sent: a job of the queue, which the sweeper asks for again while something is due."""

from __future__ import annotations

import logging

from flask import current_app
from redis.exceptions import RedisError

from app import clock, mail
from app.accommodations import notices
from app.config import Config
from app.extensions import db, jobs
from app.transaction import end_reading, transaction

JOB_SECONDS = 30 * notices.AT_ONCE
log = logging.getLogger("fairtake.mail")


def enqueue_due() -> None:
    """Put a job into the queue when something is due and mail is set up. Redis away: the sweeper comes by again."""
    config: Config = current_app.config["FAIRTAKE"]
    is_due = bool(config.mail_url and notices.due(db.session(), now=clock.now()))
    end_reading()
    if not is_due:
        return
    try:
        jobs.queue.enqueue(send_due, at_front=True, job_timeout=JOB_SECONDS, result_ttl=0, description="notices")
    except RedisError as problem:
        log.warning("notices wait for the sweeper: %s", type(problem).__name__)


def send_due() -> int:
    """Send what is due, one after the other; returns how many were sent. Two processes never send the same one."""
    config: Config = current_app.config["FAIRTAKE"]
    waiting = notices.due(db.session(), now=clock.now()) if config.mail_url else []
    end_reading()
    return sum(_send(config, notice_id) for notice_id in waiting)


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
            str(config.mail_url), sender=config.contact, to=letter.to, subject=letter.subject, text=letter.text,
            message_id=notice_id,
        )  # fmt: skip
    except (mail.MailAway, mail.MailRefused) as problem:
        log.warning("notice %s was not sent: %s", notice_id, problem)
        with transaction() as session:
            for_good = isinstance(problem, mail.MailRefused)
            notices.fail(session, notice_id, str(problem), for_good=for_good, now=clock.now())
        return False
    with transaction() as session:
        notices.succeed(session, notice_id, now=clock.now())
    return True
