"""A decision on a request is mailed once, in the candidate's language. The mail does not reveal the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import mail, mail_session
from app.accommodations import decisions, notice_sending, notices
from app.accommodations import services as accommodations
from app.accommodations.models import Notice, NoticeState
from app.accounts.models import Role
from app.audit import AuditEvent
from app.clock import now
from app.config import Config
from app.extensions import db
from app.interviews.models import Attempt, Invitation
from app.mail_session import Session
from app.sealing import get_sealer
from app.transaction import transaction
from tests.at_once import at_once
from tests.factories import make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient
from tests.smtp_server import SmtpServer

SECRET_WORDS = ("quiet hour", "We cannot", "Declined", "recording time")


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    running = SmtpServer()
    yield running
    running.close()


@pytest.fixture
def config(config: Config, server: SmtpServer) -> Config:
    return replace(config, mail_url=server.url, base_url="https://interviews.example")


def decide(**of_attempt: object) -> tuple[Attempt, str]:
    """Decline a candidate's request. Return the attempt and the id of the request."""
    attempt = make_attempt(make_interview(title="Night porter"), **of_attempt)
    with transaction() as session:
        invitation = session.get_one(Invitation, attempt.invitation_id)
        invitation.candidate_name, invitation.candidate_email = "Ada Osei", "ada@example.org"
        found = session.get_one(Attempt, attempt.id)
        accommodations.ask(session, found, [], "A quiet hour.", sealer=get_sealer(), now=now())
    user = make_user(Role.COORDINATOR)
    with transaction() as session:
        (request,) = accommodations.requests_of(session, attempt.id)
        decisions.decline(session, request.id, "We cannot.", user=user, sealer=get_sealer(), now=now())
    return attempt, request.id


def notice() -> Notice:
    db.session.rollback()
    return db.session.scalars(select(Notice)).one()


def be_due() -> None:
    with transaction() as session:
        session.scalars(select(Notice)).one().next_at = now() - timedelta(seconds=1)


def actions() -> list[str]:
    db.session.rollback()
    return [event.action for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.number))]


def test_decision_is_mailed_once_without_its_content(app: Flask, server: SmtpServer) -> None:
    decide()
    assert notice_sending.send_due() == 1
    assert notice_sending.send_due() == 0
    (message,) = server.messages
    assert server.recipients == ["<ada@example.org>"]
    assert message["From"] == "interviews@harbour.example"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "Hello Ada Osei" in text
    assert "“Night porter”" in text
    assert "https://interviews.example/interview/accommodations" in text
    assert [words for words in SECRET_WORDS if words in str(message)] == []
    assert notice().state == NoticeState.SENT
    assert actions()[-1] == "notice sent"


def test_notice_is_in_the_language_of_the_consent(app: Flask, server: SmtpServer) -> None:
    decide(consent_version="1-ar")
    notice_sending.send_due()
    text = server.messages[0].get_content()
    assert "مرحبًا" in text
    assert "\nhttps://interviews.example/interview/accommodations\n" in text.replace("\r", "")


def test_notice_is_retried_until_it_has_failed(app: Flask, server: SmtpServer) -> None:
    server.answer_to_recipient = "451 later"
    decide()
    for tries in range(1, len(notices.PAUSES) + 2):
        be_due()
        assert notice_sending.send_due() == 0
        assert notice_sending.send_due() == 0, "not before its time"
        assert notice().tries == tries
    assert notice().state == NoticeState.FAILED
    assert actions()[-1] == "notice failed"
    be_due()
    server.answer_to_recipient = "250 fine"
    assert notice_sending.send_due() == 0


def test_notice_that_failed_once_is_sent_at_the_next_try(app: Flask, server: SmtpServer) -> None:
    server.answer_to_recipient = "451 later"
    decide()
    notice_sending.send_due()
    assert notice().problem == "recipient 451"
    server.answer_to_recipient = "250 fine"
    be_due()
    assert notice_sending.send_due() == 1
    assert (notice().state, notice().problem) == (NoticeState.SENT, None)


def test_permanently_refused_address_is_not_retried(app: Flask, server: SmtpServer) -> None:
    server.answer_to_recipient = "550 nobody"
    decide()
    notice_sending.send_due()
    assert (notice().state, notice().tries) == (NoticeState.FAILED, 1)


def test_address_with_a_line_break_cannot_add_headers(app: Flask, server: SmtpServer) -> None:
    attempt, _request = decide()
    with transaction() as session:
        session.get_one(Invitation, attempt.invitation_id).candidate_email = "a@example.org\r\nBcc: b@example.org"
    notice_sending.send_due()
    assert notice().state == NoticeState.FAILED
    assert server.messages == []


def test_two_processes_send_a_notice_once(app: Flask, server: SmtpServer) -> None:
    decide()
    assert sorted(at_once(app, [notice_sending.send_due] * 4)) == [0, 0, 0, 1]  # type: ignore[type-var]
    assert len(server.messages) == 1


