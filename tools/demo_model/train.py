"""Train the network.

A training can be stopped at any time and resumed with the same weights, optimizer state and batches.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from tools.demo_model.batches import Batch, Batches
from tools.demo_model.checkpoints import CHECKPOINT, load_checkpoint, save_checkpoint
from tools.demo_model.corpus import corpus_folder
from tools.demo_model.features import LogMel
from tools.demo_model.losses import Teacher
from tools.demo_model.model import Whisper
from tools.demo_model.settings import Settings
from tools.demo_model.tokens import Tokens
from tools.demo_model.windows import Composer

SAVE_EVERY, TELL_EVERY = 120, 20
"""Seconds between checkpoints, and seconds between progress messages."""


def choose_device(name: str = "auto") -> torch.device:
    """Return the requested device. `auto` selects a GPU if torch finds one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def train(folder: Path, settings: Settings, device: torch.device) -> Whisper:
    """Train the network with the corpus in `folder`. If there is a checkpoint in `folder`, resume from it.

    Returns the trained network, moved to the CPU. On SIGINT (Ctrl-C) or SIGTERM, finishes the current step, writes a
    checkpoint, and raises KeyboardInterrupt. Raises Problem if there is no corpus, and CannotResume if the checkpoint
    was made with other settings.
    """
    torch.manual_seed(settings.seed)
    tokens = Tokens.load()
    corpus = corpus_folder(folder, settings)
    whisper = Whisper(settings.sizes, tokens.count, tokens.first_timestamp)
    teacher = Teacher(whisper, tokens, Composer(corpus, settings).phoneme_classes).to(device)
    optimizer = _optimizer(teacher, settings)
    checkpoint = folder / CHECKPOINT
    step = load_checkpoint(checkpoint, teacher, optimizer, settings)
    if step:
        print(f"going on from step {step} of {settings.steps}", flush=True)
    log_mel, progress = LogMel(device), _Progress(settings.steps)
    bfloat16 = _is_fast_in_bfloat16(device)
    saved = time.monotonic()
    teacher.train()
    with _asked_to_stop() as asked:
        for batch in _load(corpus, settings, step, device):
            seen = _learn(teacher, optimizer, log_mel, batch.to(device), _rate(step, settings), bfloat16)
            step += 1
            progress.tell(step, seen)
            if asked or time.monotonic() - saved > SAVE_EVERY:
                save_checkpoint(checkpoint, teacher, optimizer, settings, step)
                saved = time.monotonic()
            if asked:
                print(f"stopped after step {step}; the same command goes on from there", flush=True)
                raise KeyboardInterrupt
    save_checkpoint(checkpoint, teacher, optimizer, settings, step)
    return whisper.cpu().eval()


def _learn(
    teacher: Teacher, optimizer: torch.optim.Optimizer, log_mel: LogMel, batch: Batch, rate: float, bfloat16: bool
) -> dict[str, float]:
    for group in optimizer.param_groups:
        group["lr"] = rate
    features = log_mel(batch.sound, batch.lengths, 2 * batch.frames)
    with torch.autocast(features.device.type, torch.bfloat16, enabled=bfloat16):
        lesson = teacher(features, batch)
    optimizer.zero_grad()
    lesson.loss.backward()
    if torch.isfinite(nn.utils.clip_grad_norm_(teacher.whisper.parameters(), 1.0)):
        optimizer.step()
    return lesson.seen


def _optimizer(teacher: Teacher, settings: Settings) -> torch.optim.Optimizer:
    learned = [weight for weight in teacher.parameters() if weight.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [weight for weight in learned if weight.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [weight for weight in learned if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98), eps=1e-8)


def _rate(step: int, settings: Settings) -> float:
    """Return the learning rate of a step: a warm-up, then a half cosine that falls to a fiftieth of the full rate."""
    warmed = min(1.0, (step + 1) / settings.warm_up_steps)
    return settings.learning_rate * warmed * (0.02 + 0.49 * (1 + math.cos(math.pi * step / settings.steps)))


def _load(corpus: Path, settings: Settings, step: int, device: torch.device) -> DataLoader:
    """Return the loader of the batches.

    With a GPU, other processes compose batches during the training; on a CPU, batches are composed between the steps.
    """
    workers = max(1, (os.cpu_count() or 2) - 1) if device.type == "cuda" else 0
    return DataLoader(Batches(corpus, settings, step), batch_size=None, num_workers=workers)


def _is_fast_in_bfloat16(device: torch.device) -> bool:
    """Return whether the device supports bfloat16 in hardware. Emulation would be slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    about = Path("/proc/cpuinfo")
    return about.exists() and any(flag in about.read_text() for flag in ("amx_bf16", "avx512_bf16"))


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """Yield a list to which SIGINT and SIGTERM append their signal number, instead of ending the process."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda number, _frame: asked.append(number))
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Progress:
    """Prints the running means of losses and correct predictions from time to time."""

    def __init__(self, steps: int) -> None:
        self._steps, self._told, self._means = steps, 0.0, dict[str, float]()

    def tell(self, step: int, seen: dict[str, float]) -> None:
        for name, value in seen.items():
            self._means[name] = 0.96 * self._means.get(name, value) + 0.04 * value
        if time.monotonic() - self._told > TELL_EVERY or step == self._steps:
            self._told = time.monotonic()
            means = ", ".join(f"{name} {value:.3f}" for name, value in self._means.items())
            print(f"step {step} of {self._steps}: {means}", flush=True)
