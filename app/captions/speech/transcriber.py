"""Speech becomes words with times. This file and `windowed_run` alone touch faster-whisper, loaded when it is first needed.

Sound arrives as samples and never as a path (what faster-whisper's own loader can be made to open is another's file).
Windows go through faster-whisper's batched pipeline, which takes about half the time of its sequential mode and cannot
drag a loop from one window into the next. What it gives up, Whisper's retry of a window that loops, is done here: such a
window is heard again by itself. A model that should rather be heard window by window says so in its fairtake.json.
Samples are read and windows heard a few at a time, so that memory does not grow with the length of a recording.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.captions.shaping.cues import Word
from app.captions.speech.models import (
    ModelDownloadError,
    ModelOptions,
    Report,
    SpeechModel,
    SpeechModelMissingError,
    fetch_model,
    find_model,
    model_is_present,
    unusable,
)
from app.captions.speech.sound import HeldSound, LevelledSound, Sound
from app.captions.speech.voice_filter import CONTEXT, STEP, SpeechLengths, speech_spans
from app.captions.speech.windowed_run import UNKNOWN_LANGUAGE, WindowHearing
from app.captions.speech.windows import (
    PADDING,
    SAMPLE_RATE,
    Samples,
    passages,
)

__all__ = [
    "ModelDownloadError", "Report", "SpeechModelMissingError", "SpeechSettings", "Transcriber", "Transcript", "WhisperTranscriber",
    "fetch_model", "get_transcriber", "model_is_present",
]  # fmt: skip

SHORTEST = SAMPLE_RATE // 10
"""Samples below which nothing can have been said."""
PAUSE_MS = 300
"""A pause this long ends a stretch of speech. Shorter ones are inside words."""
SPOKEN_MS = 100
"""Less than this is a click, and no word."""
FILTERED_STEPS = 512
"""Steps of the voice filter at a time: 16 seconds."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard: words in order; language as BCP 47, "und" where nothing was said; what must be said about it."""

    words: list[Word]
    language: str
    language_probability: float
    model_name: str
    notice: str | None


class Transcriber(Protocol):
    """Anything that turns sound into words."""

    def transcribe(self, sound: Sound | Samples, meanwhile: Callable[[float], None] = ...) -> Transcript:
        """Return the words in mono samples at 16 kHz, -1 to 1. `meanwhile` is called with the share that is done.

        Raises SpeechModelMissingError.
        """


class SpeechSettings(Protocol):
    """The part of the configuration that names a speech model."""

    @property
    def whisper_model(self) -> str: ...
    @property
    def models_folder(self) -> str: ...
    @property
    def whisper_device(self) -> str: ...
    @property
    def whisper_compute_type(self) -> str: ...
    @property
    def whisper_threads(self) -> int: ...


class WhisperTranscriber:
    """faster-whisper with one model, loaded once and kept. May be used from several threads."""

    def __init__(
        self, model: str, device: str, compute_type: str, *, cpu_threads: int = 0, models_folder: Path | None = None
    ):
        self.model = model
        self.models_folder = models_folder
        self.device = device
        self.compute_type = compute_type
        self.cpu_threads = cpu_threads
        self._lock = threading.Lock()
        self._loaded: tuple[SpeechModel, Any] | None = None

    def load(self) -> tuple[SpeechModel, Any]:
        """Load the model, once. Raises SpeechModelMissingError when it is not on this machine or cannot be used."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load(find_model(self.model, self.models_folder))
            return self._loaded

    def transcribe(
        self, sound: Sound | Samples, meanwhile: Callable[[float], None] = lambda _share: None
    ) -> Transcript:
        """Return the words in mono samples at 16 kHz, -1 to 1; none where there is no speech.

        After every minute of speech or so `meanwhile` is called with the share that is done, 0 to 1; this model is free
        to hear something else then. Raises SpeechModelMissingError, and ValueError for samples of more than one channel.
        """
        if isinstance(sound, np.ndarray):
            sound = HeldSound(sound)
        description, whisper = self.load()
        nothing = Transcript([], UNKNOWN_LANGUAGE, 0.0, description.name, description.notice)
        if sound.size < SHORTEST:
            return nothing
        level = LevelledSound(sound)
        speech = passages(_speech_spans(level, description.options), sound.size)
        if not speech:
            return nothing
        hearing = WindowHearing(whisper, description.options, level, speech)
        words = hearing.words(meanwhile)
        return Transcript(words, hearing.language, hearing.certainty, description.name, description.notice)

    def _load(self, description: SpeechModel) -> tuple[SpeechModel, Any]:
        from faster_whisper import WhisperModel

        try:
            whisper = WhisperModel(
                str(description.folder),
                device=self.device,
                compute_type=self.compute_type,
                cpu_threads=self.cpu_threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as problem:
            raise unusable(description, problem) from problem
        return description, whisper


def _speech_spans(sound: LevelledSound, options: ModelOptions) -> list[tuple[int, int]]:
    """The stretches of speech that Silero's voice filter finds, in samples, none longer than a window can hold."""
    longest = options.chunk_length * SAMPLE_RATE - 2 * PADDING - STEP
    lengths = SpeechLengths(SPOKEN_MS * SAMPLE_RATE / 1000, PAUSE_MS * SAMPLE_RATE / 1000, longest)
    spans = speech_spans(_voice_probabilities(sound), sound.size, lengths)
    return [(start, min(end, sound.size)) for start, end in spans]


def _voice_probabilities(sound: LevelledSound) -> Iterator[float]:
    """Yield what Silero's filter says of each step, its state carried from block to block."""
    from faster_whisper.vad import get_vad_model

    session = get_vad_model().session
    state = [np.zeros((1, 1, 128), np.float32) for _ in range(2)]
    context = np.zeros(CONTEXT, np.float32)
    for block in sound.blocks(FILTERED_STEPS * STEP):
        steps = block
        if block.size < FILTERED_STEPS * STEP:  # the last one, which the library ends with silence
            steps = np.pad(block, (0, STEP - block.size % STEP))
            steps[-CONTEXT:] = 0
        before = np.concatenate([context, steps])[: steps.size].reshape(-1, STEP)[:, :CONTEXT]
        heard = np.concatenate([before, steps.reshape(-1, STEP)], axis=1)
        found, *state = session.run(None, {"input": heard, "h": state[0], "c": state[1]})
        yield from np.ravel(found).tolist()
        context = steps[-CONTEXT:]


_transcribers: dict[tuple[str, str, str, int, str], WhisperTranscriber] = {}
_transcribers_lock = threading.Lock()
_left_to_the_parent: list[object] = []


def get_transcriber(settings: SpeechSettings) -> WhisperTranscriber:
    """Return the transcriber for these settings, the same one each time; the model is loaded when it is first used."""
    key = (
        settings.whisper_model, settings.whisper_device, settings.whisper_compute_type, settings.whisper_threads,
        settings.models_folder,
    )  # fmt: skip
    with _transcribers_lock:
        if key not in _transcribers:
            folder = Path(settings.models_folder)
            _transcribers[key] = WhisperTranscriber(*key[:3], cpu_threads=key[3], models_folder=folder)
        return _transcribers[key]


def _forget_after_fork() -> None:
    """A forked child must not use its parent's model, whose threads it does not have; nor end it, which waits for them."""
    global _transcribers, _transcribers_lock
    _left_to_the_parent.append(_transcribers)
    _transcribers, _transcribers_lock = {}, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
