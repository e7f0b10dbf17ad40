"""Save and load checkpoints: all state that the next training step needs, in one file that is written atomically."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from tools.demo_model.losses import Teacher
from tools.demo_model.model import Whisper
from tools.demo_model.problems import Problem
from tools.demo_model.settings import Settings
from tools.demo_model.tokens import Tokens

CHECKPOINT = "checkpoint.pt"


class CannotResume(Problem):
    """The checkpoint was made with other settings. The message says what to do."""


def load_network(folder: Path, settings: Settings) -> Whisper:
    """Return the network of the checkpoint in `folder`. Raises Problem if there is no checkpoint."""
    tokens = Tokens.load()
    whisper = Whisper(settings.sizes, tokens.count, tokens.first_timestamp)
    checkpoint = folder / CHECKPOINT
    if not checkpoint.exists():
        raise Problem(f"{checkpoint} is not there: train first (python -m tools.demo_model train).")
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["teacher"]
    prefix = "whisper."
    whisper.load_state_dict({name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)})
    return whisper.eval()


def save_checkpoint(
    path: Path, teacher: Teacher, optimizer: torch.optim.Optimizer, settings: Settings, step: int
) -> None:
    """Write a checkpoint. The old checkpoint file stays until the new file is complete."""
    state = {
        "teacher": teacher.state_dict(),
        "optimizer": optimizer.state_dict(),
        "settings": asdict(settings),
        "step": step,
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def load_checkpoint(path: Path, teacher: Teacher, optimizer: torch.optim.Optimizer, settings: Settings) -> int:
    """Load a checkpoint into the network and the optimizer.

    Returns the number of finished training steps, 0 if there is no checkpoint. Raises CannotResume if the checkpoint
    was made with other settings.
    """
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["settings"] != asdict(settings):
        raise CannotResume(f"{path} was made with other settings. Move it away, or choose another --work folder.")
    teacher.load_state_dict(state["teacher"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])
