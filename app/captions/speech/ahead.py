"""Hear a recording while it is made: its windows, as soon as later sound cannot change them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice

from app.captions.speech.heard import HeardMemory
from app.captions.speech.sound import NO_SAMPLES, LevelledSound, MemorySound, Sound
from app.captions.speech.transcriber import (
    FILTERED_STEPS,
    GUESSED_SECONDS,
    WhisperTranscriber,
    choose_language,
    options_with,
    speech_lengths,
    voice_probabilities,
)
from app.captions.speech.voice_filter import STEP, SpeechSpans
from app.captions.speech.windowed_run import WindowedTranscription
from app.captions.speech.windows import PADDING, SAMPLE_RATE, Passage, Samples, passages


class HearingAhead:
    """Hears one recording in whole groups of windows, exactly as `WhisperTranscriber.transcribe` will hear them.

    What it hears is kept in `memory`. Raises SpeechModelMissingError if no model can be used.
    """

    def __init__(
        self,
        transcriber: WhisperTranscriber,
        languages: Sequence[str],
        memory: HeardMemory,
        *,
        vocabulary: Sequence[str] = (),
    ):
        description, self._whisper = transcriber.load()
        self._model, self._options = (
            transcriber.identity(description),
            options_with(vocabulary, description, self._whisper),
        )
        self._languages, self._memory = languages, memory
        self._sound = LevelledSound(MemorySound(NO_SAMPLES), is_finished=False)
        self._probabilities = voice_probabilities(_Growing(self._sound))
        self._spans = SpeechSpans(speech_lengths(self._options))
        self._filtered = 0
        self._language: str | None = None
        self._groups = 0
        self._spoken_until = 0.0

    def grow(self, sound: Sound) -> None:
        """Continue with a longer sound that begins with the same samples."""
        self._sound.grow(sound, is_finished=False)
        while self._filtered + FILTERED_STEPS * STEP <= self._sound.size:
            for probability in islice(self._probabilities, FILTERED_STEPS):
                self._spans.add(self._filtered, probability)
                self._filtered += STEP

    def hear(self) -> bool:
        """Hear the next group of windows. Returns False if none is complete."""
        speech = self._closed_speech()
        if not speech or speech[-1].place_end < GUESSED_SECONDS * SAMPLE_RATE:
            return False
        if self._language is None:
            chosen = choose_language(self._whisper, self._options, self._sound, speech, self._languages)
            self._language = chosen.name
        hearing = WindowedTranscription(
            self._whisper, self._options, self._sound, speech,
            language=self._language, memory=self._memory, model=self._model, is_finished=False,
        )  # fmt: skip
        hearing.spoken_until = self._spoken_until
        group = next(islice(hearing.groups(), self._groups, None), None)
        if group is None or len(group) < hearing.group_size:
            return False
        self._spoken_until = hearing.hear(group).spoken_until
        self._groups += 1
        return True

    def _closed_speech(self) -> list[Passage]:
        """Return the stretches of speech that later sound cannot change, each with the quiet around it."""
        found = self._spans.found
        quiet_until = self._filtered if self._spans.start is None else self._spans.start
        speech = passages(found, max([quiet_until, *(end for _, end in found[-1:])]))
        if found and quiet_until - found[-1][1] < 2 * PADDING:
            speech.pop()
        return speech


class _Growing:
    """A sound that is read block by block while it grows."""

    def __init__(self, sound: LevelledSound):
        self._sound = sound

    def blocks(self, size: int) -> Iterator[Samples]:
        """Yield the next block. There must be one."""
        for start in count(0, size):
            yield self._sound.read(start, start + size)
