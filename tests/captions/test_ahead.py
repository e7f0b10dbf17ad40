"""A recording that is heard while it is made gives the words of the finished one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.captions.speech import windowed_run
from app.captions.speech.ahead import HearingAhead
from app.captions.speech.heard import HeardWindows
from app.captions.speech.models import AHEAD_BATCH
from app.captions.speech.sound import MemorySound
from app.captions.speech.transcriber import Transcript, WhisperTranscriber
from app.captions.speech.windowed_run import WindowedTranscription
from app.captions.speech.windows import Samples
from app.config import DEMO_MODEL
from tests.captions.heard import SPEECH, Memory

pytestmark = pytest.mark.database_independent
RATE = 16_000
QUIET = np.zeros(20 * RATE, np.float32)
SOUND: Samples = np.concatenate([SPEECH, QUIET, SPEECH * np.float32(0.2), SPEECH])
"""Three minutes with a long pause, in which one part is five times as loud as the other."""


@pytest.fixture(scope="module")
def demo() -> WhisperTranscriber:
    return WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8", cpu_threads=1)


@pytest.fixture(scope="module")
def at_once(demo: WhisperTranscriber) -> tuple[Transcript, Memory]:
    """What is heard of the finished recording: the transcript, and what was kept of it."""
    memory = Memory()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(windowed_run, "HEARD_SECONDS", 10)
        return demo.transcribe(SOUND, memory=memory), memory


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, SOUND.size), max_size=8))
def test_every_window_that_is_heard_ahead_is_a_window_of_the_finished_recording(
    demo: WhisperTranscriber, at_once: tuple[Transcript, Memory], monkeypatch: pytest.MonkeyPatch, cuts: list[int]
) -> None:
    """The model is asked for nothing: what it made of the finished recording is found under the same keys."""
    monkeypatch.setattr(windowed_run, "HEARD_SECONDS", 10)
    found = Memory()
    found.kept = dict(at_once[1].kept)
    ahead = HearingAhead(demo, [], found)
    groups = 0
    with monkeypatch.context() as patched:
        patched.setattr(WindowedTranscription, "_hear", None)
        for cut in [*sorted(cuts), SOUND.size]:
            ahead.grow(MemorySound(SOUND[:cut]))
            while ahead.hear():
                groups += 1
    assert groups in (len(found.kept) - 1, len(found.kept) - 2)
    assert groups > 1


def test_the_transcript_is_the_same_and_only_the_rest_is_heard_at_the_end(
    demo: WhisperTranscriber, at_once: tuple[Transcript, Memory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windowed_run, "HEARD_SECONDS", 10)
    memory = Memory()
    ahead = HearingAhead(demo, [], memory)
    for end in range(0, SOUND.size, 7 * RATE):
        ahead.grow(MemorySound(SOUND[:end]))
        while ahead.hear():
            pass
    before = len(memory.kept)
    assert before > 1
    assert demo.transcribe(SOUND, memory=memory) == at_once[0]
    assert memory.kept == at_once[1].kept


@pytest.mark.parametrize("end", [100 * RATE, 130 * RATE, 160 * RATE, SOUND.size])
def test_after_stop_at_most_four_windows_remain(monkeypatch: pytest.MonkeyPatch, end: int) -> None:
    """One window waits for its group, and later sound could change the others, up to two windows of speech."""
    small = WhisperTranscriber(str(DEMO_MODEL), "cpu", "int8", cpu_threads=1, hears_ahead=True)
    assert small.load()[0].options.batch_size == AHEAD_BATCH
    monkeypatch.setattr(windowed_run, "HEARD_SECONDS", 20)
    windows: list[int] = []
    hear = WindowedTranscription._hear

    def counting(self: WindowedTranscription, indexes: range) -> HeardWindows:
        windows.extend(indexes)
        return hear(self, indexes)

    monkeypatch.setattr(WindowedTranscription, "_hear", counting)
    memory = Memory()
    ahead = HearingAhead(small, [], memory)
    ahead.grow(MemorySound(SOUND[: end - 4 * RATE]))
    while ahead.hear():
        pass
    before = len(windows)
    small.transcribe(SOUND[:end], memory=memory)
    assert len(windows) - before <= 4
    assert windows == list(range(len(windows)))


def test_groups_are_small_only_where_answers_are_heard_ahead(demo: WhisperTranscriber) -> None:
    assert demo.load()[0].options.batch_size > AHEAD_BATCH


def test_nothing_is_heard_before_there_is_enough_sound(demo: WhisperTranscriber) -> None:
    ahead = HearingAhead(demo, [], Memory())
    for sound in (SOUND[:0], SOUND[: 59 * RATE], QUIET):
        ahead.grow(MemorySound(sound))
        assert not ahead.hear()
