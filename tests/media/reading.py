"""Helpers that read recordings in this process, without the sandbox."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.captions.speech.sound import read_samples
from app.media.facts import MediaBudget, MediaRefusedError, Refusal, Remuxed
from app.media.remuxing import remux
from app.media.sound import decode_audio

LIMITS = MediaBudget()


def remuxed(tmp_path: Path, *segments: Path, limits: MediaBudget = LIMITS) -> Remuxed:
    folder = tmp_path / "made"
    folder.mkdir(exist_ok=True)
    return remux(segments, folder, limits, anyway=True)


def heard(tmp_path: Path, made: Remuxed) -> np.ndarray:
    count = decode_audio(made.parts, tmp_path / "audio.s16", LIMITS)
    samples = read_samples(tmp_path / "audio.s16")
    assert len(samples) == count
    return samples


def cut(path: Path, content: bytes) -> Path:
    changed = path.with_name(f"changed-{path.name}")
    changed.write_bytes(content)
    return changed


def refused(tmp_path: Path, *segments: Path, limits: MediaBudget = LIMITS) -> Refusal:
    with pytest.raises(MediaRefusedError) as caught:
        remuxed(tmp_path, *segments, limits=limits)
    return caught.value.code
