"""No word of an audible screen reader is in a recording: Orca speaks, the microphone hears it, and the take is measured.

The microphone is the monitor of a sound server without hardware. Before the end of each recording the voice
deliberately says something, to prove that the take would contain it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from app.recording.question_page import QUIET_SECONDS
from tests.browser.recorder_page import SLOW_DEVICES, arrived, phase, record_for
from tests.browser.recorder_server import RecorderServer
from tests.screenreader.conftest import chromium
from tests.screenreader.desktop import Reader, running_orca
from tests.screenreader.levels import WINDOW_SECONDS, levels
from tests.screenreader.person import Person
from tests.screenreader.sound import Espeak, lacking

DEFAULT_RATE, HALF_RATE = 50, 0
"""Orca's default rate of speech, and the one at which its words take twice as long.

Slow words end last, so `make test` tries every way to start at half rate, and the usual one at the default rate.
"""
DISTURBING_DB = -60
VOICE_DB = -40
BUSY_PROCESSES = 4
AFTER_SPEECH_MS = 500
"""The deliberate words begin at most this long before the recorded time."""
KEY_MS = 500
"""A busy browser receives a key at most this long after Orca has begun to say its name."""
SPOKEN_MS = 4000
"""After this time, the deliberate words have begun and ended."""
TIMES_SAID = 3
"""How often the deliberate words are said. More than once, because a busy sound server may play them late or not at
all.
"""
RECORDED_MS = "() => watch.windows.reduce((sum, [begin, end]) => sum + (end ?? performance.now()) - begin, 0)"

pytestmark = pytest.mark.skipif(bool(lacking()), reason=f"an audible screen reader needs {', '.join(lacking())}")


@pytest.fixture(scope="module")
def audible(request: pytest.FixtureRequest) -> Iterator[Reader]:
    """An Orca whose voice the microphone hears."""
    folder = Path(tempfile.mkdtemp(prefix="fairtake-orca-"))
    with running_orca(folder, Espeak(request.param)) as reader:
        yield reader
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def question(playwright: Playwright, audible: Reader, server: RecorderServer, tmp_path: Path) -> Iterator[Page]:
    """A Chromium whose microphone hears what Orca says."""
    with chromium(playwright, audible, tmp_path, server.url) as context:
        server.sign_in(context)
        yield context.pages[0]


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """Processes that use all of the machine's cores."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(BUSY_PROCESSES)]
    yield
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("audible", "seconds"),
    [
        pytest.param(DEFAULT_RATE, 5, id="default rate-5 seconds"),
        pytest.param(DEFAULT_RATE, 3, id="default rate-3 seconds", marks=pytest.mark.nightly),
        pytest.param(DEFAULT_RATE, 0, id="default rate-by a second press", marks=pytest.mark.nightly),
        pytest.param(HALF_RATE, 3, id="half rate-3 seconds"),
        pytest.param(HALF_RATE, 5, id="half rate-5 seconds", marks=pytest.mark.nightly),  # also on a busy machine
        pytest.param(HALF_RATE, 0, id="half rate-by a second press"),
    ],
    indirect=["audible"],
)
def test_no_word_of_the_screen_reader_is_recorded(
    question: Page, audible: Reader, server: RecorderServer, seconds: int
) -> None:
    measure(question, audible, server, seconds)


@pytest.mark.parametrize(
    "audible",
    [
        pytest.param(DEFAULT_RATE, id="default rate", marks=pytest.mark.nightly),
        pytest.param(HALF_RATE, id="half rate"),
    ],
    indirect=True,
)
def test_no_word_of_the_screen_reader_is_recorded_on_a_busy_machine(
    question: Page, audible: Reader, server: RecorderServer, busy_machine: None
) -> None:
    measure(question, audible, server, 5)


def measure(page: Page, reader: Reader, server: RecorderServer, seconds: int) -> None:
    """Start, pause and resume a recording, stop it, record another one, and measure both takes."""
    server.page_data["quiet_seconds"] = QUIET_SECONDS
    server.prefer(countdown_seconds=seconds)
    to_the_recorder(page, reader, server)
    start(page, reader, seconds)
    record_for(page, 4000)
    press_and_wait(page, reader, "Escape", "paused")
    paused_ms = page.evaluate(RECORDED_MS)
    reader.hear("Paused.")
    page.wait_for_timeout(1000)
    press_and_wait(page, reader, "Escape", "recording")
    record_for(page, 4000)
    silent_ms = page.evaluate(RECORDED_MS)
    for _ in range(TIMES_SAID):
        subprocess.run(["spd-say", "These words are recorded."], env=reader.environment, check=True, timeout=60)
        page.wait_for_timeout(SPOKEN_MS)
    press_and_wait(page, reader, "Return", "review")
    reader.hear("Recording stopped.")
    taken = levels(taken_bytes(page, server, 1))
    until = int((silent_ms - AFTER_SPEECH_MS) / 1000 / WINDOW_SECONDS)
    assert max(taken[until:]) > VOICE_DB, "the microphone does not hear the voice"
    assert {at: db for at, db in loud(taken[:until]).items() if not is_of_the_key(at, paused_ms)} == {}
    person = Person(page, reader)
    person.tab_to("Record again")
    start(page, reader, seconds)
    record_for(page, 4000)
    press_and_wait(page, reader, "Return", "review")
    reader.hear("Recording stopped.")
    assert loud(levels(taken_bytes(page, server, 2))) == {}


def to_the_recorder(page: Page, reader: Reader, server: RecorderServer) -> None:
    """Open the question and move to Start. The person interrupts Orca when it begins to read the page."""
    person = Person(page, reader)
    person.open(f"{server.url}/question")
    person.hear("Question 1 of 3")
    page.locator("#record").wait_for()
    page.wait_for_timeout(1000)
    reader.press("Control_L")
    page.wait_for_timeout(1000)
    person.tab_to("Start recording")


def start(page: Page, reader: Reader, seconds: int) -> None:
    """Press Start. If the recording waits for a second press, press again as soon as Orca has begun to say so."""
    reader.press("Return")
    if not seconds:
        reader.hear("Ready. Press again to record.")
        page.wait_for_timeout(1000)
        reader.press("Return")
    phase(page, "recording")
    before = ("return", SLOW_DEVICES)
    assert [words for words in reader.new() if words not in before] == [f"Recording in {seconds} seconds."][
        : bool(seconds)
    ]


def press_and_wait(page: Page, reader: Reader, key: str, then: str) -> None:
    """Press a key and wait for the phase that it brings."""
    reader.press(key)
    phase(page, then)


def taken_bytes(page: Page, server: RecorderServer, take: int) -> bytes:
    """Return the bytes of a take, which has one segment."""
    (upload,) = arrived(page, server, take)
    return bytes(upload.data)


def loud(windows: list[float]) -> dict[float, float]:
    """Return the levels of the windows that are loud enough to disturb, by time in seconds."""
    return {round(n * WINDOW_SECONDS, 1): round(db, 1) for n, db in enumerate(windows) if db > DISTURBING_DB}


def is_of_the_key(at: float, pressed_ms: float) -> bool:
    """Return whether a window of 0.1 s, by its time in seconds, may have the name of the key that paused the recording.

    Orca says the name of a key before the browser receives the key, so a browser on a busy machine pauses too late.
    """
    return -KEY_MS <= 1000 * at - pressed_ms <= 1000 * WINDOW_SECONDS
