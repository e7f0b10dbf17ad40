"""Rules for cutting the beginning of a recording, as pure functions. Times are milliseconds of the whole recording."""

from __future__ import annotations

STEP_MS = 500
MAX_TRIM_MS = 10_000
"""A screen reader's announcement is shorter. Who wants to begin much later can record again."""
MIN_LEFT_MS = 500
"""At least so much of a recording is left."""


def trim_choices(length_ms: int | None) -> list[int]:
    """Return how much may be cut from a recording of this length (None: not known yet), in steps."""
    longest = MAX_TRIM_MS if length_ms is None else min(MAX_TRIM_MS, length_ms - MIN_LEFT_MS)
    return list(range(STEP_MS, longest + 1, STEP_MS))


def trim_in_force(trim_ms: int, length_ms: int) -> int:
    """Return how much is cut of a recording whose length was not known when the person chose `trim_ms`."""
    return max(min(trim_ms, length_ms - MIN_LEFT_MS), 0)


def nearest_choice(trim_ms: int, choices: list[int]) -> int:
    """Return the choice that is nearest to `trim_ms`. Raises ValueError if there is none."""
    return min(choices, key=lambda choice: abs(choice - trim_ms))


def suggested_trim(voice_until_ms: int | None, length_ms: int) -> int | None:
    """Return the cut that removes a voice that is heard from the first moment on, or None if there is no such voice."""
    if voice_until_ms is None:
        return None
    needed = -(-voice_until_ms // STEP_MS) * STEP_MS
    return needed if needed in trim_choices(length_ms) else None
