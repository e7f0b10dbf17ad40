"""A candidate with one question, and their browser with a camera and a microphone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from app.interviews.models import Attempt
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import LONG_MS
from tests.browser.tabs import without_errors
from tests.browser.trees import SOMEWHERE
from tests.factories import make_attempt, make_interview

WATCH = Path(__file__).parent.parent / "watch_capture.js"


@pytest.fixture
def attempt(app: Flask) -> Attempt:
    """A candidate who has consented, with one question."""
    return make_attempt(make_interview(questions=1))


@pytest.fixture
def context(launch: Callable[..., Browser], live_server: LiveServer, attempt: Attempt) -> Iterator[BrowserContext]:
    """The candidate's browser, signed in, with a camera and a microphone that plays a clip."""
    with launch("answer_one.wav").new_context(
        base_url=live_server.url, permissions=["camera", "microphone"], reduced_motion="reduce", **SOMEWHERE
    ) as made:
        live_server.sign(made, attempt=attempt.id)
        made.add_init_script(path=WATCH)
        made.set_default_timeout(LONG_MS)
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which a script error or a violation of the content security policy fails the test."""
    with without_errors(context.new_page()) as tab:
        yield tab
