"""Speech becomes words with times: the only file that touches faster-whisper, which it loads when it is first needed.

Sound arrives as samples and never as a path (what faster-whisper's own loader can be made to open is another's file).
Windows go through faster-whisper's batched pipeline, which takes about half the time of its sequential mode and cannot
drag a loop from one window into the next. What it gives up, Whisper's retry of a window that loops, is done here: such a
window is heard again by itself. A model that should rather be heard window by window says so in its fairtake.json.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.captions.cues import Word
from app.captions.lines import needs_space
from app.captions.speech_models import (
    ModelFetchFailed,
    ModelOptions,
    SpeechModel,
    SpeechModelMissing,
    fetch_model,
    find_model,
    model_is_present,
    unusable,
)
from app.captions.speech_windows import (
    PADDING,
    SAMPLE_RATE,
    Passage,
    Samples,
    end_to_end,
    levelled,
    passages,
    placed,
    windows,
)

__all__ = [
    "ModelFetchFailed", "SpeechModelMissing", "SpeechSettings", "Transcriber", "Transcript", "WhisperTranscriber",
    "fetch_model", "get_transcriber", "model_is_present",
]  # fmt: skip

SHORTEST = SAMPLE_RATE // 10
"""Samples below which nothing can have been said."""
PAUSE_MS = 300
"""A pause this long ends a stretch of speech. Shorter ones are inside words."""
SPOKEN_MS = 100
"""Less than this is a click, and no word."""
NO_SPEECH, NO_CONFIDENCE = 0.6, -1.0
"""Whisper's own bars: a window probably without speech, and a text of which it is not sure, is invented."""
UNKNOWN_LANGUAGE = "und"
TAGS = {"jw": "jv"}
"""Where Whisper's name of a language is not its BCP 47 tag."""
NAMES = {UNKNOWN_LANGUAGE: None, **{tag: name for name, tag in TAGS.items()}}


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

    def transcribe(self, samples: Samples) -> Transcript:
        """Return the words in mono samples at 16 kHz, -1 to 1. Raises SpeechModelMissing."""


class SpeechSettings(Protocol):
    """The part of the configuration that names a speech model."""

    @property
    def whisper_model(self) -> str: ...
    @property
    def whisper_device(self) -> str: ...
    @property
    def whisper_compute_type(self) -> str: ...
    @property
    def whisper_threads(self) -> int: ...


