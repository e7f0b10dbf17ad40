"""Transcribe speech into words with times.

Only this file and `windowed_run` import faster-whisper, and only when it is needed. Sound is passed as samples, never
as a path, so that faster-whisper does not open media files from candidates.

faster-whisper's batched pipeline transcribes windows in about half the time of its sequential mode, and a loop cannot
spread from one window to the next. The pipeline lacks Whisper's retry of windows that loop, so such windows are
transcribed again here. In its fairtake.json, a model can ask for the sequential mode instead. Only a few windows are
read and transcribed at a time, so that memory use does not depend on the length of the recording.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.captions.shaping.cues import Word
from app.captions.shaping.repetitions import without_impossible_repeats
from app.captions.speech.heard import HeardMemory
from app.captions.speech.languages import LanguageChoice, LanguageGuess, choose, compared, only_choice
from app.captions.speech.models import (
    SYNTHETIC_VOICES,
    ModelDownloadError,
    ModelOptions,
    ProgressReport,
    SpeechModel,
    SpeechModelMissingError,
    SpeechSettings,
    fetch_model,
    find_model,
    model_is_present,
    unusable,
)
from app.captions.speech.signals import Signals, signals_of
from app.captions.speech.sound import LevelledSound, MemorySound, Sound
from app.captions.speech.vocabulary import hotwords
from app.captions.speech.voice_filter import CONTEXT, SILENT, STEP, SpeechLengths, speech_spans
from app.captions.speech.windowed_run import WindowedTranscription
from app.captions.speech.windows import PADDING, SAMPLE_RATE, Passage, Samples, end_to_end, passages
from app.language_tags import UNKNOWN_LANGUAGE

__all__ = [
    "ModelDownloadError", "ProgressReport", "SpeechModelMissingError", "SpeechSettings", "Transcriber", "Transcript", "WhisperTranscriber",
    "fetch_model", "get_transcriber", "model_is_present",
]  # fmt: skip

MIN_SPEECH_SAMPLES = SAMPLE_RATE // 10
"""Shorter sounds cannot contain speech."""
PAUSE_MS = 300
"""A pause of this length ends a stretch of speech. Shorter pauses occur inside words."""
SPOKEN_MS = 100
"""A stretch of speech that is shorter than this is a click, not a word."""
FILTERED_STEPS = 125
"""Number of steps that the voice filter processes at a time (4 seconds)."""
GUESSED_SECONDS = 30
"""Seconds of speech in which the language is detected: as much as Whisper processes at a time."""
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a recording in order, their language (BCP 47, "und" if no speech was found), and a warning to show.

    `guess` is the most probable language of the sound. It is None if the model did not compare languages. `signals` is
    None if no speech was found, and for models of synthetic voices only, whose signals are meaningless.
    """

    words: list[Word]
    language: str
    model_name: str
    notice: str | None
    guess: LanguageGuess | None = None
    signals: Signals | None = None


class Transcriber(Protocol):
    """The interface of an object that transcribes sound."""

    def transcribe(
        self,
        sound: Sound | Samples,
        meanwhile: Callable[[float], None] = ...,
        *,
        languages: Sequence[str] = ...,
        vocabulary: Sequence[str] = ...,
        memory: HeardMemory | None = ...,
    ) -> Transcript:
        """Return the words in mono samples (16 kHz, -1 to 1), in one of `languages` (BCP 47; in any language if empty).

        `meanwhile` is called with the fraction that is done, from 0 to 1. `memory` keeps parts of the result.
        Raises SpeechModelMissingError if no model can be used.
        """


class BlockSource(Protocol):
    """Sound that can be read block by block."""

    def blocks(self, size: int) -> Iterator[Samples]:
        """Yield all samples in blocks of `size`. The last block is shorter and may be empty."""


