"""Evaluate a model on recordings that are not in its training data, using unmodified faster-whisper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from tools.demo_model.grammar import is_held_out, random_sentence, templated_sentence
from tools.demo_model.listening import Listener
from tools.demo_model.recordings import Manner, Recording, record
from tools.demo_model.scoring import Score, score, spread, total
from tools.demo_model.settings import Settings
from tools.demo_model.speaking import Voice
from tools.demo_model.utterances import SAMPLE_RATE
from tools.demo_model.webm import through_opus

_SEED = "evaluation"
_PAUSES = (0.5, 1.3, 0.8, 0.4, 1.0)
TRAINED = ("en-us", "en", "en-us+f2", "en-gb-scotland", "en-us+m3", "en+f1")
UNTRAINED = ("en-us+f4", "en+m6", "en-gb-scotland+f4", "en-us+m6")
ACCENTS = ("en-029", "en-gb-x-gbcwmd", "en-us-nyc", "en-gb-x-gbclan")


@dataclass(frozen=True, slots=True)
class Result:
    """The score of one group of recordings in one mode.

    The mode `product` uses the options in fairtake.json, `default` uses faster-whisper's defaults.
    """

    group: str
    mode: str
    recordings: int
    measured: Score

    def line(self) -> str:
        """Return the result as a line of text."""
        if not self.measured.said:
            return f"{self.group:28} {self.mode:8} {self.recordings:3} recordings {self.measured.errors:5} words heard"
        starts, ends = spread(self.measured.start_errors), spread(self.measured.end_errors)
        return (
            f"{self.group:28} {self.mode:8} {self.recordings:3} recordings {self.measured.said:5} words "
            f"{100 * self.measured.word_error:6.1f} % wrong   start {starts[0]:.2f} / {starts[1]:.2f} s   "
            f"end {ends[0]:.2f} / {ends[1]:.2f} s"
        )


def evaluate(folder: Path, settings: Settings) -> list[Result]:
    """Evaluate the model in a folder. All models get the same recordings. Prints two lines for each finished group."""
    listener = Listener(folder)
    groups: dict[str, list[Recording]] = {}
    for group, recording in _recordings(Voice(), settings.evaluated):
        groups.setdefault(group, []).append(recording)
    results = []
    print(f"{folder}: seconds off are median / 95th percentile", flush=True)
    for group, recordings in groups.items():
        for mode in ("product", "default"):
            scores = [score(one.words, listener.hear(one.sound, long=mode == "product")) for one in recordings]
            results.append(Result(group, mode, len(recordings), total(scores)))
            print(results[-1].line(), flush=True)
    return results


def word_error(results: list[Result]) -> float:
    """Return the share of wrong words over all groups in mode `product`.

    This share decides whether a new model is published.
    """
    return total([result.measured for result in results if result.mode == "product"]).word_error


def write_results(path: Path, results: list[Result]) -> None:
    """Write the results as JSON. Times are (median, 95th percentile, maximum) in seconds."""
    rows = [
        {
            "group": result.group,
            "mode": result.mode,
            "recordings": result.recordings,
            "words": result.measured.said,
            "wrong": result.measured.errors,
            "start": spread(result.measured.start_errors),
            "end": spread(result.measured.end_errors),
        }
        for result in results
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n")


def _recordings(voice: Voice, count: int) -> Iterator[tuple[str, Recording]]:
    """Yield (group, recording). The largest groups have `count` recordings, the others usually fewer."""
    rng = Random(_SEED)

    def unheard(sentences: int = 1) -> list[str]:
        found: list[str] = []
        while len(found) < sentences:
            text = templated_sentence(rng)
            found += [text] if is_held_out(text) else []
        return found

    for number in range(count):
        manner = Manner(TRAINED[number % len(TRAINED)], 140 + 10 * (number % 5))
        one = record(voice, unheard(), manner, lead=0.4)
        yield "unseen sentences", one
        bits = (24_000, 32_000)[number % 2]
        yield "the same through Opus", Recording(one.text, through_opus(one.sound, bits), one.words)
    for number in range(max(2, count * 2 // 3)):
        yield "unseen voices", record(voice, unheard(), Manner(UNTRAINED[number % len(UNTRAINED)]), lead=0.4)
    for number in range(max(2, count // 2)):
        yield "slow and fast (120, 205)", record(voice, unheard(), Manner(rate=(120, 205)[number % 2]), lead=0.4)
        yield "words in no order", record(voice, [random_sentence(rng)], Manner(), lead=0.4)
    for number in range(max(2, count // 3)):
        yield "unseen accents", record(voice, unheard(), Manner(ACCENTS[number % len(ACCENTS)]), lead=0.4)
    for number in range(max(1, count // 5)):
        manner = Manner(TRAINED[number % len(TRAINED)])
        yield "about a minute", record(voice, unheard(16), manner, lead=0.6, pauses=_PAUSES)
        yield "silence first (3 to 12 s)", record(voice, unheard(4), manner, lead=3.0 + 9.0 * number / count)
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE * 5) * 80
    for sound in (np.zeros(SAMPLE_RATE * 6), noise, np.zeros(SAMPLE_RATE * 40)):
        yield "silence and noise", Recording("", sound.astype(np.int16), ())
