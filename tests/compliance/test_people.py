"""An auditor's page about one candidate: limits in force, views, exports, and access."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.accommodations import decisions
from app.accommodations import services as accommodations
from app.accounts.models import Role, StaffUser
from app.audit import Actor, AuditEvent, record
from app.audit import AuditAction as Act
from app.compliance import services
from app.compliance.models import Hold
from app.extensions import db
from app.interviews.models import Attempt, Invitation
from app.keyset import START, Place
from app.recording import services as recording
from app.recording.models import Take, TakeKind
from app.sealing import get_sealer
from app.transaction import transaction
from tests.compliance.stories import actions, tell
from tests.factories import NOON, make_attempt, make_interview, make_invitation, make_user, sign_in
from tests.page_check import CheckingClient

pytestmark = pytest.mark.every_database
HOUR = timedelta(hours=1)


def begin_take(attempt: Attempt, at: timedelta = HOUR) -> Take:
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        question = found.interview.questions[0].id
        return recording.start_take(session, found, question, TakeKind.AUDIO, now=NOON + at).take


def change(take: Take, **fields: object) -> None:
    with transaction() as session:
        for name, value in fields.items():
            setattr(session.get_one(Take, take.id), name, value)


def test_granted_limits_were_in_force(attempt: Attempt) -> None:
    begin_take(attempt)
    (one,) = tell(attempt).takes
    assert one.is_as_promised
    assert one.in_force.recording_seconds == 1.5 * (one.standard.recording_seconds or 0)


def test_take_with_less_than_the_granted_limits_is_reported(
    attempt: Attempt, client: CheckingClient, officer: StaffUser
) -> None:
    take = begin_take(attempt)
    change(take, limits={**take.limits, "recording_seconds": 60})
    assert not tell(attempt).takes[0].is_as_promised
    said = client.page(f"/compliance/people/{attempt.invitation_id}").get_text(" ", strip=True)
    assert "Not for every recording." in said
    assert "Less than granted" in said


def test_grant_after_a_take_does_not_count_for_it(attempt: Attempt) -> None:
    begin_take(attempt, at=-HOUR)
    assert tell(attempt).takes[0].promised == tell(attempt).takes[0].standard


@pytest.mark.parametrize(("short_by_ms", "is_told"), [(0, True), (999, True), (1001, False), (60_000, False)])
def test_recording_that_ended_at_its_limit_is_reported(attempt: Attempt, short_by_ms: int, is_told: bool) -> None:
    take = begin_take(attempt)
    limit = int(take.limits["recording_seconds"])
    change(take, recorded_ms=limit * 1000 - short_by_ms)
    assert tell(attempt).takes[0].reached_its_limit is is_told


def test_passed_deadline_is_reported_and_paused_deadline_is_not(app: Flask) -> None:
    attempt = make_attempt(make_interview(deadline_at=NOON + HOUR))
    told = tell(attempt)
    assert not told.was_timed_out(NOON)
    assert told.was_timed_out(NOON + 2 * HOUR)
    with transaction() as session:
        session.get_one(Attempt, attempt.id).waiting_since = NOON
    assert not tell(attempt).was_timed_out(NOON + 2 * HOUR)


def test_page_names_viewers_and_does_not_decrypt_texts(
    attempt: Attempt, client: CheckingClient, officer: StaffUser
) -> None:
    cora = make_user(Role.COORDINATOR, name="Cora Coordinator")
    with transaction() as session:
        (request,) = accommodations.requests_of(session, attempt.id)
        decisions.read_texts(session, request, get_sealer(), actor=Actor("staff", cora.id), now=NOON)
    page = client.page(f"/compliance/people/{attempt.invitation_id}")
    said = page.get_text(" ", strip=True)
    assert "Cora Coordinator : 1 time" in said
    assert "A quiet hour" not in said
    assert actions()[-1] == "request read"
    assert len(page.select("#events tbody tr")) == len(tell(attempt).events)


def test_decrypting_texts_is_an_event(attempt: Attempt, client: CheckingClient, officer: StaffUser) -> None:
    answer = client.submit(f"/compliance/people/{attempt.invitation_id}/words", {})
    assert "A quiet hour, please." in answer.text
    assert "Olu Officer" in answer.text
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
    assert (events[-1].action, events[-1].actor_id) == ("request read", officer.id)


def test_erasure_is_confirmed_and_gives_a_certificate(
    attempt: Attempt, client: CheckingClient, officer: StaffUser
) -> None:
    address = f"/compliance/people/{attempt.invitation_id}"
    name = attempt.invitation.candidate_name
    assert client.submit(f"{address}/erase", {}).status_code == 422
    assert db.session.get(Invitation, attempt.invitation_id)
    done = client.submit(f"{address}/erase", {"confirm": "y"})
    assert done.location == f"{address}/certificate"
    page = client.page(f"{address}/certificate").get_text(" ", strip=True)
    assert "Last file deleted" in page
    assert name not in page
    assert client.get(f"{address}/certificate.json").json["invitation"] == attempt.invitation_id  # type: ignore[index]
    told = client.page(address).get_text(" ", strip=True)
    assert "This person was erased" in told
    assert name not in told
    assert "Olu Officer erased all data about" in told
    assert client.get(f"{address}/erase").location == f"{address}/certificate"
    assert client.submit(f"{address}/data.zip", {}).status_code == 404


def test_hold_is_placed_shown_and_ended(attempt: Attempt, client: CheckingClient, officer: StaffUser) -> None:
    address = f"/compliance/people/{attempt.invitation_id}"
    assert client.submit(f"{address}/hold", {"reason": " "}).status_code == 422
    assert client.submit(f"{address}/hold", {"reason": "x" * 2001}).status_code == 422
    assert client.submit(f"{address}/hold", {"reason": "Case 7"}).status_code == 303
    assert "A legal hold is in force" in client.page(address).get_text(" ")
    assert not client.page(f"{address}/erase").select("input[name=confirm]")
    assert client.submit(f"{address}/erase", {"confirm": "y"}).status_code == 409
    assert client.submit(f"{address}/hold", {"reason": "again"}).status_code == 409
    assert "Case 7" in client.page("/compliance/retention/").get_text(" ")
    hold = db.session.scalars(select(Hold)).one()
    client.submit(f"/compliance/retention/holds/{hold.id}/end", {})
    assert "A legal hold is in force" not in client.page(address).get_text(" ")
    assert actions()[-2:] == ["hold placed", "hold ended"]


def test_candidates_are_found_by_parts_of_their_names(client: CheckingClient, officer: StaffUser) -> None:
    interview = make_interview()
    for name in ("Ada Osei", "Ada Lund", "Bo 100%_x"):
        make_invitation(interview, candidate_name=name)

    def found(words: str) -> list[str]:
        return [
            one.get_text().rsplit(" (", 1)[0]  # remove the reference that follows the name
            for one in client.page("/compliance/people/", query_string={"q": words}).select("tbody th a")
        ]

    assert set(found("ada")) == {"Ada Osei", "Ada Lund"}
    assert found("ada lund") == ["Ada Lund"]
    assert found("100%_") == ["Bo 100%_x"]
    make_invitation(interview, candidate_name="Ömer ÇELİK", candidate_email="Özge@MÜLLER.example")
    make_invitation(interview, candidate_name="Straße O\u0308mer", candidate_email="first@example.org")
    assert set(found("öMER")) == {"Ömer ÇELİK", "Straße O\u0308mer"}
    assert found("STRASSE") == ["Straße O\u0308mer"]
    assert found("çeli") == found("özge") == found("ÖZGE@müller") == ["Ömer ÇELİK"]
    assert found("%") == ["Bo 100%_x"]
    assert found("nobody") == []
    assert len(found("")) == 5
    assert found("\x00' OR 1=1 --") == []


@pytest.mark.parametrize("page", ["0", "-3", "999999999999"])
def test_pages_beyond_the_end_are_not_found(client: CheckingClient, officer: StaffUser, page: str) -> None:
    assert client.get(f"/compliance/people/?page={page}").status_code in (200, 404)


@pytest.mark.parametrize("path", ["", "/erase", "/certificate", "/certificate.json", "/hold"])
def test_unknown_invitation_is_not_found(client: CheckingClient, officer: StaffUser, path: str) -> None:
    assert client.get(f"/compliance/people/{'a' * 26}{path}").status_code == 404


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_other_roles_are_refused(attempt: Attempt, client: CheckingClient, role: Role) -> None:
    sign_in(client, make_user(role))
    for path in ("", f"{attempt.invitation_id}", f"{attempt.invitation_id}/erase"):
        assert client.get(f"/compliance/people/{path}").status_code == 403
    assert client.submit(f"/compliance/people/{attempt.invitation_id}/erase", {"confirm": "y"}).status_code == 403
    assert db.session.get(Invitation, attempt.invitation_id)


def test_event_of_another_person_is_not_in_the_story(attempt: Attempt) -> None:
    other = make_attempt(make_interview())
    with transaction() as session:
        record(session, Act.CONSENT_GIVEN, actor=Actor("candidate", other.id), subject=("attempt", other.id),
               now=clock.now(), version="1")  # fmt: skip
    assert all(other.id not in (event.actor_id, event.subject_id) for event in tell(attempt).events)


@pytest.mark.parametrize("counted", [2, 1000])
def test_search_lists_few_and_many_matches_in_the_same_order(
    app: Flask, monkeypatch: pytest.MonkeyPatch, counted: int
) -> None:
    monkeypatch.setattr(services, "MAX_COUNTED", counted)
    monkeypatch.setattr(services, "PER_PAGE", 2)
    interview = make_interview()
    invited = [
        make_invitation(interview, candidate_name="Ada", created_at=NOON + number * HOUR)[0].id for number in range(3)
    ]
    make_invitation(interview, candidate_name="Bo")
    first, total = services.find_people(db.session(), "ada example", START)
    assert ([row.id for row in first.rows], total.number) == ([invited[2], invited[1]], 3)
    assert first.next is not None
    second, _total = services.find_people(db.session(), "ada example", Place(after=str(first.next["after"]), number=2))
    assert [row.id for row in second.rows] == [invited[0]]
