"""The recorder's page on the small server, in a profile that records."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page


@pytest.fixture
def context(recording_context: BrowserContext) -> BrowserContext:
    """A profile that records."""
    return recording_context


@pytest.fixture
def page(recording_page: Page) -> Page:
    """A tab of it."""
    return recording_page
