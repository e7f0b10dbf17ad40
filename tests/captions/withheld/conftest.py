"""Fixtures for tests of withheld captions."""

from __future__ import annotations

import pytest

from app.accounts.models import Role
from app.recording.models import Take
from tests.answer_factories import make_captioned_answer, make_captioned_take
from tests.captions.withheld.withheld_answer import (
    SAID,
    Reviewed,
    withheld,
)
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def reviewed(client: CheckingClient) -> Reviewed:
    reviewer = make_user(Role.REVIEWER, name="Rosa Reader")
    interview = make_interview(reviewers=[reviewer])
    attempt = make_attempt(interview, submitted_at=NOON)
    answer = make_captioned_answer(*SAID, attempt=attempt, verdict="not understood")
    sign_in(client, reviewer)
    return Reviewed(client, answer, interview)


@pytest.fixture
def take(app: object) -> Take:
    """A take of a candidate who has not sent their answers."""
    return withheld(make_captioned_take(make_attempt(), *SAID))
