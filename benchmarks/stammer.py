"""Processor time for recordings of people in which syllables are repeated, as in a stammer, against the same without.

Needs what `benchmarks.voices` needs. The syllables are stretches of 260 ms, cut from the recording and repeated.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.captions.speech.models import SpeechModelMissingError
from app.captions.speech.transcriber import get_transcriber
from app.captions.speech.windows import SAMPLE_RATE, Samples
from benchmarks.setting import Figure
from benchmarks.voices import SHARED, SHORT_SECONDS, recordings, samples_of, settings

SYLLABLE = SAMPLE_RATE * 26 // 100
REPEATS = 7
GAP = SAMPLE_RATE * 6 // 100
EVERY = SAMPLE_RATE * 2
"""A syllable is repeated every two seconds."""


def measure(folder: Path = SHARED) -> Iterator[Figure]:
    """Transcribe short recordings, unchanged and with a stammer added. Yield the processor seconds for a minute of
    sound.
    """
    found = [each for each in recordings(folder) if each.said.strip()]
    sounds = [(each, sound) for each in found if (sound := samples_of(each.path)).size <= SHORT_SECONDS * SAMPLE_RATE]
    if not sounds:
        yield Figure("stammered recordings", f"not measured: there are no short recordings in {folder}")
        return
    transcriber = get_transcriber(settings())
    try:
        transcriber.load()
    except SpeechModelMissingError as problem:
        yield Figure("stammered recordings", f"not measured: {problem}")
        return
    seconds = {"plain": 0.0, "stammered": 0.0}
    worst = 0.0
    for each, sound in sounds:
        for name, version in (("plain", sound), ("stammered", stammered(sound))):
            began = time.process_time()
            transcriber.transcribe(version, languages=[each.language])
            taken = time.process_time() - began
            seconds[name] += taken
            worst = max(worst, taken) if name == "stammered" else worst
    yield Figure(
        f"processor time, {len(sounds)} recordings with stammered syllables",
        f"{seconds['stammered']:.0f} s, at most {worst:.0f} s for one",
        f"{seconds['plain']:.0f} s (the same without)",
        seconds["stammered"] / seconds["plain"],
    )


def stammered(sound: Samples) -> Samples:
    """Return a recording in which a syllable is repeated every two seconds."""
    gap = np.zeros(GAP, np.float32)
    parts: list[Samples] = []
    for begin in range(0, sound.size, EVERY):
        syllable = sound[begin : begin + SYLLABLE]
        parts += [syllable, gap] * REPEATS + [sound[begin : begin + EVERY]]
    return np.concatenate(parts)


if __name__ == "__main__":
    for figure in measure():
        print(figure)
