"""The voice filter processes sound in blocks, and finds the same speech as faster-whisper finds in the whole sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faster_whisper import vad
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.speech import transcriber
from app.captions.speech.models import ModelOptions
from app.captions.speech.sound import LevelledSound, MemorySound, SampleFile
from app.captions.speech.voice_filter import STEP, SpeechLengths, speech_spans
from tests.captions.test_transcriber import samples_of

any_probability = st.sampled_from([0.0, 0.2, 0.34, 0.36, 0.45, 0.5, 0.51, 0.9])
any_course = st.lists(st.tuples(any_probability, st.integers(1, 40)), max_size=40)
"""Lists of (probability of speech, number of consecutive steps with this probability)."""


@settings(deadline=None)
@given(any_course, st.integers(0, STEP - 1), st.sampled_from([2.0, 5.0, 30.0]))
def test_the_spans_are_those_of_the_library(course: list[tuple[float, int]], rest: int, longest_s: float) -> None:
    probabilities = [value for value, count in course for _ in range(count)]
    size = len(probabilities) * STEP + rest
    options = vad.VadOptions(
        min_speech_duration_ms=100, min_silence_duration_ms=300, max_speech_duration_s=longest_s, speech_pad_ms=0
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vad, "get_vad_model", lambda: lambda _sound: np.array(probabilities))
        expected = vad.get_speech_timestamps(np.zeros(size, np.float32), options)
    lengths = SpeechLengths(1600.0, 4800.0, longest_s * 16_000 - STEP)
    assert speech_spans(probabilities, size, lengths) == [(span["start"], span["end"]) for span in expected]


@pytest.mark.parametrize("more", [0, 1, 63, 64, 511])
def test_the_voice_filter_hears_in_blocks_what_it_hears_at_once(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    voice = np.concatenate([samples_of("answer_one.wav"), samples_of("answer_two.wav")])
    voice = np.concatenate([voice[: voice.size // STEP * STEP], voice[:more]])
    monkeypatch.setattr(transcriber, "FILTERED_STEPS", 50)
    monkeypatch.setattr(transcriber, "SILENT", -1.0)  # otherwise the filter would restart in the pauses
    found = list(transcriber.voice_probabilities(LevelledSound(MemorySound(voice))))
    padded = np.pad(LevelledSound(MemorySound(voice)).read(0, voice.size), (0, STEP - voice.size % STEP))
    assert found == pytest.approx(np.ravel(vad.get_vad_model()(padded)).tolist(), abs=1e-4)


def test_hours_of_sound_are_never_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    read = SampleFile.read
    integers = SampleFile._integers

    def counting(self: SampleFile, start: int, end: int) -> np.ndarray:
        samples = integers(self, start, end)
        held.append(samples.size)
        return samples

    monkeypatch.setattr(SampleFile, "_integers", counting)
    monkeypatch.setattr(transcriber, "voice_probabilities", lambda sound: (0.9 for _ in sound.blocks(512 * 512)))
    path = tmp_path / "audio.s16"
    with path.open("wb") as file:
        file.truncate(3 * 3600 * 16_000 * 2)
    sound = LevelledSound(SampleFile(path))
    transcriber._speech_spans(sound, ModelOptions())
    assert sum(held) >= sound.size
    assert max(held) <= 60 * 16_000
    assert read(SampleFile(path), 0, 5).size == 5


class Filter:
    """A fake voice filter that finds speech in the given blocks, and records the state with which each block was
    processed.
    """

    def __init__(self, blocks: list[bool]):
        self.session = self
        self.blocks = iter(blocks)
        self.states: list[float] = []

    def run(self, _names: None, given: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
        self.states.append(float(given["h"].max()))
        steps = len(given["input"])
        probabilities = np.full(steps, 0.1)
        probabilities[0] = 0.6 if next(self.blocks) else 0.1
        return probabilities, given["h"] + 1, given["c"]


def test_the_filter_starts_again_after_a_block_without_speech_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Filter([True, True, False, False, True, True])
    monkeypatch.setattr(vad, "get_vad_model", lambda: heard)
    monkeypatch.setattr(transcriber, "FILTERED_STEPS", 10)
    list(transcriber.voice_probabilities(LevelledSound(MemorySound(np.zeros(60 * STEP - 1, np.float32)))))
    assert heard.states == [0, 1, 2, 0, 0, 1]


@pytest.mark.parametrize("level", [0.0, 0.003, 0.01])
@pytest.mark.parametrize("quiet_s", [20, 41.3])
def test_speech_after_long_quiet_is_found_as_it_is_without(level: float, quiet_s: float) -> None:
    voice = samples_of("answer_two.wav")
    quiet = np.random.default_rng(2).normal(0, 1, int(quiet_s * 16_000)).astype(np.float32) * np.float32(level)
    alone, after = (
        transcriber._speech_spans(LevelledSound(MemorySound(sound)), ModelOptions())
        for sound in (voice, np.concatenate([quiet, voice]))
    )
    found = sum(end - start for start, end in after if start >= quiet.size - STEP)
    assert found >= 0.9 * sum(end - start for start, end in alone)
    assert all(start >= quiet.size - STEP for start, _end in after)
