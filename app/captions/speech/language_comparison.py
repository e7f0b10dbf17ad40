"""Compare the languages of a recording with what the encoder makes of it anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any


class ComparingEncoder:
    """faster-whisper's model, which also compares the languages of the first batch that it encodes.

    The comparison takes one step of the decoder. The library's function would run the encoder a second time, which
    takes about as long as the transcription of a short answer.
    """

    def __init__(self, whisper: Any):
        self._whisper = whisper
        self.languages: Mapping[str, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whisper, name)

    def encode(self, features: Any) -> Any:
        encoded = self._whisper.encode(features)
        if not self.languages and self._whisper.model.is_multilingual:
            self.languages = _average(self._whisper.model.detect_language(encoded))
        return encoded


def _average(windows: Sequence[Sequence[tuple[str, float]]]) -> Mapping[str, float]:
    """Return the mean probability of each language. Each window has (token, probability) of each language."""
    average: dict[str, float] = {}
    for token, probability in chain.from_iterable(windows):
        name = token.strip("<|>")
        average[name] = average.get(name, 0.0) + probability / len(windows)
    return average
