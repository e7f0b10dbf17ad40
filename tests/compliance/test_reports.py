"""The report on a period, its downloads, and the pages about retention."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accommodations import decisions
from app.accommodations import services as accommodations
from app.accounts.models import Role, StaffUser
from app.audit import AuditEvent
from app.extensions import db
from app.interviews.models import Attempt, Interview
from app.sealing import get_sealer
from app.transaction import transaction
from tests.answer_factories import make_answer
from tests.factories import NOON, make_attempt, make_interview, make_user
from tests.page_check import CheckingClient

PERIOD = "from=2026-11-01&to=2026-11-30"
HOUR = timedelta(hours=1)


@pytest.fixture
def interview(app: Flask) -> Interview:
    """Five candidates with requests: granted after 2 h, after 30 h, declined after 100 h, withdrawn, and open."""
    interview = make_interview(title="Night porter")
    cora = make_user(Role.COORDINATOR)
    for hours in (2, 30, 100, None, None):
        attempt = make_attempt(interview)
        with transaction() as session:
            found = session.get_one(Attempt, attempt.id)
            accommodations.ask(session, found, [], "please", sealer=get_sealer(), now=NOON)
            (request,) = accommodations.requests_of(session, attempt.id)
            sealed = {"user": cora, "sealer": get_sealer()}
            if hours == 100:
                decisions.decline(session, request.id, "We cannot.", now=NOON + 100 * HOUR, **sealed)
            elif hours:
                decisions.grant(session, request.id, None, "", now=NOON + hours * HOUR, **sealed)
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        (request,) = accommodations.requests_of(session, attempt.id)
        accommodations.withdraw(session, found, request.id, now=NOON + HOUR)
    return interview


def facts(client: CheckingClient, query: str) -> dict[str, str]:
    page = client.page(f"/compliance/report/?{query}")
    return {
        row.dt.get_text(strip=True): row.dd.get_text(strip=True)  # type: ignore[union-attr]
        for row in page.select(".summary-list__row")
    }


def test_the_figures_of_a_period(client: CheckingClient, officer: StaffUser, interview: Interview) -> None:
    found = facts(client, f"interview={interview.id}&{PERIOD}")
    assert found["Requests that needed a decision"] == "5"
    assert (found["Granted"], found["Declined"], found["Withdrawn"], found["Open"]) == ("2", "1", "1", "1")
    assert found["Median time to a decision"] == "30 hours"
    assert found["Longest time to a decision"] == "100 hours"


def test_another_interview_and_another_period_are_left_out(
    client: CheckingClient, officer: StaffUser, interview: Interview
) -> None:
    other = make_interview()
    assert facts(client, f"interview={other.id}&{PERIOD}")["Requests that needed a decision"] == "0"
    assert facts(client, "from=2026-11-03&to=2026-11-30")["Requests that needed a decision"] == "0"
    assert facts(client, "from=2026-11-02&to=2026-11-02")["Requests that needed a decision"] == "5"
    assert facts(client, "from=0001-01-01&to=9999-12-31")["Requests that needed a decision"] == "5"


def test_a_small_group_is_not_shown(client: CheckingClient, officer: StaffUser, interview: Interview) -> None:
    page = client.page(f"/compliance/report/?{PERIOD}")
    rows = {row.th.get_text(): row.td.get_text(strip=True) for row in page.select("#completion tbody tr")}  # type: ignore[union-attr]
    assert rows["With accommodations"].startswith("not shown")
    assert rows["Without accommodations"].startswith("not shown")
    assert rows["All candidates"] == "5 % or fewer of about 5"


def test_small_numbers_of_people_are_hidden(client: CheckingClient, officer: StaffUser, interview: Interview) -> None:
    found = facts(client, PERIOD)
    assert found["Candidates with accommodations"] == "fewer than 5"
    assert found["of these, who used more time, more retakes or a later deadline"] == "fewer than 5"


def test_chart_and_table_agree(client: CheckingClient, officer: StaffUser, interview: Interview) -> None:
    page = client.page(f"/compliance/report/?{PERIOD}")
    counts = [cell.get_text() for cell in page.select("#times td")]
    assert counts == ["1", "0", "1", "1", "0"]
    assert [one.get_text() for one in page.select(".chart__count")] == counts
    assert [one["width"] for one in page.select(".chart__bar")] == ["100.0", "0.0", "100.0", "100.0", "0.0"]
    assert page.select_one(".chart__rows")["role"] == "img"  # type: ignore[index]


def test_chart_is_left_out_without_decisions(client: CheckingClient, officer: StaffUser) -> None:
    page = client.page(f"/compliance/report/?{PERIOD}")
    assert page.select("#times td")
    assert not page.select(".chart")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-11-30&to=2026-11-01", "The first day is after the last."),
        ("from=yesterday", "Write the date"),
        ("to=2026-02-30", "Write the date"),
    ],
)
def test_invalid_period_is_reported(client: CheckingClient, officer: StaffUser, query: str, said: str) -> None:
    answer = client.get(f"/compliance/report/?{query}")
    assert answer.status_code == 422
    assert said in answer.text


def test_unknown_interview_is_not_found(client: CheckingClient, officer: StaffUser) -> None:
    assert client.get(f"/compliance/report/?interview={'a' * 26}").status_code == 404


def test_reasons_are_decrypted_on_request_and_each_view_is_an_event(
    client: CheckingClient, officer: StaffUser, interview: Interview
) -> None:
    form = {"interview": interview.id, "from": "2026-11-01", "to": "2026-11-30"}
    assert "We cannot." not in client.get(f"/compliance/report/?{PERIOD}").text
    assert "We cannot." in client.submit("/compliance/report/reasons", form).text
    last = db.session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
    assert (last.action, last.actor_id) == ("request read", officer.id)  # type: ignore[union-attr]


def test_requests_are_exported_without_names_and_texts(
    client: CheckingClient, officer: StaffUser, interview: Interview
) -> None:
    form = {"interview": interview.id, "from": "2026-11-01", "to": "2026-11-30"}
    sheet = client.submit("/compliance/report/requests.csv", form)
    rows = list(csv.DictReader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    assert sorted(row["hours"] for row in rows) == ["", "1.0", "100.0", "2.0", "30.0"]
    lines = client.submit("/compliance/report/requests.jsonl", form)
    assert len([json.loads(line) for line in lines.data.splitlines()]) == 5
    assert b"please" not in sheet.data + lines.data
    actions = [event.action for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.number))]
    assert actions[-2:] == ["report exported"] * 2
    assert client.submit("/compliance/report/requests.xlsx", form).status_code == 404


def test_retention_page_shows_due_answers_and_deletes_nothing(client: CheckingClient, officer: StaffUser) -> None:
    interview = make_interview(title="Night porter", retention_days=30)
    make_answer(make_attempt(interview, submitted_at=NOON))
    row = client.page("/compliance/retention/").select_one("#retention tbody tr")
    cells = [cell.get_text(strip=True) for cell in row.select("td")][:3]  # type: ignore[union-attr]
    assert cells[:2] == ["30", "1"]


def test_hold_can_be_placed_on_an_interview(client: CheckingClient, officer: StaffUser) -> None:
    interview = make_interview(retention_days=30)
    make_answer(make_attempt(interview, submitted_at=NOON))
    address = f"/compliance/retention/interviews/{interview.id}/hold"
    assert client.page(address).select("textarea")
    assert client.submit(address, {"reason": "Case 9"}).status_code == 303
    page = client.page("/compliance/retention/")
    assert "Case 9" in page.get_text(" ")
    assert page.select("#retention tbody td")[1].get_text() == "0"