class WhisperTranscriber:
    """faster-whisper with one model, which is loaded once and kept. Safe to use from several threads."""

    def __init__(
        self,
        model: str,
        device: str,
        compute_type: str,
        *,
        cpu_threads: int = 0,
        models_folder: Path | None = None,
        hears_ahead: bool = False,
    ):
        """Prepare to load a model. If it `hears_ahead`, it transcribes at most `models.AHEAD_BATCH` windows at once."""
        self.model = model
        self.models_folder = models_folder
        self.device = device
        self.compute_type = compute_type
        self.cpu_threads = cpu_threads
        self.hears_ahead = hears_ahead
        self._lock = threading.Lock()
        self._loaded: tuple[SpeechModel, Any] | None = None

    def load(self) -> tuple[SpeechModel, Any]:
        """Load the model when first called. Raises SpeechModelMissingError if it is not installed or cannot be loaded."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load(find_model(self.model, self.models_folder))
            return self._loaded

    def transcribe(
        self,
        sound: Sound | Samples,
        meanwhile: Callable[[float], None] = lambda _share: None,
        *,
        languages: Sequence[str] = (),
        vocabulary: Sequence[str] = (),
        memory: HeardMemory | None = None,
    ) -> Transcript:
        """Return the words in mono samples (16 kHz, -1 to 1), or no words if there is no speech.

        If `languages` (BCP 47) has one entry, that language is used without detection. If it has several, the most
        probable of them is used. If it is empty, the most probable of all languages that the model knows is used.
        `vocabulary` has names and words that are probably said, the most important first. The model makes fewer mistakes
        in them. `meanwhile` is called with the share that is done (0 to 1) after about every minute of speech; it may use the
        same model for other sound. Windows that `memory` keeps are not heard again. Raises SpeechModelMissingError if
        no model can be used, and ValueError if there are several channels.
        """
        if isinstance(sound, np.ndarray):
            sound = MemorySound(sound)
        description, whisper = self.load()
        nothing = Transcript([], UNKNOWN_LANGUAGE, description.name, description.notice)
        if sound.size < MIN_SPEECH_SAMPLES:
            return nothing
        level = LevelledSound(sound)
        speech = passages(_speech_spans(level, description.options), sound.size)
        if not speech:
            return nothing
        chosen = choose_language(whisper, description.options, level, speech, languages)
        hearing = WindowedTranscription(
            whisper, options_with(vocabulary, description, whisper), level, speech,
            language=chosen.name, memory=memory, model=self.identity(description) if memory else "",
        )  # fmt: skip
        words = hearing.words(meanwhile)
        if hearing.languages and chosen.guess is None:
            chosen = compared(chosen, hearing.languages)
        seconds = sum(passage.end - passage.start for passage in speech) / SAMPLE_RATE
        signals = signals_of(words, hearing.heard, speech_seconds=seconds, language_probability=chosen.probability)
        return Transcript(
            without_impossible_repeats(words), chosen.language, description.name, description.notice, chosen.guess,
            None if description.understands == SYNTHETIC_VOICES else signals,
        )  # fmt: skip

    def identity(self, description: SpeechModel) -> str:
        """Return a text that changes with the model and with how it is run."""
        file = (description.folder / "model.bin").stat()
        return f"{description.name} {file.st_size} {file.st_mtime_ns} {self.device} {self.compute_type}"

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
        return description.in_small_groups() if self.hears_ahead else description, whisper


def options_with(vocabulary: Sequence[str], description: SpeechModel, whisper: Any) -> ModelOptions:
    """Return the model's options with the words that it is told to expect, the most important first.

    Models that are run one window at a time, and those of synthetic voices, are not told any.
    """
    options = description.options
    if not options.batched or description.understands == SYNTHETIC_VOICES:
        return options
    told = hotwords(vocabulary, lambda text: len(whisper.hf_tokenizer.encode(f" {text}").ids))
    return replace(options, hotwords=told) if told else options


def choose_language(
    whisper: Any, options: ModelOptions, sound: LevelledSound, speech: Sequence[Passage], allowed: Sequence[str]
) -> LanguageChoice:
    """Return the language to transcribe in. If only one is allowed there is no guess, which saves running the encoder."""
    only = options.language or (None if whisper.model.is_multilingual else ENGLISH)
    if only:
        return LanguageChoice(only, only)
    if chosen := only_choice(allowed, whisper.supported_languages):
        return chosen
    first = [passage for passage in speech if passage.place < GUESSED_SECONDS * SAMPLE_RATE]
    _name, _probability, heard = whisper.detect_language(end_to_end(sound.read, first))
    return choose(heard, allowed, whisper.supported_languages)


def _speech_spans(sound: LevelledSound, options: ModelOptions) -> list[tuple[int, int]]:
    """Return the stretches of speech that Silero's voice filter finds, in samples. Each fits into a window."""
    spans = speech_spans(voice_probabilities(sound), sound.size, speech_lengths(options))
    return [(start, min(end, sound.size)) for start, end in spans]


def speech_lengths(options: ModelOptions) -> SpeechLengths:
    """Return the limits for stretches of speech. Each fits into a window."""
    longest = options.chunk_length * SAMPLE_RATE - 2 * PADDING - STEP
    return SpeechLengths(SPOKEN_MS * SAMPLE_RATE / 1000, PAUSE_MS * SAMPLE_RATE / 1000, longest)


def voice_probabilities(sound: BlockSource) -> Iterator[float]:
    """Yield the probability of speech for each step.

    Silero's state is passed from block to block during speech, and reset after a block without speech. Without the
    reset, the filter misses clear speech after a long silence (docs/decisions/005 has the measurements).
    """
    from faster_whisper.vad import get_vad_model

    session = get_vad_model().session
    state = rested = [np.zeros((1, 1, 128), np.float32) for _ in range(2)]
    context = np.zeros(CONTEXT, np.float32)
    for block in sound.blocks(FILTERED_STEPS * STEP):
        steps = block
        if block.size < FILTERED_STEPS * STEP:  # the last block, which the library pads with silence
            steps = np.pad(block, (0, STEP - block.size % STEP))
            steps[-CONTEXT:] = 0
        before = np.concatenate([context, steps])[: steps.size].reshape(-1, STEP)[:, :CONTEXT]
        heard = np.concatenate([before, steps.reshape(-1, STEP)], axis=1)
        found, *state = session.run(None, {"input": heard, "h": state[0], "c": state[1]})
        yield from np.ravel(found).tolist()
        if np.max(found) < SILENT:
            state = rested
        context = steps[-CONTEXT:]


_transcribers: dict[tuple[str, str, str, int, str, bool], WhisperTranscriber] = {}
_transcribers_lock = threading.Lock()
_left_to_the_parent: list[object] = []


def get_transcriber(settings: SpeechSettings) -> WhisperTranscriber:
    """Return the transcriber for these settings. Equal settings share one, so that the model is loaded only once."""
    key = (
        settings.whisper_model, settings.whisper_device, settings.whisper_compute_type, settings.whisper_threads,
        settings.models_folder, settings.hears_ahead,
    )  # fmt: skip
    with _transcribers_lock:
        if key not in _transcribers:
            folder = Path(settings.models_folder)
            _transcribers[key] = WhisperTranscriber(
                *key[:3], cpu_threads=key[3], models_folder=folder, hears_ahead=key[5]
            )
        return _transcribers[key]


def _forget_after_fork() -> None:
    """Drop the parent's transcribers in a forked child.

    A child has no copies of the model's threads. So it cannot use the model, and destroying the model would wait
    forever.
    """
    global _transcribers, _transcribers_lock
    _left_to_the_parent.append(_transcribers)
    _transcribers, _transcribers_lock = {}, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
