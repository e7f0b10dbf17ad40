"""A real Firefox against the real application; its camera and microphone are made up."""

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
    """Whatever stands in this folder needs Firefox."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.firefox)


@pytest.fixture
def firefox(started: Firefox, live_server: browser.LiveServer) -> Iterator[Firefox]:
    """The browser; it leaves the server before that ends."""
    yield started
    started.open("about:blank")


@pytest.fixture(scope="module")
def started() -> Iterator[Firefox]:
    """One Firefox for all; each test has a server, and so an origin, of its own."""
    folder = Path(tempfile.mkdtemp(prefix="fairtake-firefox-"))
    with running_firefox(folder) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
