"""Choose the start and end of each cue, so that it can be read and stays in sync with speech.

The times of words are fixed. If speech is faster than reading, a cue gets more time from these sources, in this order:

1. the pause after its last word, until the next cue or for up to 3 s;
2. the 0.3 s around first words, in which a start still counts as in time: the cue starts a little earlier, or the next
   cue starts a little later;
3. a delay of up to 1.5 s behind speech, until the next pause, but only to reach 20 characters per second;
4. a longer delay, but only to reach the minimum duration (0.83 s).

So no word is ever dropped. If limits conflict, the minimum duration comes first, then the maximum delay of 1.5 s, then
20 characters per second, then a start within 0.3 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

from app.captions.shaping.cues import (
    IN_TIME_MS,
    JOIN_MS,
    LATEST_MS,
    MAX_CUE_MS,
    MAX_READING_SPEED,
    MIN_CUE_MS,
    READING_SPEED,
    SHORT_MS,
    SILENCE_MS,
)

COMFORTABLE_READING_SPEED = 15.0
"""The reading speed for which cues are extended if there is time (DCMP: 150-160 words per minute)."""
LINGER_MS = SILENCE_MS - JOIN_MS
"""Maximum time that a cue stays on screen after its last word."""
CHAIN_MS = 500
"""A shorter gap between cues would flicker, so the cue stays until the next cue starts (Netflix: 0.5 s).
"""
SHIFTS = (*range(-IN_TIME_MS, IN_TIME_MS + 1, 50), *range(IN_TIME_MS + 100, LATEST_MS + 1, 100))
"""The possible starts of a cue, in milliseconds from its first word."""

TOO_FAST, TOO_SHORT, FAST, SHORT, LATE = 200.0, 1000.0, 12.0, 6.0, 40.0
"""Basic cost of missing each limit. It grows with the distance from the limit."""
SPREAD = 30.0
"""Weight of the squared miss, which makes one bad miss cost more than several small ones."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The data of a cue that timing needs: start of the first word, end of the last word, number of characters."""

    start_ms: int
    end_ms: int
    characters: int


def schedule(slots: Sequence[Slot], *, duration_ms: int) -> list[tuple[int, int]]:
    """Return (start, end) in milliseconds for each slot: in order, without overlaps, and inside the recording.

    The starts are chosen together for the lowest total cost (Viterbi algorithm over SHIFTS). If the recording has fewer
    milliseconds than cues, each cue gets one millisecond.
    """
    limit = max(duration_ms, len(slots))
    starts = _starts(slots, limit) if slots else []
    following = [*starts[1:], limit]
    times = []
    for index, slot in enumerate(slots):
        is_last = index + 1 == len(slots)
        times.append((starts[index], _end(slot, starts[index], following[index], limit, is_last=is_last)))
    return times


def _starts(slots: Sequence[Slot], limit: int) -> list[int]:
    least = min(MIN_CUE_MS, limit // len(slots))
    choices = _choices(slots, limit, least)
    costs = [_late_cost(start - slots[0].start_ms) for start in choices[0]]
    came_from: list[list[int]] = []
    for index in range(1, len(slots)):
        before, slot, previous = slots[index - 1], slots[index], choices[index - 1]
        step = [_cheapest(costs, previous, start, before, least) for start in choices[index]]
        late = [_late_cost(start - slot.start_ms) for start in choices[index]]
        costs = [cost + more for (cost, _), more in zip(step, late, strict=True)]
        came_from.append([origin for _, origin in step])
    final = [cost + _slot_cost(slots[-1], start, limit) for cost, start in zip(costs, choices[-1], strict=True)]
    at = final.index(min(final))
    path = [at]
    for origins in reversed(came_from):
        at = origins[at]
        path.append(at)
    return [choice[at] for choice, at in zip(choices, reversed(path), strict=True)]


def _choices(slots: Sequence[Slot], limit: int, least: int) -> list[list[int]]:
    """Return the possible starts of each cue.

    The first start in each list is always possible if the previous cue uses the first start of its list.
    """
    choices: list[list[int]] = []
    spoken_until = base = 0
    for index, slot in enumerate(slots):
        latest = limit - (len(slots) - index) * least
        base = min(max(slot.start_ms, base + least if index else 0), latest)
        others = {slot.start_ms + shift for shift in SHIFTS} if _is_in_need(slots, index, limit) else {slot.start_ms}
        choices.append([base, *sorted(start for start in others if spoken_until <= start <= latest and start != base)])
        spoken_until = slot.end_ms
    return choices


def _is_in_need(slots: Sequence[Slot], index: int, limit: int) -> bool:
    """Return whether this cue or a cue near it lacks time, so that other starts may help. Usually no cue lacks time."""
    return any(
        _slot_cost(slots[near], slots[near].start_ms, slots[near + 1].start_ms if near + 1 < len(slots) else limit) > 0
        for near in range(max(0, index - 4), min(len(slots), index + 2))
    )


def _cheapest(costs: list[float], starts: list[int], next_start: int, slot: Slot, least: int) -> tuple[float, int]:
    best, origin = inf, 0
    for index, start in enumerate(starts):
        if next_start - start >= least and costs[index] < best:
            cost = costs[index] + _slot_cost(slot, start, next_start)
            if cost < best:
                best, origin = cost, index
    return best, origin


def _late_cost(shift: int) -> float:
    away = abs(shift)
    return away / 1000 if away <= IN_TIME_MS else LATE + away / 50


def _slot_cost(slot: Slot, start: int, next_start: int) -> float:
    """Return the cost of showing a cue from `start` to the next cue, 0 if the time is sufficient."""
    shown = min(next_start, slot.end_ms + LINGER_MS, start + MAX_CUE_MS) - start
    cost = 0.0
    for needed, price in (
        (MIN_CUE_MS, TOO_SHORT),
        (_time_to_read(slot, MAX_READING_SPEED), TOO_FAST),
        (_time_to_read(slot, READING_SPEED), FAST),
        (SHORT_MS, SHORT),
    ):
        if shown < needed:
            missed = (needed - shown) / needed
            cost += price * (1 + missed + SPREAD * missed * missed)
    return cost


def _time_to_read(slot: Slot, speed: float) -> int:
    return min(MAX_CUE_MS, ceil(slot.characters * 1000 / speed))


def _end(slot: Slot, start: int, next_start: int, limit: int, *, is_last: bool) -> int:
    wanted = max(slot.end_ms, start + SHORT_MS, start + _time_to_read(slot, COMFORTABLE_READING_SPEED))
    if not is_last and next_start - wanted < CHAIN_MS:
        wanted = next_start
    longest = min(start + MAX_CUE_MS, max(slot.end_ms + LINGER_MS, start + MIN_CUE_MS))
    end = min(wanted, longest, limit if is_last else next_start)
    if is_last or not 0 < next_start - end < JOIN_MS:
        return end
    return next_start if next_start - start <= MAX_CUE_MS else next_start - JOIN_MS
