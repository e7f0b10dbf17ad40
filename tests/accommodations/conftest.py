"""Fixtures for the tests of accommodations. Each file has its own `attempt`."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import Role
from app.interviews.models import Attempt
from tests.factories import enter, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def candidate(client: CheckingClient, attempt: Attempt) -> CheckingClient:
    """The client of the candidate who has the `attempt`."""
    enter(client, attempt)
    return client


@pytest.fixture
def coordinator(app: Flask) -> CheckingClient:
    """The client of a signed-in coordinator."""
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    sign_in(client, make_user(Role.COORDINATOR))
    return client
