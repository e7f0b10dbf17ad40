"""What the tests of this room share."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app import pipeline
from app.extensions import db
from app.interviews.models import Attempt
from app.recording.models import Stage, StageRun, StageState
from tests.factories import make_attempt
from tests.page_check import CheckingClient
from tests.recording.candidate import Candidate


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """Someone who has consented to an interview of three questions, two retakes each."""
    return make_attempt()


@pytest.fixture
def candidate(client: CheckingClient, attempt: Attempt) -> Candidate:
    """Their browser."""
    return Candidate(client, attempt)


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was put into the queue; at that moment others can already see the row that says that it waits."""
    calls: list[tuple[str, str]] = []

    def note(stage: Stage, take_id: str) -> None:
        with db.engine.connect() as other:
            found = other.execute(select(StageRun.state).where(StageRun.take_id == take_id)).scalar_one()
        assert found == StageState.PENDING
        calls.append((str(stage), take_id))

    monkeypatch.setattr(pipeline, "enqueue", note)
    return calls
