"""Speech is divided into windows, and each word gets its time in the whole recording."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.captions.speech.sound import LevelledSound, MemorySound, SampleFile
from app.captions.speech.windows import (
    PADDING,
    SAMPLE_RATE,
    TOLERANCE,
    end_to_end,
    passages,
    placed,
    windows,
)

SECOND = SAMPLE_RATE
any_speech = st.lists(st.tuples(st.integers(1, 5 * SECOND), st.integers(1, 8 * SECOND)), min_size=1, max_size=30)
"""Lists of (silence before, length), in samples, one for each stretch of speech."""


def level_of(samples):
    sound = LevelledSound(MemorySound(samples))
    return sound.read(0, sound.size)


def spans_from(steps):
    spans, at = [], 0
    for silence, length in steps:
        spans.append((at + silence, at + silence + length))
        at += silence + length
    return spans, at + SECOND


@settings(deadline=None)
@given(any_speech)
def test_a_sample_of_speech_is_placed_where_it_was(steps):
    spans, length = spans_from(steps)
    speech = passages(spans, length)
    sound = end_to_end(MemorySound(np.arange(length, dtype=np.float32)).read, speech)
    assert speech[-1].place_end == sound.size
    for (start, end), passage in zip(spans, speech, strict=True):
        assert passage.kept_from <= start < end <= passage.kept_to
        middle = passage.place + (start + end) // 2 - passage.kept_from
        assert sound[middle] == np.float32((start + end) // 2)
        assert placed(speech, middle, middle)[0] == (start + end) // 2


@settings(deadline=None)
@given(any_speech, st.integers(8 * SECOND, 30 * SECOND))
def test_windows_hold_all_speech_in_order_within_the_most_that_the_model_hears(steps, most):
    spans, length = spans_from(steps)
    speech = passages(spans, length)
    found = windows(speech, most)
    assert [index for first, last in found for index in range(first, last + 1)] == list(range(len(spans)))
    for first, last in found:
        assert speech[last].place_end - speech[first].place <= most or first == last


@settings(deadline=None)
@given(any_speech, st.integers(8 * SECOND, 30 * SECOND), st.data())
def test_windows_of_a_recording_that_goes_on_stay_the_same(steps, most, data):
    spans, length = spans_from(steps)
    speech = passages(spans, length)
    until = data.draw(st.integers(0, len(speech)))
    so_far = windows(speech[:until], most, is_finished=False)
    assert windows(speech, most)[: len(so_far)] == so_far
    left = speech[until - 1].place_end - speech[so_far[-1][1] + 1 if so_far else 0].place if until else 0
    assert left < 2 * most or until == so_far[-1][1] + 1


@pytest.mark.parametrize("loud", [0.003, 0.05, 0.5])
def test_the_level_of_a_recording_that_goes_on_stays_the_same(loud):
    chance = np.random.default_rng(3)
    levels = np.repeat(chance.uniform(0.001, loud, 50), 2 * SECOND).astype(np.float32)
    sound = chance.uniform(-1, 1, levels.size).astype(np.float32) * levels
    whole = LevelledSound(MemorySound(sound))
    growing = LevelledSound(MemorySound(sound[:0]), is_finished=False)
    for end in (30 * SECOND, 61 * SECOND, 70 * SECOND + 5, sound.size):
        growing.grow(MemorySound(sound[:end]), is_finished=False)
        assert growing.size == (0 if end < 60 * SECOND else end - end % (4 * SECOND))
        assert np.array_equal(growing.read(0, growing.size), whole.read(0, growing.size))


def test_windows_are_as_few_as_can_be_and_cut_at_the_longest_pause():
    spans = [(0, 3 * SECOND), (4 * SECOND, 7 * SECOND), (9 * SECOND, 12 * SECOND), (12 * SECOND + 8000, 15 * SECOND)]
    assert windows(passages(spans, 16 * SECOND), 10 * SECOND) == [(0, 1), (2, 3)]


def test_windows_are_about_equally_long_where_the_pauses_are_long_enough():
    spans = [(start * SECOND, (start + 4) * SECOND) for start in range(0, 60, 6)]
    found = windows(passages(spans, 60 * SECOND), 30 * SECOND)
    assert found == [(0, 4), (5, 9)]
    uneven = [(0, 4 * SECOND), *((start * SECOND, (start + 5) * SECOND - 8000) for start in range(9, 50, 5))]
    found = windows(passages(uneven, 60 * SECOND), 30 * SECOND)
    assert len(found) == 2
    assert 3 <= found[0][1] <= 5


def test_no_word_reaches_into_the_silence_around_its_speech():
    speech = passages([(2 * SECOND, 3 * SECOND), (10 * SECOND, 11 * SECOND)], 15 * SECOND)
    assert placed(speech, 0, PADDING + SECOND) == (2 * SECOND - TOLERANCE, 3 * SECOND)
    second = speech[1].place
    assert placed(speech, second, second + 4 * SECOND) == (10 * SECOND - TOLERANCE, 11 * SECOND + TOLERANCE)


def test_silence_is_left_out_but_for_a_little_on_both_sides():
    speech = passages([(5 * SECOND, 6 * SECOND), (60 * SECOND, 61 * SECOND)], 100 * SECOND)
    assert end_to_end(MemorySound(np.zeros(100 * SECOND)).read, speech).size == 2 * SECOND + 4 * PADDING


@pytest.mark.parametrize("gain", [0.001, 0.01, 0.1])
def test_a_quiet_microphone_is_raised_to_a_level_the_model_knows(gain):
    voice = np.sin(np.arange(SECOND, dtype=np.float32) / 10)
    assert np.abs(level_of(voice * np.float32(gain))).max() == pytest.approx(min(0.3, 100 * gain), rel=0.02)


def test_loud_voice_is_not_amplified():
    voice = np.sin(np.arange(SECOND, dtype=np.float32) / 10)
    assert np.array_equal(level_of(voice), voice)


def test_samples_that_are_no_numbers_are_silence():
    assert np.array_equal(level_of(np.array([np.nan, np.inf, -np.inf, 0.5], np.float32)), [0, 0, 0, 0.5])
    assert level_of(np.zeros(0, np.float32)).size == 0


@settings(deadline=None)
@given(st.lists(st.integers(-32768, 32767), max_size=3000))
def test_a_file_has_the_same_samples_all_at_once_and_in_blocks(tmp_path_factory, samples):
    path = tmp_path_factory.mktemp("sound") / "audio.s16"
    np.array(samples, "<i2").tofile(path)
    file, held = SampleFile(path), MemorySound(np.array(samples, np.float32) / 32768)
    assert np.array_equal(file.read(3, 2000), held.read(3, 2000))
    blocks = list(LevelledSound(file).blocks(500))
    assert np.array_equal(np.concatenate(blocks), LevelledSound(file).read(0, file.size))
