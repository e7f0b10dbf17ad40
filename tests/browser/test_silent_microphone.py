"""A silent recording is reported after it has ended and before it can be kept, except if the answer is in sign
language.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CLIPS
from tests.browser.recorder_page import (
    CLIP,
    LONG_MS,
    LOSE,
    WATCH,
    changes_while_capturing,
    heard,
    phase,
    record_for,
    spoken,
    start,
    stop,
)
from tests.browser.recorder_server import RecorderServer

UNHEARD = "We heard no sound in this recording."


@pytest.fixture(scope="module")
def zeros(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound file of silence, for the microphone to play."""
    path = tmp_path_factory.mktemp("sound") / "zeros.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 48_000 * 5))
    return path


@pytest.fixture
def silent_page(launch: Callable[..., Browser], server: RecorderServer, zeros: Path) -> Iterator[Page]:
    """A question page whose microphone delivers silence."""
    with launch(str(zeros)).new_context(base_url=server.url, permissions=["camera", "microphone"]) as context:
        server.sign_in(context)
        context.add_init_script(path=WATCH)
        context.set_default_timeout(LONG_MS)
        yield context.new_page()


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_silence_is_reported_after_the_recording_and_before_keep(
    silent_page: Page, server: RecorderServer, kind: str
) -> None:
    page = silent_page
    server.prefer(audio_only=kind == "audio")
    page.goto("/question")
    start(page)
    record_for(page, 3000)
    assert changes_while_capturing(page) == []
    stop(page)
    assert changes_while_capturing(page) == []
    heard(page, UNHEARD)
    expect(page.locator("#unheard")).to_be_visible()
    expect(page.locator("#unheard")).to_contain_text(UNHEARD)
    assert ("If you signed" in page.locator("#unheard").inner_text()) == (kind == "video")
    expect(page.get_by_role("button", name="Keep this answer")).to_be_visible()


def test_silence_of_an_interrupted_recording_is_reported(silent_page: Page, server: RecorderServer) -> None:
    page = silent_page
    page.goto("/question")
    start(page)
    record_for(page, 3000)
    page.evaluate(LOSE, "audio")
    phase(page, "offered")
    expect(page.locator("#offer-text")).to_contain_text(UNHEARD)


def test_a_signed_answer_is_not_asked_for_sound(silent_page: Page, server: RecorderServer) -> None:
    page = silent_page
    server.prefer(audio_only=False)
    page.goto("/question")
    page.locator("#kind-signed").press("Space")
    start(page)
    record_for(page, 3000)
    stop(page)
    expect(page.locator("#unheard")).to_be_hidden()
    assert UNHEARD not in " ".join(spoken(page))


def test_recording_with_sound_is_not_called_silent(recording_page: Page, server: RecorderServer) -> None:
    assert (CLIPS / CLIP).exists()
    page = recording_page
    page.goto("/question")
    start(page)
    record_for(page, 3000)
    stop(page)
    heard(page, "Recording stopped.")
    expect(page.locator("#unheard")).to_be_hidden()
    assert UNHEARD not in " ".join(spoken(page))


def test_silence_is_not_reported_if_loudness_cannot_be_measured(silent_page: Page, server: RecorderServer) -> None:
    page = silent_page
    page.add_init_script("window.AudioContext = class { constructor() { throw new Error('none') } }")
    page.goto("/question")
    start(page)
    record_for(page, 3000)
    stop(page)
    expect(page.locator("#unheard")).to_be_hidden()
