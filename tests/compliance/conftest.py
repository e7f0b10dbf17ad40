"""Fixtures for the tests of compliance."""

from __future__ import annotations

import pytest

from app.accounts.models import Role, StaffUser
from tests.factories import make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def officer(client: CheckingClient) -> StaffUser:
    """The signed-in compliance officer of `client`."""
    user = make_user(Role.COMPLIANCE, name="Olu Officer")
    sign_in(client, user)
    return user
