"""Find speech from the voice filter's probabilities, for sound that arrives in blocks. No I/O.

faster-whisper's function follows the same rule but needs the whole sound at once. A test compares the results of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STEP = 512
"""Number of samples for each probability (32 ms)."""
CONTEXT = 64
"""Number of samples before each step that the filter needs as context."""
SPEAKS, SILENT = 0.5, 0.35
"""Speech begins at probability SPEAKS and ends below SILENT. A probability between them changes nothing."""
MIN_CUT_SAMPLES = 16_000 * 98 // 1000
"""Minimum silence, in samples, at which speech is preferably split if it is too long for a window."""


@dataclass(frozen=True, slots=True)
class SpeechLengths:
    """Limits in samples: the shortest stretch that counts as speech, the pause that ends it, and its maximum length."""

    shortest: float
    pause: float
    longest: float


def speech_spans(probabilities: Iterable[float], size: int, lengths: SpeechLengths) -> list[tuple[int, int]]:
    """Return (start, end) of each stretch of speech in a sound of `size` samples, from the probability of each step."""
    spans = SpeechSpans(lengths)
    for number, probability in enumerate(probabilities):
        spans.add(number * STEP, probability)
    if spans.start is not None and size - spans.start > lengths.shortest:
        spans.found.append((spans.start, size))
    return spans.found


class SpeechSpans:
    """Tracks the current stretch of speech: its start, its possible end, and where it could be split."""

    def __init__(self, lengths: SpeechLengths):
        self.found: list[tuple[int, int]] = []
        self.start: int | None = None
        self._lengths = lengths
        self._may_end = self._cut = self._resumes = 0

    def add(self, at: int, probability: float) -> None:
        """Add the probability of speech of the step that begins at `at`."""
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
        """End a stretch that is too long: at its last pause, where a new stretch starts, or at `at` if there was no pause."""
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