class WhisperTranscriber:
    """faster-whisper with one model, loaded once and kept. May be used from several threads."""

    def __init__(self, model: str, device: str, compute_type: str, *, cpu_threads: int = 0):
        self.model = model
        self.device = device
        self.compute_type = compute_type
        self.cpu_threads = cpu_threads
        self._lock = threading.Lock()
        self._loaded: tuple[SpeechModel, Any] | None = None

    def load(self) -> tuple[SpeechModel, Any]:
        """Load the model, once. Raises SpeechModelMissing when it is not on this machine or cannot be used."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load(find_model(self.model))
            return self._loaded

    def transcribe(self, samples: Samples) -> Transcript:
        """Return the words in mono samples at 16 kHz, -1 to 1; none where there is no speech.

        Raises SpeechModelMissing, and ValueError for samples of more than one channel.
        """
        if samples.ndim != 1:
            raise ValueError(f"expected mono samples, got an array of shape {samples.shape}")
        description, whisper = self.load()
        nothing = Transcript([], UNKNOWN_LANGUAGE, 0.0, description.name, description.notice)
        if samples.size < SHORTEST:
            return nothing
        sound = levelled(samples)
        speech = passages(_speech_spans(sound, description.options), sound.size)
        if not speech:
            return nothing
        hearing = _Hearing(whisper, description.options, end_to_end(sound, speech), speech)
        words = hearing.words()
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


class _Hearing:
    """One recording going through the model. `sound` is its speech, end to end."""

    def __init__(self, whisper: Any, options: ModelOptions, sound: Samples, speech: Sequence[Passage]):
        self.whisper = whisper
        self.options = options
        self.sound = sound
        self.speech = speech
        self.edges = [
            (speech[first].place, min(speech[last].place_end, sound.size))
            for first, last in windows(speech, options.chunk_length * SAMPLE_RATE)
        ]
        self.language = options.language or UNKNOWN_LANGUAGE
        self.certainty = 0.0

    def words(self) -> list[Word]:
        """Return the words of all windows, with the times of the recording."""
        heard = self._all_at_once() if self.options.batched else [None] * len(self.edges)
        words: list[Word] = []
        for index, segments in enumerate(heard):
            begin = self.edges[index][0] if segments is None else 0
            words += self._words(self._alone(index) if segments is None else segments, begin)
        return words

    def _all_at_once(self) -> list[list[Any] | None]:
        """The segments of each window, None for one in which the model looped."""
        from faster_whisper import BatchedInferencePipeline

        segments, info = BatchedInferencePipeline(model=self.whisper).transcribe(
            self.sound,
            batch_size=self.options.batch_size,
            clip_timestamps=[{"start": a / SAMPLE_RATE, "end": b / SAMPLE_RATE} for a, b in self.edges],
            **self._asked(),
        )
        self._note(info)
        starts = [begin * 100 // SAMPLE_RATE - 1 for begin, _ in self.edges]  # `seek` counts hundredths, rounded down
        heard: list[list[Any] | None] = [[] for _ in self.edges]
        for segment in segments:
            index = bisect_right(starts, segment.seek) - 1
            if segment.compression_ratio > self.options.compression_ratio_threshold:
                heard[index] = None
            elif (so_far := heard[index]) is not None:
                so_far.append(segment)
        return heard

    def _alone(self, index: int) -> Iterable[Any]:
        """Hear one window in faster-whisper's sequential mode, with its retries at higher temperatures."""
        begin, end = self.edges[index]
        segments, info = self.whisper.transcribe(
            self.sound[begin:end],
            vad_filter=False,
            condition_on_previous_text=self.options.condition_on_previous_text,
            compression_ratio_threshold=self.options.compression_ratio_threshold,
            **self._asked(),
        )
        self._note(info)
        return list(segments)

    def _asked(self) -> dict[str, Any]:
        return {
            "language": NAMES.get(self.language, self.language),
            "beam_size": self.options.beam_size,
            "initial_prompt": self.options.initial_prompt,
            "hotwords": self.options.hotwords,
            "without_timestamps": self.options.without_timestamps,
            "word_timestamps": True,
        }

    def _note(self, info: Any) -> None:
        if self.certainty == 0.0:
            self.language = TAGS.get(info.language, str(info.language))
            self.certainty = float(info.language_probability)

    def _words(self, segments: Iterable[Any], begin: int) -> list[Word]:
        """Words with the recording's times, in whole milliseconds; `begin` is where the segments' times count from."""
        words: list[Word] = []
        for segment in segments:
            if segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < NO_CONFIDENCE:
                continue
            for word in segment.words or ():
                text = word.word.strip()
                start, end = placed(self.speech, begin + word.start * SAMPLE_RATE, begin + word.end * SAMPLE_RATE)
                if not text:
                    continue
                heard = Word(_ms(start), _ms(end), text, min(1.0, max(0.0, float(word.probability))))
                if words and not word.word.startswith(" ") and needs_space(words[-1].text, text):
                    words[-1] = _continued(words[-1], heard)
                else:
                    words.append(heard)
        return words


def _speech_spans(sound: Samples, options: ModelOptions) -> list[tuple[int, int]]:
    """The stretches of speech that Silero's voice filter finds, in samples, none longer than a window can hold."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    asked = VadOptions(
        min_speech_duration_ms=SPOKEN_MS,
        min_silence_duration_ms=PAUSE_MS,
        max_speech_duration_s=options.chunk_length - 2 * PADDING / SAMPLE_RATE,
        speech_pad_ms=0,
    )
    spans = get_speech_timestamps(sound, asked, sampling_rate=SAMPLE_RATE)
    return [(span["start"], min(span["end"], sound.size)) for span in spans]


def _continued(word: Word, rest: Word) -> Word:
    """One word of two that belong together, such as "well" and "-known"."""
    return Word(word.start_ms, rest.end_ms, word.text + rest.text, min(word.probability, rest.probability))


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE


_transcribers: dict[tuple[str, str, str, int], WhisperTranscriber] = {}
_transcribers_lock = threading.Lock()
_left_to_the_parent: list[object] = []


def get_transcriber(settings: SpeechSettings) -> WhisperTranscriber:
    """Return the transcriber for these settings, the same one each time; the model is loaded when it is first used."""
    key = (settings.whisper_model, settings.whisper_device, settings.whisper_compute_type, settings.whisper_threads)
    with _transcribers_lock:
        if key not in _transcribers:
            _transcribers[key] = WhisperTranscriber(*key[:3], cpu_threads=key[3])
        return _transcribers[key]


def _forget_after_fork() -> None:
    """A forked child must not use its parent's model, whose threads it does not have; nor end it, which waits for them."""
    global _transcribers, _transcribers_lock
    _left_to_the_parent.append(_transcribers)
    _transcribers, _transcribers_lock = {}, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
