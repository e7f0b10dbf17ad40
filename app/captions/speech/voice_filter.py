"""Where somebody speaks, from the voice filter's probabilities: faster-whisper's own rule, for sound that comes in blocks. Pure.

The library's function wants all of the sound at once. This one gives the same spans (a test compares).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STEP = 512
"""Samples for each probability (32 ms)."""
CONTEXT = 64
"""Samples before each step that the filter hears with it."""
SPEAKS, SILENT = 0.5, 0.35
"""From the one on somebody speaks, below the other nobody does; between them what was before goes on."""
MIN_CUT_SAMPLES = 16_000 * 98 // 1000
"""Samples of silence at which speech that is too long for a window is rather divided."""


@dataclass(frozen=True, slots=True)
class SpeechLengths:
    """Samples: less speech than `shortest` is none, a `pause` ends it, and it is divided at `longest`."""

    shortest: float
    pause: float
    longest: float


def speech_spans(probabilities: Iterable[float], size: int, lengths: SpeechLengths) -> list[tuple[int, int]]:
    """Return (start, end) of each stretch of speech in a sound of `size` samples, given a probability for each step."""
    spans = _Spans(lengths)
    for number, probability in enumerate(probabilities):
        spans.add(number * STEP, probability)
    if spans.start is not None and size - spans.start > lengths.shortest:
        spans.found.append((spans.start, size))
    return spans.found


class _Spans:
    """Follows the probabilities: where speech began, where it may have ended, where it could be divided."""

    def __init__(self, lengths: SpeechLengths):
        self.found: list[tuple[int, int]] = []
        self.start: int | None = None
        self._lengths = lengths
        self._may_end = self._cut = self._resumes = 0

    def add(self, at: int, probability: float) -> None:
        if probability >= SPEAKS and self._may_end:
            self._may_end = 0
            if self._resumes < self._cut:
                self._resumes = at
        if self.start is None:
            if probability >= SPEAKS:
                self.start = at
            return
        if at - self.start > self._lengths.longest:
            self._divide(self.start, at)
        if probability < SILENT and self.start is not None:
            self._fall_silent(self.start, at)

    def _divide(self, start: int, at: int) -> None:
        """End a stretch that is too long: at its last pause, after which it goes on, or here if it had none."""
        self.found.append((start, self._cut or at))
        self.start = self._resumes if self._cut and self._resumes >= self._cut else None
        self._may_end = self._cut = self._resumes = 0

    def _fall_silent(self, start: int, at: int) -> None:
        self._may_end = self._may_end or at
        if at - self._may_end > MIN_CUT_SAMPLES:
            self._cut = self._may_end
        if at - self._may_end < self._lengths.pause:
            return
        if self._may_end - start > self._lengths.shortest:
            self.found.append((start, self._may_end))
        self.start = None
        self._may_end = self._cut = self._resumes = 0
