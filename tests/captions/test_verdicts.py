"""The signals of a transcript, and the verdict on them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from app.captions.shaping.cues import Word
from app.captions.speech.signals import Signals, WindowText, signals_of
from app.captions.verdicts import CARE_BELOW, NOT_UNDERSTOOD_BELOW, Verdict, verdict_on
from benchmarks import verdicts as bench
from benchmarks.voices import Recording

CLEAR = Signals(
    words=40, speech_seconds=15.0, log_probability=-0.12, no_speech=0.01, compression=1.4, unsure=0.02, repeated=0.0,
    language_probability=0.98,
)  # fmt: skip
WORST = [Verdict.GOOD, Verdict.CARE, Verdict.NOT_UNDERSTOOD]


def word(text: str, at: int, probability: float = 0.9) -> Word:
    return Word(500 * at, 500 * at + 400, text, probability)


def test_signals_are_means_over_tokens_and_shares_of_words() -> None:
    words = [word("so", 0), word("we", 1, 0.4), word("We", 2), word("left", 3)]
    heard = [WindowText(30, -0.1, 0.0, 1.2), WindowText(10, -0.5, 0.4, 1.9), WindowText(0, -9.0, 0.9, 9.0)]
    assert signals_of(words, heard, speech_seconds=2.04, language_probability=0.87654) == Signals(
        words=4, speech_seconds=2.0, log_probability=-0.2, no_speech=0.1, compression=1.9, unsure=0.25, repeated=0.25,
        language_probability=0.877,
    )  # fmt: skip


@pytest.mark.parametrize(("words", "heard"), [([], [WindowText(3, -0.1, 0.0, 1.0)]), ([word("so", 0)], [])])
def test_without_words_only_the_length_of_the_speech_tells(words: list[Word], heard: list[WindowText]) -> None:
    found = [signals_of(words, heard, speech_seconds=each, language_probability=0.9) for each in (0.5, 2.9, 3.0, 60.0)]
    assert [verdict_on(each) for each in found] == [
        Verdict.GOOD,
        Verdict.GOOD,
        Verdict.NOT_UNDERSTOOD,
        Verdict.NOT_UNDERSTOOD,
    ]


def test_speech_of_no_length_has_no_speed() -> None:
    assert replace(CLEAR, speech_seconds=0.0).words_per_second == 0.0
    assert CLEAR.words_per_second == pytest.approx(2.67, abs=0.01)


@pytest.mark.parametrize(
    ("log_probability", "verdict"),
    [
        (CARE_BELOW, Verdict.GOOD),
        (CARE_BELOW - 0.001, Verdict.CARE),
        (NOT_UNDERSTOOD_BELOW, Verdict.CARE),
        (NOT_UNDERSTOOD_BELOW - 0.001, Verdict.NOT_UNDERSTOOD),
    ],
)
def test_the_verdict_follows_the_confidence_of_the_model(log_probability: float, verdict: Verdict) -> None:
    assert verdict_on(replace(CLEAR, log_probability=log_probability)) is verdict


def test_less_confidence_never_gives_a_better_verdict() -> None:
    found = [WORST.index(verdict_on(replace(CLEAR, log_probability=-value / 50))) for value in range(150)]
    assert all(before <= after for before, after in pairwise(found))


def test_a_text_that_is_mostly_repeats_is_to_be_read_with_care_however_sure_the_model_is() -> None:
    loop = replace(CLEAR, compression=26.0, log_probability=-0.05)
    assert verdict_on(loop) is Verdict.CARE
    assert verdict_on(replace(loop, log_probability=-2.0)) is Verdict.NOT_UNDERSTOOD


def test_a_recording_that_repeats_words_or_sounds_like_another_language_can_be_good() -> None:
    assert verdict_on(replace(CLEAR, repeated=0.3)) is Verdict.GOOD
    assert verdict_on(replace(CLEAR, language_probability=0.1)) is Verdict.GOOD


def outcome(wrong: float, signals: Signals | None = CLEAR, half: str = bench.KEPT_BACK) -> bench.Outcome:
    return bench.Outcome("en_anna", half, "", wrong, signals)


def test_the_benchmark_compares_verdicts_with_the_share_of_wrong_words() -> None:
    bad = replace(CLEAR, log_probability=-2.0)
    found = [outcome(0.1), outcome(0.15), outcome(0.16), outcome(0.51), outcome(0.9, bad), outcome(0.0, None)]
    rows = {figure.question: figure.ours for figure in bench.figures(found)}
    assert rows == {
        "verdict is right, kept back": "3 of 5, 60%; good for not understood or the reverse: 1",
        "verdicts on transcripts that are good, kept back": "good: 2, care: 0, not understood: 0",
        "verdicts on transcripts that are care, kept back": "good: 1, care: 0, not understood: 0",
        "verdicts on transcripts that are not understood, kept back": "good: 1, care: 0, not understood: 1",
    }


def test_half_of_the_recordings_of_each_group_are_kept_back() -> None:
    found = [Recording(Path(name), group, "en", "") for name, group in zip("abcde", "xxyxy", strict=True)]
    assert bench.halves_of(found) == ["calibration", "kept back", "calibration", "calibration", "kept back"]
