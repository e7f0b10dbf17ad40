"""The settings of a training: FULL for a real training, and SMOKE for a short run that proves that every step works."""

from __future__ import annotations

from dataclasses import dataclass

MAX_MODEL_BYTES = 6_000_000
"""Maximum size of the exported model folder, which is committed and so is part of every clone."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of the network. The defaults give 3.6 million weights, which are 4.4 MB as int8."""

    width: int = 192
    heads: int = 6
    encoder_layers: int = 4
    decoder_layers: int = 2
    mels: int = 80
    encoder_positions: int = 1500
    decoder_positions: int = 448


@dataclass(frozen=True, slots=True)
class Settings:
    """All values that decide the result of a training, apart from differences in the arithmetic of machines."""

    shards: int = 4
    sentences_a_shard: int = 4000
    fixed_sayings: int = 40
    """How often each fixed sentence is spoken in a shard, in different voices."""
    steps: int = 6000
    sound_seconds: float = 160.0
    """Seconds of sound in one step."""
    learning_rate: float = 1.5e-3
    warm_up_steps: int = 200
    weight_decay: float = 0.02
    seed: int = 0
    evaluated: int = 30
    """Number of recordings in the largest group of the evaluation."""
    sizes: Sizes = Sizes()


FULL = Settings()

SMOKE = Settings(
    shards=2,
    sentences_a_shard=60,
    fixed_sayings=2,
    steps=6,
    sound_seconds=40.0,
    warm_up_steps=2,
    evaluated=2,
)
"""Settings with which each step takes seconds. The resulting model recognises no words."""
