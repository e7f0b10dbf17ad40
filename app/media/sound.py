"""Write the sound of a recording as raw samples to a file, each sample at its time in the take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from app.media.facts import SAMPLE_BYTES, SAMPLE_RATE, MediaBudget, MediaFile, MediaRefusedError, NoAudioError, Refusal
from app.media.reading import sound_frames
from app.media.resampling import Resampler
from app.media.timeline import rescale

SAMPLE = Fraction(1, SAMPLE_RATE)
SILENCE = bytes(1024 * 1024)
MAX_DRIFT_SAMPLES = SAMPLE_RATE * 40 // 1000
"""Maximum distance (40 ms, in samples) of sound from the position in its timestamp. Beyond it, the sound is moved."""


def decode_audio(parts: Sequence[MediaFile], target: Path, limits: MediaBudget) -> int:
    """Write the sound of the parts to `target` as raw 16-bit samples (mono, 16 kHz), and return the number of samples.

    Each sample is at its time in the take, so that the times of captions match the player. Missing sound becomes
    silence, stored as a hole in the file that takes no disk space. Raises NoAudioError if there is no sound, and
    MediaRefusedError (too_long) if the sound is longer than `limits` allows.
    """
    with target.open("wb") as file:
        tape = SampleTape(file, (limits.duration_seconds + 1) * SAMPLE_RATE)
        try:
            for part in parts:
                if part.audio_codec:
                    _play(part, tape)
        except BufferFullError:
            raise MediaRefusedError(Refusal.TOO_LONG, f"more sound than {limits.duration_seconds} s") from None
    if tape.written == 0:
        target.unlink()
        raise NoAudioError
    return tape.written


def _play(part: MediaFile, tape: SampleTape) -> None:
    line = SoundLine(tape, part.starts_at_ms)
    for frame in sound_frames(part):
        if frame is None:
            line.begin_segment()
        else:
            line.add(frame)
    line.flush()


class BufferFullError(Exception):
    """The sound is longer than the limit."""


class SampleTape:
    """A file of raw 16-bit samples. Missing or silent sound is stored as a hole, which takes no disk space."""

    def __init__(self, file: BinaryIO, most_samples: int):
        self.file = file
        self.most_samples = most_samples
        self.written = 0
        """Number of samples from the start of the file to the last one written."""
        self._position = 0

    def move_to(self, position: int) -> None:
        """Move to `position` (samples from the start). Later writes do not overwrite existing samples."""
        self._position = max(position, 0)

    def write(self, samples: memoryview) -> None:
        """Write samples (as bytes) at the current position and advance.

        Raises BufferFullError if the sound becomes longer than the limit.
        """
        count = len(samples) // SAMPLE_BYTES
        known = min(max(self.written - self._position, 0), count)
        self._position += count
        if known == count:
            return
        if self._position > self.most_samples:
            raise BufferFullError
        fresh = samples[known * SAMPLE_BYTES :]
        if fresh == SILENCE[: len(fresh)]:
            self.file.truncate(self._position * SAMPLE_BYTES)
        else:
            self.file.seek((self._position - count + known) * SAMPLE_BYTES)
            self.file.write(fresh)
        self.written = self._position


class SoundLine:
    """The sound frames of one part, resampled to 16 kHz mono and written to a `SampleTape` at their times."""

    def __init__(self, tape: SampleTape, start_ms: int):
        self.tape = tape
        self.start = start_ms * SAMPLE_RATE // 1000
        self._resampler: Resampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._expected = float(self.start)
        self._begins = True
        tape.move_to(self.start)

    def add(self, frame: Any) -> None:
        """Add the next frame (PyAV's).

        A small difference between its time and the sample count is ignored; a large one is corrected.
        """
        at = self._expected
        if frame.pts is not None and frame.time_base is not None:
            at = self.start + rescale(frame.pts, frame.time_base, SAMPLE)
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        is_elsewhere = self._begins or abs(at - self._expected) > MAX_DRIFT_SAMPLES
        self._begins = False
        if self._resampler is None or is_elsewhere or shape != self._shape:
            self.flush()
            self._resampler, self._shape = Resampler(SAMPLE_RATE), shape
        if is_elsewhere:
            self.tape.move_to(round(at))
            self._expected = at
        self._write(self._resampler.resample(frame))
        self._expected += frame.samples * SAMPLE_RATE / frame.sample_rate

    def begin_segment(self) -> None:
        """Place the next frame exactly at its own time, because it comes from another recorder session."""
        self.flush()
        self._begins = True

    def flush(self) -> None:
        """Write the resampler's remaining samples."""
        if self._resampler is not None:
            self._write(self._resampler.flush())
            self._resampler = None

    def _write(self, frames: Iterable[Any]) -> None:
        for frame in frames:
            if frame is not None:
                self.tape.write(memoryview(frame.planes[0])[: frame.samples * SAMPLE_BYTES])
