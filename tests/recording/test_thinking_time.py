"""The thinking time of a question, on every device of a candidate, and more of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import AuditEvent
from app.extensions import db
from app.recording import routes
from tests.recording.candidate import Candidate
from tests.recording.question_pages import island, page


def at(monkeypatch: pytest.MonkeyPatch, time: datetime) -> None:
    monkeypatch.setattr(routes, "now", lambda: time)


def test_thinking_time_runs_from_the_first_view_on_any_device(
    candidate: Candidate, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = clock.now()
    at(monkeypatch, started)
    portion = {"left": 10, "seconds": 20}
    assert island(page(candidate))["thinking"] == {"seconds": 60, "left": 60, "more": portion}
    elsewhere = app.test_client()
    with candidate.client.session_transaction() as mine, elsewhere.session_transaction() as theirs:
        theirs["attempt"] = mine["attempt"]
    address = f"/interview/questions/{candidate.questions[0]}"
    for later, left in ((20, 40), (3600, 0), (-3600, 60)):
        at(monkeypatch, started + timedelta(seconds=later))
        other = BeautifulSoup(elsewhere.get(address).text, "html.parser")
        for found in (island(page(candidate)), island(other)):
            assert found["thinking"] == {"seconds": 60, "left": left, "more": portion}


def test_more_thinking_time_needs_no_request_even_after_the_time_has_ended(
    candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = clock.now()
    at(monkeypatch, started)
    address = island(page(candidate))["urls"]["thinking"]
    at(monkeypatch, started + timedelta(seconds=10))
    assert candidate.post(address, {}).json == {
        "thinking": {"seconds": 80, "left": 70, "more": {"left": 9, "seconds": 20}}
    }
    at(monkeypatch, started + timedelta(hours=1))
    assert candidate.post(address, {}).json == {
        "thinking": {"seconds": 100, "left": 20, "more": {"left": 8, "seconds": 20}}
    }
    for _press in range(8):
        assert candidate.post(address, {}).status_code == 200
    assert island(page(candidate))["thinking"] == {"seconds": 260, "left": 180, "more": None}
    refused = candidate.post(address, {})
    assert refused.status_code == 409
    assert "No more time to think" in refused.text
    taken = select(AuditEvent).where(AuditEvent.action == "more time to think taken").order_by(AuditEvent.number)
    presses = [event.details["press"] for event in db.session.scalars(taken)]
    assert presses == list(range(1, 11))


def test_there_is_no_more_to_think_once_something_is_recorded(candidate: Candidate) -> None:
    address = island(page(candidate))["urls"]["thinking"]
    candidate.record()
    assert candidate.post(address, {}).status_code == 409


def test_there_is_no_thinking_time_once_there_is_a_take(candidate: Candidate) -> None:
    candidate.record()
    assert island(page(candidate))["thinking"] is None
