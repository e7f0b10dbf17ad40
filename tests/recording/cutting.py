"""Takes whose beginning is cut: process them, cut them, and get what is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock, pipeline
from app.extensions import db
from app.interviews.models import Attempt
from app.recording import processing
from app.recording.models import Media, Stage, Take
from app.recording.processing import TakeState, state_of
from app.transaction import transaction
from tests.factories import NOON, enter, make_uploaded_take
from tests.media_factory import record
from tests.page_check import CheckingClient
from tests.recording.candidate import fresh

SECONDS = 4


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    """SECONDS of sound without a picture."""
    return record(tmp_path / "opus.webm", seconds=SECONDS).read_bytes()


@pytest.fixture
def browser(client: CheckingClient, attempt: Attempt) -> CheckingClient:
    enter(client, attempt)
    return client


def run(take: Take) -> TakeState:
    """Run every stage that waits, as a worker does."""
    for stage in processing.STAGES:
        pipeline.run_stage(str(stage), take.id)
    return state_of(fresh(take))


def processed(attempt: Attempt, content: bytes, **fields: Any) -> Take:
    """Make a take that a worker has processed."""
    take = make_uploaded_take(content=content, attempt=attempt, kind="audio", closed_at=NOON, **fields)
    with transaction() as session:
        processing.add_stage(session, take.id, Stage.ASSEMBLE, now=clock.now())
    assert run(take) == TakeState.CAPTIONED
    return fresh(take)


def cut(client: CheckingClient, take: Take, trim_ms: object, **form: str) -> TestResponse:
    return client.submit(f"/interview/takes/{take.id}/cut", {"cut": trim_ms, **form})


def played(client: CheckingClient, take: Take, name: str = "media") -> bytes:
    address = f"/media/{take.id}" if name == "media" else f"/interview/takes/{take.id}/{name}"
    with client.get(address) as response:
        assert response.status_code == 200, response.status
        return response.data


def media_of(take: Take) -> Media:
    return db.session.scalars(select(Media).where(Media.take_id == take.id)).one()
