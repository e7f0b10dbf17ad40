"""Which parts of a recording the speech model hears, and how its times become the recording's. Pure: samples only.

Long silences are left out, as in faster-whisper's own voice filter. Two things are done otherwise: the sound is divided
at its longest pauses, so that sentences stay whole, and no word begins or ends outside the speech it belongs to.
(faster-whisper's alignment gives the silence before the first word to that word.) docs/decisions/005 has the numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
PADDING = SAMPLE_RATE * 4 // 10
"""Silence that is kept on both sides of speech (faster-whisper's default: 0.4 s)."""
TOLERANCE = SAMPLE_RATE * 3 // 100
"""How far a word may reach out of the speech that the filter found."""
PAUSE_ENOUGH = SAMPLE_RATE
"""A pause of a second is as good a place to divide as any longer one."""
LOUD = 0.3
LOUDEST_SHARE = 0.999
MAX_GAIN = 100.0
"""What a quiet microphone is raised to, by 40 dB at most: beyond that there is only noise."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """One stretch of speech, in samples: `start` to `end` is speech, `kept_from` to `kept_to` is heard.

    `place` is where the passage begins once all passages stand end to end.
    """

    start: int
    end: int
    kept_from: int
    kept_to: int
    place: int

    @property
    def place_end(self) -> int:
        """Where the passage ends once all stand end to end."""
        return self.place + self.kept_to - self.kept_from


def passages(spans: Sequence[tuple[int, int]], length: int) -> list[Passage]:
    """Return the passages for spans of speech, in order and apart, in a recording of `length` samples."""
    found: list[Passage] = []
    place = 0
    for index, (start, end) in enumerate(spans):
        before = (start - spans[index - 1][1]) // 2 if index else start
        after = (
            (spans[index + 1][0] - end) - (spans[index + 1][0] - end) // 2 if index + 1 < len(spans) else length - end
        )
        found.append(Passage(start, end, start - min(PADDING, before), end + min(PADDING, after), place))
        place = found[-1].place_end
    return found


def windows(speech: Sequence[Passage], most: int) -> list[tuple[int, int]]:
    """Return (first, last) passage of each window of at most `most` samples: as few as can be, cut at long pauses.

    A single passage longer than `most` is a window of its own.
    """
    best: list[tuple[float, float, int]] = [(0, 0, 0)]
    for last, passage in enumerate(speech):
        choice = (inf, inf, last)
        for first in range(last, -1, -1):
            if passage.place_end - speech[first].place > most and first < last:
                break
            pause = min(PAUSE_ENOUGH, speech[first].start - speech[first - 1].end) if first else 0
            choice = min(choice, (best[first][0] + 1, best[first][1] - pause, first))
        best.append(choice)
    found: list[tuple[int, int]] = []
    after = len(speech)
    while after:
        first = best[after][2]
        found.append((first, after - 1))
        after = first
    return found[::-1]


def end_to_end(read: Callable[[int, int], Samples], speech: Sequence[Passage]) -> Samples:
    """Return the passages as one sound without the silences between them; `read` gives samples from and to a place."""
    return np.concatenate([read(passage.kept_from, passage.kept_to) for passage in speech])


def placed(speech: Sequence[Passage], start: float, end: float) -> tuple[int, int]:
    """Return where a word really is, in samples: its times with passages end to end become times in the recording."""
    passage = speech[max(0, bisect_right(speech, (start + end) / 2, key=_place) - 1)]
    shift = passage.kept_from - passage.place
    earliest, latest = max(0, passage.start - TOLERANCE), passage.end + TOLERANCE
    begin = min(max(round(start + shift), earliest), latest)
    return begin, min(max(round(end + shift), begin), latest)


def gain_for(loudest: float) -> float:
    """Return what a recording is raised by whose loudest sounds have this level (0 to 1); 1 where it is loud enough."""
    return min(MAX_GAIN, LOUD / loudest) if 0 < loudest < LOUD else 1.0


def levelled(samples: Samples, gain: float) -> Samples:
    """Return samples raised by a gain, none of them beyond what samples can say."""
    return samples if gain == 1.0 else np.clip(samples * np.float32(gain), -1.0, 1.0)


def _place(passage: Passage) -> int:
    return passage.place
