"""Send one plain text message by SMTP (RFC 5321), over TLS unless the mail server is on this machine.

A message that the server accepted must never be sent again. So the final dot is sent separately. Before it, the server
has accepted nothing, and a retry is safe. After it, only the reply says whether the message was accepted.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from app import mail_session
from app.email_addresses import EmailAddress, InvalidEmailAddressError, read_email_address
from app.mail_session import Session

LOCAL = ("localhost", "127.0.0.1", "::1")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class MailUnavailableError(Exception):
    """The message was not accepted, but may be accepted later. The text is a reason code without personal data."""


class MailRefusedError(Exception):
    """The server will never accept this message: its address is invalid, unknown, or cannot be encoded for this server."""


class MailUncertainError(Exception):
    """The message was sent, but the server did not reply: it may or may not have been accepted."""


def send(
    mail_url: str,
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    before_handover: Callable[[], None] = lambda: None,
) -> None:
    """Hand one message over to the mail server at `mail_url`.

    `mail_url` is smtp://user:password@host:587 or smtps://host:465, and may name another sender in `?from=`.
    `before_handover` is called when everything except the final dot has been sent; if it raises an error, the server
    accepts nothing. Returns once the server has accepted the message, even if the connection breaks afterwards. Raises
    MailUnavailableError, MailRefusedError or MailUncertainError.
    """
    parts = urlsplit(mail_url)
    host = parts.hostname or "localhost"
    try:
        recipient = read_email_address(to)
    except InvalidEmailAddressError as problem:
        raise MailRefusedError("address") from problem
    from_name, from_address = parseaddr(parse_qs(parts.query).get("from", [sender])[0])
    message = EmailMessage()
    message["From"], message["To"] = formataddr((from_name, from_address)), recipient.for_mail
    message["Subject"], message["Date"] = subject, formatdate()
    message["Message-ID"] = make_msgid(message_id, domain=host)
    message["Auto-Submitted"], message["X-Auto-Response-Suppress"] = "auto-generated", "All"
    message.set_content(text, cte="quoted-printable")
    body = message.as_bytes(policy=SMTPUTF8 if recipient.needs_smtputf8 else SMTP)
    try:
        server = _connected(parts.scheme, host, parts.port)
        try:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            _announce(server, from_address, recipient)
            _hand_over(server, body, before_handover)
        finally:
            _leave(server)
    except (smtplib.SMTPException, OSError, UnicodeError) as problem:
        raise MailUnavailableError(type(problem).__name__) from problem


def _connected(scheme: str, host: str, port: int | None) -> Session:
    context = ssl.create_default_context()
    server = mail_session.connect(scheme, host, port, context=context)
    if scheme == "smtps":
        return server
    try:
        server.ehlo()
        if host not in LOCAL or server.has_extn("starttls"):
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _announce(server: Session, sender: str, recipient: EmailAddress) -> None:
    """Send the sender and the recipient, and begin the message."""
    server.ehlo_or_helo_if_needed()
    options = []
    if recipient.needs_smtputf8:
        if not server.has_extn("smtputf8"):
            raise MailRefusedError("smtputf8")  # the address has no ASCII form (RFC 6531)
        server.command_encoding = "utf-8"
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    _require(server.mail(sender, options), "sender")
    _require(server.rcpt(recipient.for_mail), "recipient")
    _require(server.docmd("DATA"), "data", expected=3)


def _hand_over(server: Session, body: bytes, before_handover: Callable[[], None]) -> None:
    server.send(_LEADING_DOT.sub(b"..", body))
    before_handover()
    try:
        server.limit_final_reply()
        server.send(b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")
        reply = server.getreply()
    except (smtplib.SMTPException, OSError) as problem:
        raise MailUncertainError(type(problem).__name__) from problem
    if reply[0] // 100 not in (2, 4, 5):  # an intermediate reply neither accepts nor refuses the message
        raise MailUncertainError("reply")
    _require(reply, "message")


def _require(reply: tuple[int, bytes], step: str, *, expected: int = 2) -> None:
    """Raise MailRefusedError for a permanent error (5yz), and MailUnavailableError for any other unexpected reply.

    Source: RFC 5321, 4.2.1.
    """
    code = reply[0]
    if code // 100 == expected:
        return
    raise (MailRefusedError if code // 100 == 5 else MailUnavailableError)(f"{step} {code}")


def _leave(server: Session) -> None:
    """End the session without waiting for the reply to QUIT, which says nothing about the message."""
    with suppress(smtplib.SMTPException, OSError):
        server.putcmd("quit")
    server.close()
