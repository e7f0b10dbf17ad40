"""A voice that is heard from the first moment of a recording, and ends before the answer begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.media.early_voice import voice_until_ms
from app.media.facts import SAMPLE_RATE


def written(path: Path, *voices: tuple[float, float], seconds: float = 6, noise: float = 0.0) -> Path:
    """Write a file in which a voice is heard between these times, in seconds, over a steady noise."""
    samples = (
        np.random.default_rng(1).normal(0, noise, int(seconds * SAMPLE_RATE))
        if noise
        else np.zeros(int(seconds * SAMPLE_RATE))
    )
    for begins, ends in voices:
        times = np.arange(int(begins * SAMPLE_RATE), min(int(ends * SAMPLE_RATE), len(samples)))
        samples[times] += 0.1 * np.sin(times * 2 * np.pi * 220 / SAMPLE_RATE)
    (samples * 32767).astype("<i2").tofile(path)
    return path


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_end_of_an_announcement_is_found(tmp_path: Path, noise: float) -> None:
    found = voice_until_ms(written(tmp_path / "s16", (0, 0.4), (0.6, 1.3), (2.0, 6.0), noise=noise))
    assert found == pytest.approx(1300, abs=40)


@pytest.mark.parametrize(
    "voices",
    [
        (),
        ((0.8, 6.0),),  # the answer begins after a moment
        ((0.0, 6.0),),  # the answer begins at once and has no pause
        ((0.0, 0.5), (0.7, 6.0)),  # a pause between two words
        ((0.0, 4.5),),  # no announcement is so long
    ],
)
def test_answer_is_not_taken_for_an_announcement(tmp_path: Path, voices: tuple[tuple[float, float], ...]) -> None:
    assert voice_until_ms(written(tmp_path / "s16", *voices)) is None


@pytest.mark.parametrize("seconds", [0, 0.01, 0.3])
def test_recording_that_is_too_short_has_none(tmp_path: Path, seconds: float) -> None:
    assert voice_until_ms(written(tmp_path / "s16", (0, 1), seconds=seconds)) is None
