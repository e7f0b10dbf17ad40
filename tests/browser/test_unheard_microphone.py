"""A microphone that delivers nothing to hear, of whatever kind, is named before Keep and on the check page of the real
application.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.extensions import db
from app.recording.models import Take
from tests.browser.conftest import LiveServer
from tests.browser.recorder_page import CLIP, LONG_MS, WATCH, heard, phase, press_again, record_for, spoken, start, stop
from tests.browser.recorder_server import RecorderServer
from tests.browser.test_silent_microphone import UNHEARD
from tests.factories import make_attempt, make_interview
from tests.stages import run_all

MUTED = """(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (asked) => {
    const stream = await open(asked);
    for (const track of stream.getAudioTracks()) track.enabled = false;
    return stream;
  };
})()"""


def sound_file(path: Path, loudness_db: float) -> Path:
    """Write five seconds of noise of a loudness, in decibels below full scale."""
    noise = np.random.default_rng(1).standard_normal(48_000 * 5) * 32_768 * 10 ** (loudness_db / 20)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(noise.round().astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a microphone may deliver."""
    folder = tmp_path_factory.mktemp("sound")
    return {name: sound_file(folder / f"{name}.wav", db) for name, db in (("zeros", -200), ("faint noise", -78))}


@contextmanager
def browser_page(launch: Callable[..., Browser], clip: Path | str, url: str, script: str = "") -> Iterator[Page]:
    with launch(str(clip)).new_context(base_url=url, permissions=["camera", "microphone"]) as context:
        context.add_init_script(path=WATCH)
        if script:
            context.add_init_script(script)
        context.set_default_timeout(LONG_MS)
        yield context.new_page()


@pytest.fixture(params=["zeros", "faint noise", "muted"])
def silent_page(
    request: pytest.FixtureRequest, launch: Callable[..., Browser], server: RecorderServer, sounds: dict[str, Path]
) -> Iterator[Page]:
    """A page whose microphone delivers nothing that can be heard."""
    is_muted = request.param == "muted"
    clip = CLIP if is_muted else sounds[request.param]
    with browser_page(launch, clip, server.url, MUTED if is_muted else "") as page:
        server.sign_in(page.context)
        yield page


@pytest.mark.parametrize("address", ["/question", "/practice"])
def test_every_silent_microphone_is_named_before_keep(silent_page: Page, server: RecorderServer, address: str) -> None:
    page = silent_page
    page.goto(address)
    start(page)
    record_for(page, 3000)
    stop(page)
    heard(page, UNHEARD)
    expect(page.locator("#unheard")).to_contain_text(UNHEARD)


def test_a_second_part_with_sound_ends_the_warning(
    launch: Callable[..., Browser], server: RecorderServer, sounds: dict[str, Path]
) -> None:
    toggled = MUTED.replace(
        "track.enabled = false", "{ track.enabled = false; window.unmute = () => (track.enabled = true); }"
    )
    with browser_page(launch, CLIP, server.url, toggled) as page:
        server.sign_in(page.context)
        page.goto("/question")
        start(page)
        record_for(page, 2000)
        page.locator("#pause").press("Enter")
        phase(page, "paused")
        page.evaluate("unmute()")
        press_again(page)
        page.locator("#pause").press("Enter")
        phase(page, "recording")
        record_for(page, 3000)
        page.locator("#record").press("Enter")
        phase(page, "review")
        heard(page, "Recording stopped.")
        expect(page.locator("#unheard")).to_be_hidden()
        assert UNHEARD not in " ".join(spoken(page))


@pytest.mark.parametrize("kind", ["audio", "video", "signed"])
@pytest.mark.parametrize("sound", ["zeros", "faint noise"])
def test_silence_is_named_on_the_check_page_except_for_a_signed_answer(
    launch: Callable[..., Browser], live_server: LiveServer, sounds: dict[str, Path], kind: str, sound: str
) -> None:
    attempt = make_attempt(make_interview(questions=1), preferences={"audio_only": kind == "audio"})
    with browser_page(launch, sounds[sound], live_server.url) as page:
        live_server.sign(page.context, attempt=attempt.id)
        page.goto(f"/interview/questions/{attempt.interview.questions[0].id}")
        page.locator(f"#kind-{kind}").press("Space")
        start(page)
        record_for(page, 3000)
        stop(page)
        assert page.locator("#unheard").is_visible() == (kind != "signed")
        expect(page.locator("[data-upload-text]")).to_have_text("All of your recording has arrived.")
        page.get_by_role("button", name="Keep this answer").press("Enter")
        expect(page.locator("main .notice--success")).to_contain_text("is your answer")
        db.session.rollback()
        run_all(db.session.query(Take).filter_by(attempt_id=attempt.id).one())
        page.goto("/interview/")
        words = page.locator("main").inner_text()
        assert (UNHEARD in words) == (kind != "signed"), words
        assert ("If you signed" in words) == (kind == "video")
