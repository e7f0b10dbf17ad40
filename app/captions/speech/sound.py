"""Read sound in pieces, so that memory use does not depend on the length of the recording.

A decoded recording is a file of 16-bit samples. Its overall level is measured in one pass over the file.
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
    """Mono samples at 16 kHz, from -1 to 1."""

    @property
    def size(self) -> int:
        """Number of samples."""

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`, or up to the end of the sound."""

    def loudest(self) -> float:
        """Return the level (0 to 1) that only the loudest thousandth of the samples exceeds."""


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

    def loudest(self) -> float:
        """Return the level (0 to 1) that only the loudest thousandth of the samples exceeds."""
        return float(np.quantile(np.abs(self._samples), LOUDEST_SHARE)) if self.size else 0.0


class SampleFile:
    """A file of signed 16-bit samples, little endian, as `media.sound` writes it."""

    def __init__(self, path: Path, *, level: float | None = None):
        """Use a file of samples. `level` is the result of `loudest`, if it has been measured before."""
        self._path, self._level = path, level
        self.size = path.stat().st_size // SAMPLE_BYTES

    def read(self, start: int, end: int) -> Samples:
        """Return the samples from `start` to `end`, or up to the end of the sound."""
        return self._integers(start, end).astype(np.float32) / np.float32(FULL_SCALE)

    def loudest(self) -> float:
        """Return the level (0 to 1) that only the loudest thousandth of the samples exceeds."""
        return loudest_level(self._path) if self._level is None else self._level

    def _integers(self, start: int, end: int) -> npt.NDArray[np.int16]:
        count = max(min(end, self.size) - start, 0)
        return np.fromfile(self._path, "<i2", count=count, offset=start * SAMPLE_BYTES)


class LevelledSound:
    """Sound at the level that the model expects: quiet recordings are amplified."""

    def __init__(self, sound: Sound):
        self._sound = sound
        self._gain = gain_for(sound.loudest())
        self.size = sound.size

    def read(self, start: int, end: int) -> Samples:
        """Return the amplified samples from `start` to `end`, or up to the end of the sound."""
        return levelled(self._sound.read(start, end), self._gain)

    def blocks(self, size: int) -> Iterator[Samples]:
        """Yield all samples in blocks of `size`. The last block is shorter and may be empty."""
        for start in range(0, self.size + 1, size):
            yield self.read(start, start + size)


def read_samples(path: Path | None) -> Samples:
    """Return all samples of a file at once. Use only for short files."""
    if path is None:
        return np.zeros(0, np.float32)
    sound = SampleFile(path)
    return sound.read(0, sound.size)
