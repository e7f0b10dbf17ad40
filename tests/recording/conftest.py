"""Fixtures for the tests of recordings."""

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
    """An attempt with consent, in an interview of three questions with two retakes each."""
    return make_attempt()


@pytest.fixture
def candidate(client: CheckingClient, attempt: Attempt) -> Candidate:
    """The browser of the candidate."""
    return Candidate(client, attempt)


@pytest.fixture
def laptop(candidate: Candidate, attempt: Attempt) -> Candidate:
    """A second device or tab of the same candidate. `candidate` is their phone."""
    return Candidate(candidate.client, attempt, recorder="a-laptop")


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The stages that were enqueued. When a stage is enqueued, other database connections must already see it as
    pending.
    """
    calls: list[tuple[str, str]] = []

    def note(stage: Stage, take_id: str) -> None:
        with db.engine.connect() as other:
            found = other.execute(select(StageRun.state).where(StageRun.take_id == take_id)).scalar_one()
        assert found == StageState.PENDING
        calls.append((str(stage), take_id))

    monkeypatch.setattr(pipeline, "enqueue", note)
    return calls
