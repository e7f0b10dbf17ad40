"""Read sound in pieces, so that memory use does not depend on the length of the recording.

A decoded recording is a file of 16-bit samples. Its level is measured in one pass over the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.captions.speech.windows import SAMPLE_RATE, Samples, gain_for, levelled
from app.media.facts import SAMPLE_BYTES
from app.media.level import FULL_SCALE, LevelCounts

BLOCK = 4 * SAMPLE_RATE
"""Number of samples with the same gain."""
LEVEL_BLOCKS = 15
"""The first minute of a recording is amplified by its level as a whole."""
NO_SAMPLES = np.zeros(0, np.float32)


class Sound(Protocol):
    """Mono samples at 16 kHz, from -1 to 1."""

    @property
    def size(self) -> int:
        """Number of samples."""

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`, or up to the end of the sound."""


class MemorySound:
    """Sound that is already in memory. NaN and infinite values become silence.

    Raises ValueError if there is more than one channel.
    """

    def __init__(self, samples: npt.NDArray[np.floating]):
        if samples.ndim != 1:
            raise ValueError(f"expected mono samples, got an array of shape {samples.shape}")
        self._samples = np.nan_to_num(np.asarray(samples, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        self.size = int(samples.size)

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`, or up to the end of the sound."""
        return self._samples[start:end]


class SampleFile:
    """A file of signed 16-bit samples, little endian, as `media.sound` writes it."""

    def __init__(self, path: Path):
        self._path = path
        self.size = path.stat().st_size // SAMPLE_BYTES

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`, or up to the end of the sound."""
        return self._integers(start, end).astype(np.float32) / np.float32(FULL_SCALE)

    def _integers(self, start: int, end: int) -> npt.NDArray[np.int16]:
        count = max(min(end, self.size) - start, 0)
        return np.fromfile(self._path, "<i2", count=count, offset=start * SAMPLE_BYTES)


class LevelledSound:
    """Sound at the level that the model expects: quiet recordings are amplified.

    The gain of a block depends only on the first LEVEL_BLOCKS blocks and on the sound up to the end of the block. So
    the sound of a recording that is not finished is amplified as it will be when the recording is finished.
    """

    def __init__(self, sound: Sound, *, is_finished: bool = True):
        self.size = 0
        self._counts = LevelCounts()
        self._gains: list[float] = []
        self._counted = 0
        self.grow(sound, is_finished=is_finished)

    def grow(self, sound: Sound, *, is_finished: bool) -> None:
        """Continue with a longer sound that begins with the same samples.

        If it is not finished, only whole blocks are used, and nothing before there are LEVEL_BLOCKS of them.
        """
        self._sound = sound
        size = sound.size if is_finished else sound.size - sound.size % BLOCK
        for start in range(self._counted, size, BLOCK):
            self._counts.add(_integers(sound.read(start, min(start + BLOCK, size))))
            self._counted = start + BLOCK
            if self._counted >= LEVEL_BLOCKS * BLOCK or (is_finished and self._counted >= size):
                gain = gain_for(self._counts.loudest())
                self._gains += [gain] * (self._counted // BLOCK - len(self._gains))
        self.size = min(size, len(self._gains) * BLOCK)

    def read(self, start: int, end: int) -> Samples:
        """Return the amplified samples from `start` to `end`, or up to the end of the sound."""
        end = min(end, self.size)
        cuts = [start, *range(start - start % BLOCK + BLOCK, end, BLOCK), max(start, end)]
        return np.concatenate(
            [
                levelled(self._sound.read(first, last), self._gains[first // BLOCK]) if first < last else NO_SAMPLES
                for first, last in pairwise(cuts)
            ]
        )

    def blocks(self, size: int) -> Iterator[Samples]:
        """Yield all samples in blocks of `size`. The last block is shorter and may be empty."""
        for start in range(0, self.size + 1, size):
            yield self.read(start, start + size)


def _integers(samples: Samples) -> npt.NDArray[np.int32]:
    """Return samples from -1 to 1 as whole numbers from -FULL_SCALE to FULL_SCALE."""
    return np.rint(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int32)


def read_samples(path: Path | None) -> Samples:
    """Return all samples of a file at once. Use only for short files."""
    if path is None:
        return np.zeros(0, np.float32)
    sound = SampleFile(path)
    return sound.read(0, sound.size)
