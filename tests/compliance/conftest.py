"""Fixtures for the tests of compliance."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accommodations import services as accommodations
from app.accommodations.rules import Given, Kind
from app.accounts.models import Role, StaffUser
from app.interviews.models import Attempt
from app.sealing import get_sealer
from app.transaction import transaction
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def officer(client: CheckingClient) -> StaffUser:
    """The signed-in compliance officer of `client`."""
    user = make_user(Role.COMPLIANCE, name="Olu Officer")
    sign_in(client, user)
    return user


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate with 150 per cent of the recording time by policy, and an open request for more."""
    attempt = make_attempt(make_interview())
    wishes = [Given(Kind.RECORDING_TIME, 150)]
    with transaction() as session:
        found = session.get_one(Attempt, attempt.id)
        accommodations.ask(session, found, wishes, "A quiet hour, please.", sealer=get_sealer(), now=NOON)
    return attempt
