"""A reviewer, an interview assigned to them, and their browser."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.models import Role, StaffUser
from app.interviews.models import Interview
from tests.factories import make_interview, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada Reviewer")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(reviewers=[reviewer], title="Harbour guide")


@pytest.fixture
def desk(client: CheckingClient, reviewer: StaffUser) -> CheckingClient:
    """A client that is signed in as the reviewer."""
    sign_in(client, reviewer)
    return client
