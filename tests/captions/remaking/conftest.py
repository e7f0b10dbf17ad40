"""Fixtures for tests of captions that are made again."""

from __future__ import annotations

from typing import Any

import pytest

from app.accounts.models import Role
from app.captions import services
from app.recording.models import Take
from tests.captions.remaking.builders import (
    UseScriptedModel,
    record_answer,
)
from tests.captions.scripted import ScriptedModel
from tests.factories import NOON, make_attempt, make_interview, make_user, sign_in
from tests.page_check import CheckingClient


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> UseScriptedModel:
    """Return a function that replaces the real speech model by a scripted one."""

    def scripted(*arguments: Any) -> ScriptedModel:
        made = ScriptedModel(*arguments)
        monkeypatch.setattr(services, "get_transcriber", lambda _config: made)
        return made

    return scripted


@pytest.fixture
def reviewed(client: CheckingClient, model: UseScriptedModel) -> Take:
    """A take that was sent, in an English interview. The reviewer of the interview is signed in."""
    model()
    reviewer = make_user(Role.REVIEWER)
    take = record_answer(make_attempt(make_interview(reviewers=[reviewer]), submitted_at=NOON))
    sign_in(client, reviewer)
    return take
