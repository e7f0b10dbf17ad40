"""What remains to be heard after Stop, and what it costs to hear an answer while it is recorded.

Needs whisper base (`flask --app wsgi model fetch base`) or FAIRTAKE_WHISPER_MODEL. The answer is made of those of the
demonstration, spoken by a synthetic voice, with pauses of two seconds. The sound is given in steps of ten seconds, as fast
as it is heard, so the processor time is that of a recording and the time between the steps is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from faster_whisper import BatchedInferencePipeline

from app.captions.speech.ahead import HearingAhead
from app.captions.speech.heard import HeardWindows
from app.captions.speech.models import SpeechModelMissingError
from app.captions.speech.sound import MemorySound
from app.captions.speech.transcriber import Transcript, WhisperTranscriber, get_transcriber
from app.captions.speech.windows import SAMPLE_RATE, Samples
from benchmarks.setting import Figure
from benchmarks.voices import samples_of, settings

ROOT = Path(__file__).resolve().parent.parent
SPOKEN = (
    *(ROOT / "demo" / "answers" / f"answer-{number}.webm" for number in (1, 2, 3)),
    ROOT / "tests" / "clips" / "long_answer.webm",
)
PAUSE_SECONDS, STEP_SECONDS = 2, 10
MINUTES = (4,)


class Memory:
    """Keeps the groups of windows of one answer."""

    def __init__(self) -> None:
        self.kept: dict[str, HeardWindows] = {}

    def get(self, key: str) -> HeardWindows | None:
        """Return a group of windows, or None if it has not been heard."""
        return self.kept.get(key)

    def put(self, key: str, heard: HeardWindows) -> None:
        """Keep a group of windows."""
        self.kept[key] = heard


def measure() -> Iterator[Figure]:
    """Hear answers while they "are recorded" and when they are finished, and compare the processor times and the words."""
    product = get_transcriber(replace(settings(), hears_ahead=True))
    try:
        _description, whisper = product.load()
    except SpeechModelMissingError as problem:
        yield Figure("captions after Stop, heard ahead", f"not measured: {problem}")
        return
    library = BatchedInferencePipeline(whisper)
    product.transcribe(_answer(1)[: 20 * SAMPLE_RATE], languages=["en"])
    for minutes in MINUTES:
        sound = _answer(minutes)
        began = time.process_time()
        list(library.transcribe(sound, language="en", word_timestamps=True)[0])
        alone = time.process_time() - began
        memory = Memory()
        ahead = _cost_ahead(product, sound, memory)
        rest, found = _cost_of(product, sound, memory)
        whole, finished = _cost_of(product, sound, None)
        same = "the same words and times" if found == finished else "OTHER WORDS OR TIMES"
        yield Figure(
            f"an answer of {minutes} minutes, heard while it is recorded",
            f"{ahead + rest:.1f} s of processor time, {rest:.1f} s of it after Stop, {same} as afterwards",
            f"{alone:.1f} s (batched), all after Stop",
            (ahead + rest) / alone,
        )
        yield Figure(
            f"an answer of {minutes} minutes, heard after Stop", f"{whole:.1f} s", f"{alone:.1f} s", whole / alone
        )


def _answer(minutes: int) -> Samples:
    pause = np.zeros(PAUSE_SECONDS * SAMPLE_RATE, np.float32)
    spoken = np.concatenate([part for name in SPOKEN for part in (samples_of(name), pause)])
    return np.tile(spoken, minutes * 60 * SAMPLE_RATE // spoken.size + 1)[: minutes * 60 * SAMPLE_RATE]


def _cost_ahead(product: WhisperTranscriber, sound: Samples, memory: Memory) -> float:
    began = time.process_time()
    ahead = HearingAhead(product, ["en"], memory)
    for end in range(0, sound.size, STEP_SECONDS * SAMPLE_RATE):
        ahead.grow(MemorySound(sound[:end]))
        while ahead.hear():
            pass
    return time.process_time() - began


def _cost_of(product: WhisperTranscriber, sound: Samples, memory: Memory | None) -> tuple[float, Transcript]:
    began = time.process_time()
    transcript = product.transcribe(sound, languages=["en"], memory=memory)
    return time.process_time() - began, transcript
