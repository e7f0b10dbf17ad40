"""The page and the command of the audit log: they describe the events in words and verify the chain of hashes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.accounts.models import Role
from app.audit import KEYS, Actor, AuditAction, record
from app.compliance import services, wording
from app.extensions import db
from app.ids import new_id
from app.interviews import services as interviews
from app.interviews.rules import CONSENT_VERSION
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_take, make_user, sign_in
from tests.page_check import CheckingClient
from tests.test_audit import drop_triggers, write_events

pytestmark = pytest.mark.every_database
TAKE_LIMITS = {"number": 2, "recording_seconds": 240, "thinking_seconds": None, "retakes": 0}


@pytest.fixture
def auditor(client: CheckingClient) -> CheckingClient:
    sign_in(client, make_user(Role.COMPLIANCE))
    return client


def tamper() -> None:
    with transaction() as session:
        drop_triggers(session)
        session.execute(text("UPDATE audit_event SET actor_id = 'someone else' WHERE number = 2"))


def test_every_action_and_every_detail_has_words(app: Flask) -> None:
    assert set(wording.SENTENCES) == set(AuditAction)
    assert set(wording.LABELS) == frozenset().union(*KEYS.values())
    with app.test_request_context():
        for sentence in wording.SENTENCES.values():
            assert "%(who)s" in str(sentence) or "%(what)s" in str(sentence)


def test_page_shows_that_an_empty_log_is_intact(auditor: CheckingClient) -> None:
    said = auditor.page("/compliance/").get_text(" ", strip=True)
    assert "The log is whole" in said
    assert "Nothing has happened yet" in said


def test_events_are_shown_with_current_names(auditor: CheckingClient) -> None:
    invitation, token = make_invitation(make_interview(title="Night porter"), candidate_name="Ada Osei")
    with transaction() as session:
        attempt = interviews.exchange_token(session, token, now=NOON)
        interviews.give_consent(session, attempt, now=NOON)
    coordinator = make_user(Role.COORDINATOR, name="Cora")
    with transaction() as session:
        who, what = Actor("staff", coordinator.id), ("interview", invitation.interview_id)
        record(session, AuditAction.INTERVIEW_CHANGED, actor=who, subject=what, now=NOON, questions=3, state="open")
    rows = [row.get_text(" ", strip=True) for row in auditor.page("/compliance/").select("tbody tr")]
    assert "3 2026-11-02 12:00:00" in rows[0]
    assert "Cora changed the interview “Night porter”. questions: 3; state: open" in rows[0]
    assert f"Ada Osei ({invitation.reference}) agreed to be recorded. version: {CONSENT_VERSION}" in rows[1]
    assert (
        f"Ada Osei ({invitation.reference}) opened their interview with the invitation link. interview: Night porter"
        in rows[2]
    )


def test_limits_in_force_of_a_take_are_shown_in_words(auditor: CheckingClient) -> None:
    take = make_take(make_attempt())
    details = {**TAKE_LIMITS, "question": take.question_id, "question_number": 1}
    with transaction() as session:
        actor = Actor("candidate", take.attempt_id)
        record(session, AuditAction.TAKE_STARTED, actor=actor, subject=("take", take.id), now=NOON, **details)
    row = auditor.page("/compliance/").select("tbody tr")[0].get_text(" ", strip=True)
    for said in (
        "started a recording",
        "question: 1",
        "recording number: 2",
        "recording limit, in seconds: 240",
        "thinking time, in seconds: no limit",
        "retakes allowed: 0",
    ):
        assert said in row


def test_accommodation_event_says_who_chose_or_granted_it(auditor: CheckingClient) -> None:
    attempt, coordinator = make_attempt(), make_user(Role.COORDINATOR, name="Cora")
    details = {"kind": "retakes", "value": 2, "source": "policy", "grant": new_id(), "request": None}
    ended = {"kind": "retakes", "grant": details["grant"]}
    with transaction() as session:
        for actor in (Actor("candidate", attempt.id), Actor("staff", coordinator.id)):
            for action, more in (
                (AuditAction.ACCOMMODATION_GRANTED, details),
                (AuditAction.ACCOMMODATION_ENDED, ended),
            ):
                record(session, action, actor=actor, subject=("attempt", attempt.id), now=NOON, **more)
    name = attempt.invitation.named
    rows = [row.get_text(" ", strip=True) for row in auditor.page("/compliance/").select("tbody tr")]
    expected = (
        f"Cora ended an accommodation of {name}.",
        f"Cora granted an accommodation to {name}.",
        f"{name} removed one of their accommodations.",
        f"{name} chose an accommodation from the policy.",
    )
    for sentence, row in zip(expected, rows, strict=True):
        assert sentence in row


def test_erased_person_is_shown_as_an_id(app: Flask) -> None:
    gone = new_id()
    with transaction() as session:
        record(session, AuditAction.CONSENT_GIVEN, actor=Actor("candidate", gone), subject=("attempt", gone), now=NOON,
               version="1")  # fmt: skip
    with app.test_request_context():
        assert services.read_entries(db.session(), 1)[0].sentence == f"{gone} agreed to be recorded."


def test_name_with_markup_is_shown_as_text(auditor: CheckingClient) -> None:
    user = make_user(Role.REVIEWER, name="<script>alert(1)</script> %(what)s")
    with transaction() as session:
        record(session, AuditAction.SIGNED_IN, actor=Actor("staff", user.id), subject=("user", user.id), now=NOON)
    assert "<script>alert(1)</script> %(what)s signed in." in auditor.page("/compliance/").get_text()


def test_the_log_is_paged_newest_first_and_checked_on_the_first_page(auditor: CheckingClient) -> None:
    write_events(services.PER_PAGE + 3)
    first, second = auditor.page("/compliance/"), auditor.page("/compliance/?page=2")
    numbers = [[cell.get_text() for cell in page.select("tbody th")] for page in (first, second)]
    assert numbers[0][0] == str(services.PER_PAGE + 3)
    assert numbers[1] == ["3", "2", "1"]
    assert first.select(".notice--success")
    assert not second.select(".notice--success")
    assert first.select_one("nav.pagination a[rel=next]")["href"] == "/compliance/?page=2"  # type: ignore[index]


@pytest.mark.parametrize("page", ["0", "-1", "2", "99999999999999999999"])
def test_page_beyond_the_log_is_not_found(auditor: CheckingClient, page: str) -> None:
    assert auditor.get(f"/compliance/?page={page}").status_code == 404


def test_long_log_is_verified_on_request(auditor: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_EVENTS_TO_VERIFY", 2)
    write_events(3)
    page = auditor.page("/compliance/")
    assert not page.select(".notice")
    assert auditor.page(str(page.select_one("main a.button")["href"])).select(".notice--success")  # type: ignore[index]


def test_page_shows_the_first_broken_link(auditor: CheckingClient) -> None:
    write_events(3)
    tamper()
    said = auditor.page("/compliance/").get_text(" ", strip=True)
    assert "The log is broken at event 2" in said
    assert "its content was changed" in said


def test_audit_verify_exits_with_0_if_the_log_is_intact(app: Flask) -> None:
    write_events(3)
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 0
    assert done.output.startswith("The audit log is whole: 3 events")


def test_audit_verify_exits_with_1_and_names_the_first_broken_link(app: Flask) -> None:
    write_events(3)
    tamper()
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 1
    assert done.output == "Error: The audit log is broken at event 2: its content was changed.\n"


@pytest.mark.parametrize("address", ["/compliance/", "person"])
def test_unreadable_row_gives_a_message(auditor: CheckingClient, address: str) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL cannot store a text in a column of moments, so such a row cannot exist there")
    invitation, token = make_invitation()
    with transaction() as session:
        interviews.exchange_token(session, token, now=NOON)
    with transaction() as session:
        drop_triggers(session)
        session.execute(text("UPDATE audit_event SET at = 'yesterday' WHERE subject_id = :id"), {"id": invitation.id})
    if address == "person":
        answer = auditor.get(f"/compliance/people/{invitation.id}")
        assert answer.status_code == 500
        assert "An event of the audit log cannot be read" in answer.text
        return
    said = auditor.page(address).get_text(" ", strip=True)
    assert "The log is broken at event" in said
    assert "its row cannot be read" in said
    assert "one of them cannot be read" in said


def test_unknown_action_is_shown_unchanged(auditor: CheckingClient) -> None:
    write_events(2)
    with transaction() as session:
        drop_triggers(session)
        session.execute(text("UPDATE audit_event SET action = 'made up' WHERE number = 2"))
    said = auditor.page("/compliance/").get_text(" ", strip=True)
    assert "made up" in said
    assert "The log is broken at event 2" in said


def test_log_without_its_head_is_shown_as_broken(auditor: CheckingClient) -> None:
    write_events(2)
    with transaction() as session:
        drop_triggers(session)
        session.execute(text("DELETE FROM audit_head"))
    said = auditor.page("/compliance/").get_text(" ", strip=True)
    assert "The log is broken at event 1" in said
    assert "signed in" in said
