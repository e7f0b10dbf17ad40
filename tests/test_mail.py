"""A mail that the server accepted is never sent again, and a mail with an uncertain result is reported as uncertain."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app import mail, mail_session
from app.accommodations import notices
from tests.smtp_server import SmtpServer
from tests.waiting import wait_until


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    running = SmtpServer()
    yield running
    running.close()


def send(server: SmtpServer, to: str = "ada@example.org", text: str = "Hello", **more: object) -> None:
    mail.send(server.url, sender="a@b.example", to=to, subject="s", text=text, message_id="x", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", ["421 closing", "500 what", "250 odd", None])
def test_reply_to_quit_does_not_matter(server: SmtpServer, answer: str | None) -> None:
    server.answer_to_quit = answer
    send(server)
    assert len(server.messages) == 1


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ("451 later", mail.MailUnavailableError),
        ("421 closing", mail.MailUnavailableError),
        ("354 go on", mail.MailUncertainError),
        ("554 spam", mail.MailRefusedError),
        (None, mail.MailUncertainError),
        ("nonsense", mail.MailUncertainError),
    ],
)
def test_reply_to_the_message_decides(server: SmtpServer, answer: str | None, raised: type[Exception]) -> None:
    server.answer_to_message = answer
    with pytest.raises(raised):
        send(server)


def test_only_the_limit_of_the_last_reply_applies_to_it(server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of the other replies is longer here, and would have let this one arrive."""
    server.delay_before_message_reply = 5.0
    monkeypatch.setattr(mail_session, "FINAL_REPLY_SECONDS", 0.2)
    with pytest.raises(mail.MailUncertainError):
        send(server)


def test_timeouts_are_those_of_rfc_5321() -> None:
    assert (mail_session.COMMAND_SECONDS, mail_session.FINAL_REPLY_SECONDS) == (300, 600)


def test_a_notice_is_claimed_for_longer_than_the_mail_server_may_take() -> None:
    claimed = notices.CLAIM_MINUTES * 60
    before = mail_session.CONNECT_SECONDS + mail_session.COMMAND_SECONDS + mail_session.PREPARATION_SECONDS
    assert before < claimed
    assert claimed > mail_session.FINAL_REPLY_SECONDS


DRIPS = {"a line": b"2", "lines": b"250-a\r\n", "zeros": b"\0", "empty lines": b"250-\n"}
FLOODS = {"a line": b"2" * 65536, "lines": b"250-a\r\n" * 9000}
STEPS = ("CONN", "EHLO", "MAIL", "RCPT", "DATA", "DOT")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("piece", DRIPS.values(), ids=DRIPS)
def test_reply_that_never_ends_is_given_up(
    server: SmtpServer, step: str, piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte arrives long before the limit."""
    server.endless, server.endless_piece, server.endless_pause = step, piece, 0.02
    monkeypatch.setattr(mail_session, "COMMAND_SECONDS", 0.5)
    monkeypatch.setattr(mail_session, "FINAL_REPLY_SECONDS", 0.5)
    assert_given_up(server, step)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("piece", FLOODS.values(), ids=FLOODS)
def test_reply_that_is_too_large_is_given_up(server: SmtpServer, step: str, piece: bytes) -> None:
    server.endless, server.endless_piece = step, piece
    assert_given_up(server, step)


def assert_given_up(server: SmtpServer, step: str) -> None:
    """Only after the final dot may the message have been accepted. The connection is closed."""
    with pytest.raises(mail.MailUncertainError if step == "DOT" else mail.MailUnavailableError):
        send(server)
    assert len(server.messages) == (step == "DOT")
    wait_until(lambda: not server.open_replies, "the client has closed the connection")


def test_replies_together_have_a_limit(server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is slow at each step is given up before another process may claim the notice."""
    monkeypatch.setattr(mail_session, "PREPARATION_SECONDS", 0.0)
    with pytest.raises(mail.MailUnavailableError, match="TimeoutError"):
        send(server)
    assert server.messages == []


def test_a_slow_but_whole_reply_is_understood(server: SmtpServer) -> None:
    """The server may send its replies in many lines and pieces."""
    server.extensions = ["A" * 300, *(f"X-{number}" for number in range(200))]
    server.answer_to_message = "250-kept\r\n250-really\r\n250 yes"
    send(server)
    assert len(server.messages) == 1


@pytest.mark.parametrize("reply", ["250", "250 ", "250\r", "250-kept\r\n250"])
def test_short_forms_of_a_reply_are_understood(server: SmtpServer, reply: str) -> None:
    server.answer_to_message = reply
    send(server)
    assert len(server.messages) == 1


def test_message_is_not_sent_when_the_handover_is_refused(server: SmtpServer) -> None:
    def refuse() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        send(server, before_handover=refuse)
    assert server.messages == []


@pytest.mark.parametrize(
    ("reply", "raised"), [("450 busy", mail.MailUnavailableError), ("550 nobody", mail.MailRefusedError)]
)
def test_reply_to_the_recipient_decides(server: SmtpServer, reply: str, raised: type[Exception]) -> None:
    server.answer_to_recipient = reply
    with pytest.raises(raised):
        send(server)
    assert server.messages == []


def test_domain_is_sent_as_a_labels(server: SmtpServer) -> None:
    send(server, to="ana@münchen.de")
    assert server.recipients == ["<ana@xn--mnchen-3ya.de>"]
    assert server.messages[0]["To"] == "ana@xn--mnchen-3ya.de"


def test_local_part_beyond_ascii_is_refused_at_once_without_smtputf8(server: SmtpServer) -> None:
    with pytest.raises(mail.MailRefusedError, match="smtputf8"):
        send(server, to="jörg@example.org")
    assert server.recipients == []


def test_local_part_beyond_ascii_is_sent_with_smtputf8(server: SmtpServer) -> None:
    server.extensions = ["8BITMIME", "SMTPUTF8"]
    send(server, to="jörg@example.org")
    assert len(server.messages) == 1
    assert "jörg@example.org" in str(server.recipients)


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b", "a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"]
)
def test_invalid_address_is_refused_before_a_connection(server: SmtpServer, to: str) -> None:
    with pytest.raises(mail.MailRefusedError, match="address"):
        mail.send("smtp://127.0.0.1:1", sender="a@b.example", to=to, subject="s", text="t", message_id="x")


def test_dots_long_lines_and_letters_beyond_ascii_arrive(server: SmtpServer) -> None:
    text = f".\n..\n.hidden\n{'long ' * 400}\nGrüße, مرحبًا\n"
    send(server, text=text)
    (message,) = server.messages
    assert message.get_content().replace("\r\n", "\n") == text
    assert max(len(line) for line in message.as_bytes().splitlines()) <= 998
    assert re.fullmatch(r"quoted-printable", message["Content-Transfer-Encoding"])


def test_message_is_marked_as_automatic(server: SmtpServer) -> None:
    send(server)
    message = server.messages[0]
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
