"""Choose which parts of a recording are transcribed, and convert the model's times to times in the recording. No I/O.

Long silences are left out, as in faster-whisper's own voice filter, with two differences. The sound is split at its
longest pauses, so that sentences stay whole. And no word may begin or end outside its stretch of speech, because
faster-whisper's alignment counts the silence before a first word as part of that word. docs/decisions/005 has the
measurements.
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
"""Silence kept on both sides of speech (faster-whisper's default: 0.4 s)."""
TOLERANCE = SAMPLE_RATE * 3 // 100
"""Maximum distance, in samples, that a word may extend past the speech that the voice filter found."""
PAUSE_ENOUGH = SAMPLE_RATE
"""A pause, in samples. Longer pauses are no better for splitting than a pause of this length."""
HORIZON = 2
"""How many windows of speech are compared to choose the end of the first of them."""
LOUD = 0.3
MAX_GAIN = 100.0
"""Maximum gain for quiet recordings (40 dB), whose loudest sounds should reach LOUD.

A higher gain would only amplify noise.
"""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of speech, in samples: `start` to `end` is speech, and `kept_from` to `kept_to` is transcribed.

    `place` is the position of `kept_from` when all passages are joined.
    """

    start: int
    end: int
    kept_from: int
    kept_to: int
    place: int

    @property
    def place_end(self) -> int:
        """The position of `kept_to` when all passages are joined."""
        return self.place + self.kept_to - self.kept_from


def passages(spans: Sequence[tuple[int, int]], length: int) -> list[Passage]:
    """Return a passage for each span of speech in a recording of `length` samples.

    The spans must be in order and must not overlap.
    """
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


def windows(speech: Sequence[Passage], most: int, *, is_finished: bool = True) -> list[tuple[int, int]]:
    """Return the (first, last) passage of each window of at most `most` samples.

    There are about as few windows as possible. They end at long pauses and have similar lengths, because the model tends
    to leave out the last words of a window that is nearly full. A passage that is longer than `most` is one window.

    A window depends only on speech up to HORIZON windows after its start. If more speech may follow (`is_finished` is
    false), only those windows are returned that it cannot change.
    """
    found: list[tuple[int, int]] = []
    first = 0
    for count, passage in enumerate(speech, 1):
        while passage.place_end - speech[first].place >= HORIZON * most:
            last = first + _division(speech[first:count], most)[0][1]
            found.append((first, last))
            first = last + 1
            if first == count:
                break
    rest = _division(speech[first:], most) if is_finished else []
    return [*found, *((first + start, first + end) for start, end in rest)]


def _division(speech: Sequence[Passage], most: int) -> list[tuple[int, int]]:
    """Return the best division of a few passages into windows: as few as possible, with long pauses between them."""
    best: list[tuple[float, float, int]] = [(0, 0, 0)]
    for last, passage in enumerate(speech):
        choice = (inf, inf, last)
        for first in range(last, -1, -1):
            if passage.place_end - speech[first].place > most and first < last:
                break
            pause = min(1.0, (speech[first].start - speech[first - 1].end) / PAUSE_ENOUGH) if first else 0.0
            fullness = (passage.place_end - speech[first].place) / most
            choice = min(choice, (best[first][0] + 1, best[first][1] + fullness**2 - pause, first))
        best.append(choice)
    found: list[tuple[int, int]] = []
    after = len(speech)
    while after:
        first = best[after][2]
        found.append((first, after - 1))
        after = first
    return found[::-1]


def end_to_end(read: Callable[[int, int], Samples], speech: Sequence[Passage]) -> Samples:
    """Return the passages joined into one sound, without the silences between them."""
    return np.concatenate([read(passage.kept_from, passage.kept_to) for passage in speech])


def placed(speech: Sequence[Passage], start: float, end: float) -> tuple[int, int]:
    """Convert the times of a word from the joined passages to the recording, in samples."""
    passage = speech[max(0, bisect_right(speech, (start + end) / 2, key=_place) - 1)]
    shift = passage.kept_from - passage.place
    earliest, latest = max(0, passage.start - TOLERANCE), passage.end + TOLERANCE
    begin = min(max(round(start + shift), earliest), latest)
    return begin, min(max(round(end + shift), begin), latest)


def gain_for(loudest: float) -> float:
    """Return the gain for a recording with this loudest level (0 to 1). It is 1 if the recording is loud enough."""
    return min(MAX_GAIN, LOUD / loudest) if 0 < loudest < LOUD else 1.0


def levelled(samples: Samples, gain: float) -> Samples:
    """Return the samples multiplied by a gain, clipped to the range from -1 to 1."""
    return samples if gain == 1.0 else np.clip(samples * np.float32(gain), -1.0, 1.0)


def _place(passage: Passage) -> int:
    return passage.place
