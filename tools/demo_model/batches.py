"""Convert windows to tensors: sound, the tokens to read and to predict, and the frames in which each token is heard.

A batch depends only on the seed and its step number. So a resumed training gets the same batches as an uninterrupted
training, for any number of processes that make them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from tools.demo_model.curriculum import plan
from tools.demo_model.features import roughen
from tools.demo_model.settings import Settings
from tools.demo_model.targets import IGNORED, Position, Target, positions, word_spans
from tools.demo_model.windows import Composer

_FRAME = 320  # samples in one frame of the encoder (20 ms)
_FRAMES_A_SECOND = 50
_FRAMES = 1500
_MOST_TOKENS = 448
_UNTIMED_SHARE, _SILENT_SHARE = 0.35, 0.06


@dataclass(slots=True)
class Batch:
    """The tensors of one training step.

    `heard` is (batch, tokens, 2): the first frame of each token and the frame after its last one, or -1 if the token is
    not heard.
    """

    sound: Tensor
    lengths: Tensor
    ids: Tensor
    labels: Tensor
    heard: Tensor
    phonemes: Tensor
    words: Tensor
    offset: int

    @property
    def frames(self) -> int:
        """Number of encoder frames."""
        return self.phonemes.shape[1]

    def to(self, device: torch.device) -> Batch:
        """Move the tensors to a device."""
        values = [getattr(self, field.name) for field in fields(self)]
        return Batch(*(value.to(device, non_blocking=True) if torch.is_tensor(value) else value for value in values))


class Batches(IterableDataset):
    """All batches from a given training step to the last step, in order."""

    def __init__(self, folder: Path, settings: Settings, first_step: int) -> None:
        self._folder, self._settings, self._first = folder, settings, first_step

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        composer = Composer(self._folder, self._settings)
        for step in range(self._first + first, self._settings.steps, stride):
            yield make_batch(composer, self._settings, step)


def make_batch(composer: Composer, settings: Settings, step: int) -> Batch:
    """Compose the batch for a training step."""
    rng = Random(f"{settings.seed}/{step}")
    planned = plan(rng, step / settings.steps, settings.sound_seconds)
    shape = planned.shape
    windows = [
        composer.silence(rng, shape.seconds) if rng.random() < _SILENT_SHARE else composer.compose(rng, shape)
        for _ in range(planned.windows)
    ]
    longest = max(len(window.sound) for window in windows)
    frames = _FRAMES if planned.padded else min(_FRAMES, longest // _FRAME + 1 + rng.randint(0, 40))
    shifted = planned.shifted and rng.random() < 0.5
    offset = rng.randint(0, _FRAMES - frames) if shifted else 0
    rows = [
        positions(window, composer.tokens, offset / _FRAMES_A_SECOND, rng.random() < _UNTIMED_SHARE)
        for window in windows
    ]
    sound = np.zeros((len(windows), longest), np.float32)
    for place, window in zip(sound, windows, strict=True):
        place[: len(window.sound)] = roughen(window.sound, rng)
    ids, labels, heard = _padded(rows, composer.tokens.end, frames)
    return Batch(
        sound=torch.from_numpy(sound),
        lengths=torch.tensor([len(window.sound) for window in windows]),
        ids=ids,
        labels=labels,
        heard=heard,
        phonemes=_classes([window.phonemes for window in windows], frames),
        words=_classes([word_spans(window, composer.tokens) for window in windows], frames),
        offset=offset,
    )


def _classes(spans: list[list[Target]], frames: int) -> Tensor:
    """Return the class (phoneme or word) of each frame as (batch, frames). Class 0 means that nothing is heard."""
    classes = np.zeros((len(spans), frames), np.int64)
    for row, named in zip(classes, spans, strict=True):
        for name, start, end in named:
            first = int(start * _FRAMES_A_SECOND + 0.5)
            row[first : max(int(end * _FRAMES_A_SECOND + 0.5), first + 1)] = name
    return torch.from_numpy(classes)


def _padded(rows: list[list[Position]], filler: int, frames: int) -> tuple[Tensor, Tensor, Tensor]:
    longest = min(_MOST_TOKENS, max(map(len, rows)))
    ids = torch.full((len(rows), longest), filler)
    labels = torch.full((len(rows), longest), IGNORED)
    heard = torch.full((len(rows), longest, 2), -1)
    for number, row in enumerate(rows):
        kept = row[:longest]
        ids[number, : len(kept)] = torch.tensor([token for token, *_ in kept])
        labels[number, : len(kept)] = torch.tensor([label for _, label, *_ in kept])
        for place, (_, _, start, end) in enumerate(kept):
            first = max(0, int(start * _FRAMES_A_SECOND + 0.5))
            last = min(frames, max(first + 1, int(end * _FRAMES_A_SECOND + 0.5)))
            if start > -1 and end > 0 and first < last:
                heard[number, place] = torch.tensor([first, last])
    return ids, labels, heard
