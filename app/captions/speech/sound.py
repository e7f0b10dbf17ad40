"""Sound that is read piece by piece, so that hours of it take no more memory than a minute. Pure but for reading one file.

A decoded recording is a file of samples, 16 bits each; the level of all of it is found in one pass over the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.captions.speech.windows import Samples, gain_for, levelled
from app.media.facts import SAMPLE_BYTES
from app.media.level import FULL_SCALE, LOUDEST_SHARE, loudest_level


class Sound(Protocol):
    """Mono samples at 16 kHz, -1 to 1."""

    @property
    def size(self) -> int:
        """How many samples there are."""

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`, fewer where the sound ends before."""

    def loudest(self) -> float:
        """Return the level (0 to 1) that only the loudest thousandth of the samples exceeds."""


class HeldSound:
    """Sound that is in memory already. What is no number is silence. Raises ValueError for more than one channel."""

    def __init__(self, samples: npt.NDArray[np.floating]):
        if samples.ndim != 1:
            raise ValueError(f"expected mono samples, got an array of shape {samples.shape}")
        self._samples = np.nan_to_num(np.asarray(samples, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        self.size = int(samples.size)

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`."""
        return self._samples[start:end]

    def loudest(self) -> float:
        """Return the level of all but the loudest thousandth."""
        return float(np.quantile(np.abs(self._samples), LOUDEST_SHARE)) if self.size else 0.0


class SampleFile:
    """A file of signed 16-bit samples, little endian, as `recording.sound` writes it."""

    def __init__(self, path: Path, *, level: float | None = None):
        """Open a file; `level` is what `loudest` gives, where it has been measured already."""
        self._path, self._level = path, level
        self.size = path.stat().st_size // SAMPLE_BYTES

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`."""
        return self._integers(start, end).astype(np.float32) / np.float32(FULL_SCALE)

    def loudest(self) -> float:
        """Return the level of all but the loudest thousandth."""
        return loudest_level(self._path) if self._level is None else self._level

    def _integers(self, start: int, end: int) -> npt.NDArray[np.int16]:
        count = max(min(end, self.size) - start, 0)
        return np.fromfile(self._path, "<i2", count=count, offset=start * SAMPLE_BYTES)


class LevelledSound:
    """A sound at a level that the model knows: raised where the microphone was quiet."""

    def __init__(self, sound: Sound):
        self._sound = sound
        self._gain = gain_for(sound.loudest())
        self.size = sound.size

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`."""
        return levelled(self._sound.read(start, end), self._gain)

    def blocks(self, size: int) -> Iterator[Samples]:
        """Yield all of it, `size` samples at a time; the last block is shorter, or empty."""
        for start in range(0, self.size + 1, size):
            yield self.read(start, start + size)


def read_samples(path: Path | None) -> Samples:
    """Return all samples of a file at once: for what is known to be short."""
    if path is None:
        return np.zeros(0, np.float32)
    sound = SampleFile(path)
    return sound.read(0, sound.size)
