"""Fixtures for tests with the real Orca and Chromium on a separate desktop.

Keys are pressed on the desktop's keyboard.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from app.config import Config
from tests.browser import conftest as browser
from tests.browser.recorder_page import CLIP, LONG_MS, WATCH
from tests.personal_data import watched_redis
from tests.screenreader.desktop import Reader, running_orca

live_server, server, playwright = browser.live_server, browser.server, browser.playwright
LAUNCH_MS = 90_000
SPOKEN_TO = [
    *browser.PLAIN_ARGUMENTS, "--force-renderer-accessibility", "--window-size=1280,1000", "--window-position=0,0", "--test-type",
    "--use-fake-ui-for-media-stream", "--mute-audio",
]  # fmt: skip
FAKE_DEVICES = [
    "--use-fake-device-for-media-stream",
    f"--use-file-for-fake-audio-capture={browser.CLIPS / CLIP}",
    f"--use-file-for-fake-video-capture={browser.CLIPS / 'camera.mjpeg'}",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder with `screenreader`, because they need Orca."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.screenreader)


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Iterator[Config]:
    """The configuration of one test, with a Redis so that a worker can run."""
    with watched_redis(tmp_path / "redis") as address:
        yield replace(config, base_url="http://127.0.0.1", redis_url=address)


@pytest.fixture(scope="session")
def desktop() -> Iterator[Reader]:
    """Orca on a virtual desktop without a screen."""
    folder = Path(tempfile.mkdtemp(prefix="fairtake-orca-"))
    with running_orca(folder) as reader:
        yield reader
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def context(
    playwright: Playwright, desktop: Reader, tmp_path: Path, live_server: browser.LiveServer
) -> Iterator[BrowserContext]:
    """A Chromium with a window on the virtual desktop, a camera and a microphone."""
    with chromium(playwright, desktop, tmp_path, live_server.url, FAKE_DEVICES) as context:
        yield context


@contextmanager
def chromium(
    playwright: Playwright, reader: Reader, folder: Path, url: str, devices: Sequence[str] = ()
) -> Iterator[BrowserContext]:
    """Open a Chromium with a window on the desktop of `reader`. Without `devices`, it has the desktop's microphone."""
    reader.mark = len(reader.given())
    context = playwright.chromium.launch_persistent_context(
        folder / "profile",
        headless=False,
        timeout=LAUNCH_MS,
        executable_path=browser.CHROMIUM,
        args=[*SPOKEN_TO, *devices],
        env={**reader.environment},
        base_url=url,
        no_viewport=True,
        permissions=["camera", "microphone"],
    )
    context.set_default_timeout(LONG_MS)
    context.add_init_script(path=WATCH)
    reader.hear("Address and search bar")  # the window is open and has the keyboard focus now
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The tab of the browser. A script error fails the test."""
    page, wrong = context.pages[0], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    assert wrong == []
