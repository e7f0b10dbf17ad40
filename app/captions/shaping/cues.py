"""Words with times, the cues made of them, and the limits for cues."""

from __future__ import annotations

from dataclasses import dataclass

READING_SPEED = 17.0
"""Maximum reading speed for 95 % of cues, in characters per second with spaces (DCMP, BBC)."""
MAX_READING_SPEED = 20.0
"""Maximum reading speed for all cues, if speech leaves enough time (Netflix, adult programmes)."""
LINE_AIM = 37
MAX_LINE_LENGTH = 42
"""Characters in a line: the preferred maximum (LINE_AIM) and the absolute maximum (Netflix: 42)."""
MAX_LINES = 2
MIN_CUE_MS = 833
SHORT_MS = 1333
"""Minimum durations: MIN_CUE_MS for all cues (Netflix: 5/6 s), SHORT_MS for 95 % of cues (DCMP: 1 1/3 s)."""
MAX_CUE_MS = 7000
JOIN_MS = 100
"""A gap between cues that is shorter than this is closed."""
IN_TIME_MS = 300
"""Maximum distance of a cue's start from its first word, for 95 % of cues."""
LATEST_MS = 1500
"""Maximum delay of a cue behind speech (BBC guideline)."""
SILENCE_MS = 3000
"""A silence of this length always separates two cues."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word. Times are milliseconds from the start of the recording; probability is 0 to 1."""

    start_ms: int
    end_ms: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption shown from `start_ms` to `end_ms`. Its text normally has one or two lines, separated by a line feed.

    `words` are the recognised words in it, in order. Empty for a cue that was typed or read from a file.
    """

    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()

    @property
    def duration_ms(self) -> int:
        """Duration on screen, in milliseconds."""
        return self.end_ms - self.start_ms

    @property
    def characters(self) -> int:
        """Number of characters to read. A line break counts as one, like the space that it replaces."""
        return len(self.text)

    @property
    def reading_speed(self) -> float:
        """Characters per second."""
        return self.characters * 1000 / max(1, self.duration_ms)
