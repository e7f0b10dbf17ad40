"""Convert decoded sound to the rate that the speech model needs. Runs only in the child process of `sandbox`."""

from __future__ import annotations

import av

GATHERED = 192_000
"""Number of samples that are resampled at once. At 48 kHz in stereo, this is four seconds or less than 2 MB."""


class Resampler:
    """Converts frames with the same format, channels and rate to 16-bit mono samples at `rate` per second.

    Many frames are resampled together, which halves the time. Resampling uses floating point, because FFmpeg would use
    only 16 bits for 16-bit sound.
    """

    def __init__(self, rate: int):
        self._resampler = av.AudioResampler("flt", "mono", rate)
        self._rounder = av.AudioResampler("s16", "mono", rate)
        self._gathered = av.AudioFifo()

    def resample(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Add a frame and return the finished frames. Times are ignored: the caller places the sound."""
        frame.pts = None
        self._gathered.write(frame)
        return self._resample() if self._gathered.samples >= GATHERED else []

    def flush(self) -> list[av.AudioFrame]:
        """Return the remaining samples."""
        return [*self._resample(), *self._round(self._resampler.resample(None)), *self._rounder.resample(None)]

    def _resample(self) -> list[av.AudioFrame]:
        gathered = self._gathered.read()
        return self._round(self._resampler.resample(gathered)) if gathered else []

    def _round(self, frames: list[av.AudioFrame]) -> list[av.AudioFrame]:
        return [rounded for frame in frames if frame is not None for rounded in self._rounder.resample(frame)]
