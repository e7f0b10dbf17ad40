"""Convert sound to the network's input: vary the loudness, add noise, and calculate Whisper's log-mel features."""

from __future__ import annotations

from random import Random

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor
from torch.nn import functional

HOP = 160
_WINDOW = 400
_RANGE = 8.0  # values further than this below the loudest value, in powers of ten, are raised to that limit


def roughen(sound: np.ndarray, rng: Random) -> np.ndarray:
    """Lower the loudness by up to 20 dB or raise it by up to 3 dB, and usually add noise 22 to 70 dB below the speech."""
    peak = float(np.abs(sound).max())
    if peak > 0:
        sound = sound * min(10 ** (rng.uniform(-20, 3) / 20), 0.99 / peak)
    if rng.random() < 0.7:
        loud = float(np.abs(sound).max()) if peak > 0 else 10 ** rng.uniform(-3, -0.5)
        sound = sound + loud * 10 ** (rng.uniform(-70, -22) / 20) * _noise(len(sound), rng)
    return np.clip(sound, -1, 1).astype(np.float32)


def _noise(length: int, rng: Random) -> np.ndarray:
    """Return noise with a standard deviation of about 1: white, muffled, or with more low or high frequencies."""
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(length).astype(np.float32)
    colour = rng.random()
    if colour < 0.4:
        return noise
    if colour < 0.55:
        coloured = np.convolve(noise, np.full(8, 1 / 8, np.float32), "same")
    else:
        coloured = noise.copy()
        coloured[1:] += (0.6 if colour < 0.7 else -0.5) * noise[:-1]
    return coloured / (coloured.std() + 1e-9)


class LogMel:
    """faster-whisper's feature extractor for batches on any device."""

    def __init__(self, device: torch.device) -> None:
        self._filters = torch.tensor(FeatureExtractor().mel_filters, device=device)
        self._taper = torch.hann_window(_WINDOW, device=device)

    def __call__(self, sound: Tensor, lengths: Tensor, frames: int) -> Tensor:
        """Return the features as (batch, mels, frames).

        `sound` is (batch, samples), and `lengths` has the number of samples of each recording. As in faster-whisper,
        the features after the end of a recording are 0.0, which is not the value of silence.
        """
        padded = functional.pad(sound, (0, HOP))
        spectrum = torch.stft(padded, _WINDOW, HOP, window=self._taper, return_complex=True)[..., :-1]
        mel = (self._filters @ (spectrum.real**2 + spectrum.imag**2)).clamp(min=1e-10).log10()
        valid = torch.arange(mel.shape[-1], device=mel.device)[None] < (lengths // HOP)[:, None]
        loudest = mel.masked_fill(~valid[:, None], -10.0).amax((1, 2), keepdim=True)
        scaled = (torch.maximum(mel, loudest - _RANGE) + 4.0) / 4.0 * valid[:, None]
        return functional.pad(scaled, (0, max(0, frames - scaled.shape[-1])))[..., :frames]