def test_a_decision_that_was_not_saved_sends_nothing(app: Flask, server: SmtpServer) -> None:
    attempt, request_id = decide()
    user = make_user(Role.COORDINATOR)
    with pytest.raises(decisions.ConflictError), transaction() as session:
        decisions.grant(session, request_id, None, "", user=user, sealer=get_sealer(), now=now())
    assert len(db.session.scalars(select(Notice).where(Notice.attempt_id == attempt.id)).all()) == 1


def test_nothing_is_sent_without_a_mail_server(app: Flask, use_config: Callable[..., None]) -> None:
    decide()
    use_config(mail_url=None)
    assert notice_sending.send_due() == 0
    assert notice().state == NoticeState.WAITING


def test_notice_that_may_have_been_accepted_is_never_sent_again(app: Flask, server: SmtpServer) -> None:
    server.answer_to_message = None
    decide()
    assert notice_sending.send_due() == 0
    assert (notice().state, len(server.messages)) == (NoticeState.UNCERTAIN, 1)
    assert actions()[-1] == "notice uncertain"
    server.answer_to_message = "250 kept"
    be_due()
    assert notice_sending.send_due() == 0
    assert len(server.messages) == 1


def test_notice_of_a_process_killed_during_the_handover_is_uncertain(app: Flask, server: SmtpServer) -> None:
    decide()
    getreply = Session.getreply

    def killed_after_the_message(connection: Session) -> tuple[int, bytes]:
        reply = getreply(connection)
        if server.messages:
            raise KeyboardInterrupt
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "getreply", killed_after_the_message)
        with pytest.raises(KeyboardInterrupt):
            notice_sending.send_due()
    assert (notice().state, len(server.messages)) == (NoticeState.HANDING_OVER, 1)
    assert notice_sending.send_due() == 0
    assert notice().state == NoticeState.HANDING_OVER, "its process may still be waiting for the reply"
    be_due()
    assert notice_sending.send_due() == 0
    assert (notice().state, len(server.messages)) == (NoticeState.UNCERTAIN, 1)


@pytest.mark.parametrize(
    ("step", "state", "messages"), [("EHLO", NoticeState.WAITING, 0), ("DOT", NoticeState.UNCERTAIN, 1)]
)
def test_notice_to_a_server_that_never_ends_its_reply_has_one_outcome(
    app: Flask, server: SmtpServer, monkeypatch: pytest.MonkeyPatch, step: str, state: NoticeState, messages: int
) -> None:
    server.endless, server.endless_piece, server.endless_pause = step, b"250-a\r\n", 0.02
    monkeypatch.setattr(mail_session, "COMMAND_SECONDS", 0.5)
    monkeypatch.setattr(mail_session, "FINAL_REPLY_SECONDS", 0.5)
    decide()
    assert notice_sending.send_due() == 0
    assert (notice().state, notice().tries, len(server.messages)) == (state, 1, messages)
    server.endless = ""
    be_due()
    assert notice_sending.send_due() == 1 - messages, "what may have arrived is not sent again"
    assert len(server.messages) == 1


def test_notice_claimed_by_another_process_meanwhile_is_handed_over_once(app: Flask, server: SmtpServer) -> None:
    decide()
    with transaction() as session:
        (letter_id,) = notices.due(session, now=now())
        slow = notices.claim(session, letter_id, contact="c", organisation="o", address="a", now=now())
    be_due()
    assert notice_sending.send_due() == 1
    assert slow is not None
    with transaction() as session:
        assert not notices.begin_handover(session, letter_id, slow.tries, now=now())
    assert len(server.messages) == 1


@pytest.mark.parametrize(
    ("state", "mail_url", "said"),
    [
        (NoticeState.WAITING, "smtp://127.0.0.1:1", "An email is being sent."),
        (NoticeState.WAITING, None, "Tell the candidate yourself"),
        (NoticeState.UNCERTAIN, "smtp://127.0.0.1:1", "may have been sent"),
        (NoticeState.FAILED, "smtp://127.0.0.1:1", "Tell the candidate yourself"),
        (NoticeState.SENT, "smtp://127.0.0.1:1", "Told by email:"),
    ],
)
def test_the_coordinator_sees_whether_the_candidate_was_told(
    client: CheckingClient, use_config: Callable[..., None], state: str, mail_url: str | None, said: str
) -> None:
    attempt, _request = decide()
    with transaction() as session:
        found = session.scalars(select(Notice)).one()
        found.state, found.ended_at = str(state), now()
    use_config(mail_url=mail_url)
    sign_in(client, make_user(Role.COORDINATOR))
    assert said in client.page(f"/manage/invitations/{attempt.invitation_id}/accommodations").get_text(" ")


def test_unreachable_mail_server_is_not_an_error(app: Flask) -> None:
    with pytest.raises(mail.MailUnavailableError):
        mail.send("smtp://127.0.0.1:1", sender="a@b.example", to="c@d.example", subject="s", text="t", message_id="x")


def test_mail_to_another_machine_is_encrypted(app: Flask, server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LOCAL", ())
    with pytest.raises(mail.MailUnavailableError):
        mail.send(server.url, sender="a@b.example", to="c@d.example", subject="s", text="t", message_id="x")
    assert server.recipients == []
