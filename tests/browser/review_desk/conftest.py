"""An answer with captions, and a browser in which its reviewer is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from app.accounts.models import Role, StaffUser
from app.clock import now
from app.interviews.models import Attempt, Interview
from app.media.facts import MediaBudget
from app.media.remuxing import remux
from app.recording.models import Answer
from tests.answer_factories import make_captioned_answer
from tests.browser.conftest import LiveServer
from tests.browser.review_desk.desk import DEMO, SPOKEN, WIDE, spoken_cues
from tests.browser.tabs import without_errors
from tests.factories import NOON, make_attempt, make_interview, make_user


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with a duration and an index, like the files that the worker makes."""
    folder = tmp_path_factory.mktemp("recording")
    return remux([DEMO / SPOKEN["file"]], folder, MediaBudget()).path


@pytest.fixture
def reviewer(app: Flask) -> StaffUser:
    return make_user(Role.REVIEWER, name="Rada Reviewer")


@pytest.fixture
def interview(reviewer: StaffUser) -> Interview:
    return make_interview(reviewers=[reviewer], title="Project coordinator")


@pytest.fixture
def attempt(interview: Interview) -> Attempt:
    return make_attempt(interview, submitted_at=NOON)


@pytest.fixture
def answer(attempt: Attempt, recording: Path) -> Answer:
    notice = "Made by the demonstration model."
    return make_captioned_answer(*spoken_cues(), attempt=attempt, recording=recording, notice=notice)


@pytest.fixture
def context(launch: Callable[..., Browser], live_server: LiveServer, reviewer: StaffUser) -> Iterator[BrowserContext]:
    """A browser in which the reviewer is signed in."""
    with launch().new_context(base_url=live_server.url, viewport=WIDE, reduced_motion="reduce") as context:
        live_server.sign(context, user=reviewer.id, epoch=reviewer.session_epoch, since=now().timestamp())
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which a script error or a violation of the content security policy fails the test."""
    with without_errors(context.new_page()) as tab:
        yield tab
