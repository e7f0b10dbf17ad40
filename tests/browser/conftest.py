"""Fixtures for tests with a real Chromium and the real application. A fake microphone plays a clip."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright

from app.config import Config
from tests.browser.recorder_page import CLIP, LONG_MS, WATCH
from tests.browser.recorder_server import RecorderServer
from tools.local_server import served

expect.set_options(timeout=LONG_MS)  # long, because the machine may be busy; tests that pass do not wait for it
CLIPS = Path(__file__).parent.parent / "clips"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
HEADLESS = shutil.which("chromium-headless-shell") or CHROMIUM
"""The browser without a window. Debian's headless shell is the same Chromium without its own interface, and takes half
the processor time of `chromium --headless`. It is used where it is installed. It has one microphone for all pages and
no permissions that can be withdrawn, so tests about those use the whole Chromium.
"""
PLAIN_ARGUMENTS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder as browser tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def config(config: Config, tmp_path: Path) -> Config:
    """The configuration of a browser test. The port in it is set when the server starts."""
    return replace(config, base_url="http://127.0.0.1")


@dataclass(frozen=True)
class LiveServer:
    """The application, served over HTTP in a thread."""

    url: str
    app: Flask

    def sign(self, context: BrowserContext, **values: Any) -> None:
        """Set a browser's session to these values, as if the person had signed in."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        cookie = serializer.dumps({"_permanent": True, "csrf_token": secrets.token_hex(20), **values})
        context.add_cookies([{"name": "fairtake", "value": cookie, "url": self.url, "httpOnly": True}])


@pytest.fixture
def live_server(app: Flask) -> Iterator[LiveServer]:
    """Serve the application of this test on a free port."""
    app.config["TESTING"] = False
    with served(app) as port:
        yield LiveServer(f"http://127.0.0.1:{port}", app)


@pytest.fixture(scope="session", autouse=True)
def press_what_is_there() -> Iterator[None]:
    """Make key presses and focus changes wait until their element is visible, because scripts show a control only once
    it works.
    """
    as_they_are = {name: getattr(Locator, name) for name in ("press", "focus")}

    def waiting(act: Callable[..., None]) -> Callable[..., None]:
        def when_visible(locator: Locator, *arguments: Any, **options: Any) -> None:
            expect(locator).to_be_visible()
            act(locator, *arguments, **options)

        return when_visible

    with pytest.MonkeyPatch.context() as patch:
        for name, act in as_they_are.items():
            patch.setattr(Locator, name, waiting(act))
        yield


@pytest.fixture(scope="session", autouse=True)
def be_patient() -> Iterator[None]:
    """Let all navigations and actions in every browser context take up to LONG_MS."""
    new_context = Browser.new_context

    def new_patient_context(browser: Browser, **options: Any) -> BrowserContext:
        context = new_context(browser, **options)
        context.set_default_timeout(LONG_MS)
        return context

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Browser, "new_context", new_patient_context)
        yield


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The Playwright driver."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Return a function that starts a Chromium. Given a clip, its microphone plays that clip.

    With `is_whole`, it is the whole Chromium, not the headless shell.
    """
    started: dict[str, Browser] = {}

    def start(clip: str | None = None, *more: str, is_whole: bool = False) -> Browser:
        key = " ".join([str(clip), str(is_whole), *more])
        if key not in started:
            devices = []
            if clip:
                devices = [
                    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    f"--use-file-for-fake-audio-capture={CLIPS / clip}",
                    f"--use-file-for-fake-video-capture={CLIPS / 'camera.mjpeg'}",
                ]  # fmt: skip
            started[key] = playwright.chromium.launch(
                executable_path=CHROMIUM if is_whole else HEADLESS, args=[*PLAIN_ARGUMENTS, *devices, *more]
            )
        return started[key]

    yield start
    for browser in started.values():
        browser.close()


@pytest.fixture
def server(live_server: LiveServer) -> Iterator[RecorderServer]:
    """The application for tests of only the recorder, behind a connection that can fail."""
    served = RecorderServer(live_server)
    yield served
    served.close()


@pytest.fixture
def recording_context(
    request: pytest.FixtureRequest, launch: Callable[..., Browser], server: RecorderServer
) -> Iterator[BrowserContext]:
    """A candidate's browser, whose microphone plays a clip, with watch_capture.js logging what the recorder does."""
    browser = launch(CLIP, is_whole=request.node.get_closest_marker("whole_chromium") is not None)
    with browser.new_context(base_url=server.url, permissions=["camera", "microphone"]) as made:
        server.sign_in(made)
        made.add_init_script(path=WATCH)
        yield made


@pytest.fixture
def recording_page(recording_context: BrowserContext) -> Iterator[Page]:
    """A tab of the browser `recording_context`. A script error fails the test."""
    tab = recording_context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    assert errors == []


@pytest.fixture
def page(launch: Callable[..., Browser], live_server: LiveServer) -> Iterator[Page]:
    """A page in a browser without camera and microphone, 1280 pixels wide."""
    with launch().new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800}) as context:
        yield context.new_page()
