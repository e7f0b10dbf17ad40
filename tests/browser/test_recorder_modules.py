"""The recorder in a real Chromium against a small tus server: nothing is lost, and nothing is said while recording."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.fake_tus import FakeServer, FakeUpload

WATCH = Path(__file__).with_name("watch_capture.js")
CLIP = "answer_one.wav"
LONG_MS = 20_000


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A fake server of its own for each test."""
    fake = FakeServer()
    yield fake
    fake.close()


@pytest.fixture
def context(launch: Callable[..., Browser], server: FakeServer) -> Iterator[BrowserContext]:
    """A browser profile whose microphone plays a clip and whose recorder is watched."""
    with launch(CLIP).new_context(base_url=server.url, permissions=["camera", "microphone"]) as made:
        made.add_init_script(path=WATCH)
        made.set_default_timeout(LONG_MS)
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which an error of a script fails the test."""
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    assert errors == []


def phase(page: Page, name: str) -> None:
    """Wait until the recorder is in that phase."""
    expect(page.locator("#recorder")).to_have_attribute("data-phase", name, timeout=LONG_MS)


def start(page: Page) -> None:
    """Press Start with the keyboard and wait for capture."""
    page.locator("#start").focus()
    page.keyboard.press("Enter")
    phase(page, "recording")


def record_for(page: Page, ms: int) -> None:
    """Wait until so much has been recorded since capture last began."""
    page.wait_for_function("ms => performance.now() - watch.windows.at(-1)[0] >= ms", arg=ms, timeout=LONG_MS + ms)


def stop(page: Page) -> None:
    """Press Stop with the keyboard and wait for what comes after."""
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Enter")
    phase(page, "review")


def wait_until(page: Page, is_true: Callable[[], Any]) -> None:
    """Wait for something that the server knows."""
    for _ in range(600):
        if is_true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come true")


def is_finished(upload: FakeUpload) -> bool:
    """Whether the server has all that was announced."""
    return upload.length is not None and upload.length == len(upload.data)


def arrived(page: Page, server: FakeServer, take: str = "take1") -> list[FakeUpload]:
    """Wait for every byte of a take and for its stop."""
    wait_until(page, lambda: take in server.stops and all(map(is_finished, server.segments(take))) and server.segments(take))
    return server.segments(take)


def sha256(upload: FakeUpload) -> str:
    """The hash of what the server has."""
    return hashlib.sha256(upload.data).hexdigest()


def spoken(page: Page) -> list[str]:
    """What the live region said, in order."""
    return [str(one) for one in page.evaluate("watch.spoken")]


def test_an_answer_arrives_byte_for_byte_while_it_is_recorded(page: Page, server: FakeServer) -> None:
    page.goto("/question")
    start(page)
    record_for(page, 4000)
    wait_until(page, lambda: server.uploads and len(server.uploads[0].data) > 0)
    stop(page)
    (upload,) = arrived(page, server)
    assert sha256(upload) == page.evaluate("watch.hash(0)")
    assert server.most_in_flight == 1
    report = server.stops["take1"]
    assert report["reason"] == "stopped"
    assert report["segments"] == [{"segment": 1, "bytes": len(upload.data), "recorded_ms": report["recorded_ms"]}]
    assert 3900 <= report["recorded_ms"] <= 7000
    expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
