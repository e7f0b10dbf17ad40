"""Sending a plain text message by SMTP (RFC 5321), over TLS wherever the other side is not this machine."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 20
LOCAL = ("localhost", "127.0.0.1", "::1")


class MailAway(Exception):
    """It could not be handed over now, and may be later; the message is a reason code, with no content."""


class MailRefused(Exception):
    """The server will never take it: an address that is none, or that it does not know."""


def send(mail_url: str, *, sender: str, to: str, subject: str, text: str, message_id: str) -> None:
    """Hand one message to the server of `mail_url`: smtp://user:password@host:587 or smtps://host:465, `?from=` the sender.

    The same `message_id` lets a server that was given it twice know it. Raises MailAway and MailRefused.
    """
    parts = urlsplit(mail_url)
    host = parts.hostname or "localhost"
    message = EmailMessage()
    try:
        message["From"] = parse_qs(parts.query).get("from", [sender])[0]
        message["To"], message["Subject"] = to, subject
    except ValueError as problem:  # a line break in an address
        raise MailRefused("address") from problem
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(message_id, domain=host)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        with _connected(parts.scheme, host, parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as problem:
        if _is_for_good(problem):
            raise MailRefused(type(problem).__name__) from problem
        raise MailAway(type(problem).__name__) from problem
    except (smtplib.SMTPException, OSError, UnicodeError) as problem:
        raise MailAway(type(problem).__name__) from problem


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if host not in LOCAL or server.has_extn("starttls"):
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _is_for_good(problem: smtplib.SMTPException) -> bool:
    """Whether every code is permanent (5yz, RFC 5321, 4.2.1)."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _reason in problem.recipients.values())
    return isinstance(problem, smtplib.SMTPResponseException) and problem.smtp_code >= 500
