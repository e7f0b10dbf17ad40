"""Fixtures: a take that was just started, and the tus client of its candidate."""

from __future__ import annotations

import pytest
from flask import Flask

from app import clock
from app.recording.models import Take
from tests.factories import enter, make_take
from tests.page_check import CheckingClient
from tests.recording.uploading import (
    Tus,
)


@pytest.fixture
def take(app: Flask) -> Take:
    """A take that was just started."""
    return make_take(started_at=clock.now())


@pytest.fixture
def tus(client: CheckingClient, take: Take) -> Tus:
    """The candidate's tus client."""
    enter(client, take.attempt)
    return Tus(client)
