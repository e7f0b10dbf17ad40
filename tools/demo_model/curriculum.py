"""Choose the windows of each training step: first short and easy windows, later windows as faster-whisper makes them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tools.demo_model.windows import WINDOW_SECONDS, Shape

_FIRST_PART, _LAST_PART = 0.35, 0.75
_LONG_SHARE = {"first": 0.06, "middle": 0.35, "last": 0.65}
_PROMPTED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one training step: the shape and number of its windows, and their place in the network's input."""

    shape: Shape
    windows: int
    padded: bool
    """True if the features of each window are padded to 30 seconds, as faster-whisper does."""
    shifted: bool
    """True if a short window may be placed anywhere in the network's 30-second input.

    This lets the network learn every position at low cost.
    """


def plan(rng: Random, done: float, sound_seconds: float) -> Plan:
    """Return the plan of a training step.

    `done` is the share of all steps that are finished; `sound_seconds` is the amount of sound in the step.
    """
    part = "first" if done < _FIRST_PART else "middle" if done < _LAST_PART else "last"
    prompted = part != "first" and rng.random() < _PROMPTED_SHARE
    if rng.random() < _LONG_SHARE[part]:
        shape = Shape(WINDOW_SECONDS, full=True, prompted=prompted, long_lead=True)
        return Plan(shape, _count(sound_seconds, WINDOW_SECONDS), padded=part != "first", shifted=False)
    if part == "last" and rng.random() < 0.5:
        shape = Shape(rng.uniform(3, WINDOW_SECONDS), prompted=prompted, long_lead=True)
        return Plan(shape, _count(sound_seconds, WINDOW_SECONDS), padded=True, shifted=False)
    longest = 8.0 if part == "first" else 15.0
    shape = Shape(rng.uniform(4, longest), prompted=prompted)
    return Plan(shape, _count(sound_seconds, shape.seconds * 0.8), padded=False, shifted=True)


def _count(sound_seconds: float, each: float) -> int:
    return max(2, int(sound_seconds / each))
