"""The recorder's page, served by tests/browser/recorder_server.py."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page


@pytest.fixture
def context(recording_context: BrowserContext) -> BrowserContext:
    """A browser with camera and microphone that logs what the recorder does."""
    return recording_context


@pytest.fixture
def page(recording_page: Page) -> Page:
    """A tab of the browser `context`."""
    return recording_page
