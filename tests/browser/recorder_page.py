"""Drives the recorder page by keyboard, and reads the announcements and changes that watch_capture.js logs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.recorder_server import RecorderServer, SentUpload

WATCH = Path(__file__).with_name("watch_capture.js")
CLIP = "answer_one.wav"
LONG_MS = 60_000
"""Milliseconds until a wait fails. Long, because the machine may be busy; a wait that succeeds ends sooner."""
SLOW_DEVICES = "Getting your camera and microphone ready."
"""Said before the countdown only if the devices take long to open, as they may on a busy machine."""
LOSE = "kind => watch.recorders[0].stream.getTracks().find(t => t.kind === kind).dispatchEvent(new Event('ended'))"
BOUNCE_MS = 800
"""After this many milliseconds, a press counts for any button (static/js/recorder/presses.js)."""
ALLOWED = ("data-phase", "data-warning")


def phase(page: Page, name: str) -> None:
    """Wait until the recorder is in the phase `name`."""
    expect(page.locator("#recorder")).to_have_attribute("data-phase", name, timeout=LONG_MS)


def start(page: Page) -> None:
    """Press Start with the keyboard and wait until the recording begins."""
    page.locator("#record").focus()
    page.keyboard.press("Enter")
    phase(page, "recording")


def record_for(page: Page, ms: int) -> None:
    """Wait until `ms` milliseconds have been recorded since the recording was last started or resumed."""
    page.wait_for_function("ms => performance.now() - watch.windows.at(-1)[0] >= ms", arg=ms, timeout=LONG_MS + ms)


def stop(page: Page) -> None:
    """Press Stop with the keyboard and wait for the review phase."""
    record_for(page, 1000)  # a recording that stopped before its first byte is not in the log
    expect(page.locator("#record")).to_be_focused()
    page.keyboard.press("Enter")
    phase(page, "review")


def press_again(page: Page) -> None:
    """Wait until the next press counts as another one."""
    page.wait_for_timeout(BOUNCE_MS)


def wait_until(page: Page, is_true: Callable[[], Any], seconds: int = LONG_MS // 1000) -> None:
    """Wait until a condition on the server's state is true."""
    for _ in range(20 * seconds):
        if is_true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come true")


def arrived(page: Page, server: RecorderServer, take: int = 1) -> list[SentUpload]:
    """Wait until the server has every byte of a take and its stop report. Return the uploads of its segments."""

    def has_all() -> bool:
        segments = server.segments(take)
        return take in server.stops and bool(segments) and all(one.is_finished for one in segments)

    wait_until(page, has_all)
    return server.segments(take)


def sha256(upload: SentUpload) -> str:
    """Return the SHA-256 hash of the bytes that the server has received of an upload."""
    return hashlib.sha256(upload.data).hexdigest()


def spoken(page: Page) -> list[str]:
    """Return what the live region has announced, in order, without the sentence that is said only if devices open slowly."""
    return [str(one["said"]) for one in page.evaluate("watch.spoken") if one["said"] != SLOW_DEVICES]


def heard(page: Page, words: str) -> None:
    """Wait until the live region has announced a text that contains `words`."""
    page.wait_for_function("words => watch.spoken.some(({ said }) => said.includes(words))", arg=words, timeout=LONG_MS)


def changes_while_capturing(page: Page) -> list[dict[str, Any]]:
    """Return every change to the page during recording, except changes of the silent clock."""
    changes = page.evaluate("watch.changes")
    return [one for one in changes if not one.get("isClock") and one.get("attribute") not in ALLOWED]


def names(page: Page) -> list[tuple[Any, ...]]:
    """Return role, name and states of every element in Chromium's accessibility tree, except the clock and plain text."""
    session = page.context.new_cdp_session(page)
    found = []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if node.get("ignored") or role in ("StaticText", "InlineTextBox", "timer", "generic", "strong"):
            continue
        states = [(one["name"], one["value"].get("value")) for one in node.get("properties", [])]
        found.append((role, node.get("name", {}).get("value"), sorted(map(str, states))))
    return found
