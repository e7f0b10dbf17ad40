"""Make recordings of synthetic speech: several sentences with pauses, as sound at 16 kHz with the times of all words."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.demo_model.speaking import Voice
from tools.demo_model.utterances import SAMPLE_RATE, Utterance, utter

_AFTER_LAST_WORD = SAMPLE_RATE * 8 // 100
"""Number of samples kept after espeak-ng's last word of a sentence. The caller of `record` chooses the pauses."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a person speaks: an espeak-ng voice, words per minute, and pitch from 0 to 100."""

    voice: str = "en-us"
    rate: int = 155
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Recording:
    """A spoken text. `sound` is int16 at 16 kHz; `words` are (word, start, end) in seconds."""

    text: str
    sound: np.ndarray
    words: tuple[tuple[str, float, float], ...]

    @property
    def duration(self) -> float:
        """Duration in seconds."""
        return len(self.sound) / SAMPLE_RATE


def record(
    voice: Voice,
    sentences: Sequence[str],
    manner: Manner,
    lead: float = 1.0,
    pauses: Sequence[float] = (0.7,),
    tail: float = 1.0,
) -> Recording:
    """Speak sentences, with silence before (`lead`), between (`pauses`, used in turn) and after (`tail`), in seconds."""
    parts: list[np.ndarray] = [_silence(lead)]
    words: list[tuple[str, float, float]] = []
    for index, sentence in enumerate(sentences):
        if index:
            parts.append(_silence(pauses[(index - 1) % len(pauses)]))
        begin = sum(map(len, parts))
        utterance = utter(voice, sentence, manner.voice, manner.rate, manner.pitch)
        parts.append(_trimmed(utterance))
        words += [
            (word.name, round((begin + word.start) / SAMPLE_RATE, 3), round((begin + word.end) / SAMPLE_RATE, 3))
            for word in utterance.words
        ]
    parts.append(_silence(tail))
    return Recording(" ".join(sentences), np.concatenate(parts), tuple(words))


def write_wav(path: Path, sound: np.ndarray, sample_rate: int = SAMPLE_RATE) -> None:
    """Write sound as a WAV file with 16-bit mono PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(sound.astype("<i2").tobytes())


def _silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE), np.int16)


def _trimmed(utterance: Utterance) -> np.ndarray:
    return utterance.sound[: utterance.words[-1].end + _AFTER_LAST_WORD]
