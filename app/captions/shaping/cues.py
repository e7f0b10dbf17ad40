"""Words with times, cues made of them, and the numbers that a cue is held to."""

from __future__ import annotations

from dataclasses import dataclass

READING_SPEED = 17.0
"""Characters a second, spaces included, that 95 % of cues keep to (DCMP, BBC)."""
FASTEST_READING_SPEED = 20.0
"""Characters per second that no cue exceeds if enough time is available (Netflix, adult programmes)."""
LINE_AIM = 37
MAX_LINE_LENGTH = 42
"""Characters in a line: aimed at, and at most (Netflix 42)."""
MAX_LINES = 2
MIN_CUE_MS = 833
SHORT_MS = 1333
"""The hard minimum (Netflix: 5/6 s), and the one that 95 % of cues reach (DCMP: 1 1/3 s)."""
MAX_CUE_MS = 7000
JOIN_MS = 100
"""Cues with less than this between them are joined end to start."""
IN_TIME_MS = 300
"""How far from its first word a cue may start; 95 % do."""
LATEST_MS = 1500
"""The maximum delay of a cue behind speech (BBC guideline)."""
SILENCE_MS = 3000
"""No cue spans a silence of this length."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was heard: milliseconds from the start of the recording, probability from 0 to 1."""

    start_ms: int
    end_ms: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start_ms` to `end_ms`: one or two lines joined by a line feed.

    `words` are those it was made of, in order; empty for a cue that a person typed or that came from a file.
    """

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()

    @property
    def duration_ms(self) -> int:
        """Milliseconds on the screen."""
        return self.end_ms - self.start_ms

    @property
    def characters(self) -> int:
        """Characters to read; a line break counts as the space that it replaces."""
        return len(self.text)

    @property
    def reading_speed(self) -> float:
        """Characters a second."""
        return self.characters * 1000 / max(1, self.duration_ms)
