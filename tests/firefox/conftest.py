"""Fixtures for tests with a real Firefox and the real application. The camera and the microphone are simulated."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import conftest as browser
from tests.firefox.bidi import Firefox, running_firefox

config, live_server = browser.config, browser.live_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder with `firefox`, because they need that browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.firefox)


@pytest.fixture
def firefox(started: Firefox, live_server: browser.LiveServer) -> Iterator[Firefox]:
    """The browser of one test. It leaves the test's page before the server stops."""
    yield started
    started.open("about:blank")


@pytest.fixture(scope="module")
def started() -> Iterator[Firefox]:
    """One Firefox for all tests of a module. Each test has its own server, and therefore its own origin."""
    folder = Path(tempfile.mkdtemp(prefix="fairtake-firefox-"))
    with running_firefox(folder) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
