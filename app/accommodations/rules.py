"""From what a question allows and what was given besides, to the limits in force. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of recorded time, seconds to think before it, and takes after the first. None is no limit."""

    recording_seconds: int | None
    thinking_seconds: int | None
    retakes: int | None

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> Limits:
        """Return the limits that a take has kept."""
        return cls(snapshot["recording_seconds"], snapshot["thinking_seconds"], snapshot["retakes"])

    def as_snapshot(self) -> dict[str, int | None]:
        """Return what a take keeps."""
        return asdict(self)


def limits_in_force(base: Limits, given: Iterable[Limits] = ()) -> Limits:
    """Return the most generous of each limit among `base` and all that was `given`, in any order.

    Nothing that is given ever shortens a limit; what does not speak of one repeats it from the base.
    """
    force = base
    for more in given:
        force = Limits(
            _longer(force.recording_seconds, more.recording_seconds),
            _longer(force.thinking_seconds, more.thinking_seconds),
            _longer(force.retakes, more.retakes),
        )
    return force


def _longer(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
