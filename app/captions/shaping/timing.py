"""Chooses the start and end of each cue, so that it can be read and stays in sync with speech.

Words are given and cannot change, so where speech is faster than reading, time has to come from somewhere. In order:

1. the pause that follows, up to the next cue and up to 3 s of silence;
2. the 0.3 s around the first word, within which a start still counts as in time: a cue comes a little sooner, or the
   next one a little later;
3. for 20 characters a second, and for nothing less, falling behind speech by up to 1.5 s until a pause makes up for it;
4. for the shortest time on the screen (0.83 s), falling behind as far as it takes.

So: no word is ever dropped, 0.83 s wins over being in time, being within 1.5 s of the word wins over 20 characters a
second, and 20 characters a second win over being within 0.3 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

from app.captions.shaping.cues import (
    FASTEST_READING_SPEED,
    IN_TIME_MS,
    JOIN_MS,
    LATEST_MS,
    MAX_CUE_MS,
    MIN_CUE_MS,
    READING_SPEED,
    SHORT_MS,
    SILENCE_MS,
)

COMFORTABLE_READING_SPEED = 15.0
"""What an end is extended to where nothing is in the way (DCMP: 150-160 words a minute)."""
LINGER_MS = SILENCE_MS - JOIN_MS
"""The longest that a cue stays after its last word."""
CHAIN_MS = 500
"""A gap below this would only flicker: the cue stays until the next (Netflix closes gaps below half a second)."""
SHIFTS = (*range(-IN_TIME_MS, IN_TIME_MS + 1, 50), *range(IN_TIME_MS + 100, LATEST_MS + 1, 100))
"""The starts that are tried, in milliseconds from the first word."""

TOO_FAST, TOO_SHORT, FAST, SHORT, LATE = 200.0, 1000.0, 12.0, 6.0, 40.0
"""What missing a bar costs at all; how far it is missed adds to it."""
SPREAD = 30.0
"""How strongly one bad miss is worse than several slight ones: what cannot be read is shared out evenly."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The words of one cue, for timing: first word's start, last word's end (ms), characters to read."""

    start_ms: int
    end_ms: int
    characters: int


def schedule(slots: Sequence[Slot], *, duration_ms: int) -> list[tuple[int, int]]:
    """Return (start, end) in milliseconds for each slot: in order, apart, and inside the recording.

    The starts are chosen together (Viterbi over SHIFTS), for the least cost over the whole recording. A recording of
    fewer milliseconds than it has cues is taken to last one millisecond a cue.
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
    """The starts to try for each cue. The first of each list is always possible after the first of the one before."""
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
    """Whether anything near this cue could be better for another start; most recordings need nothing at all."""
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
    """What it costs to show the slot from `start` until the next cue; 0 when everything has its time."""
    shown = min(next_start, slot.end_ms + LINGER_MS, start + MAX_CUE_MS) - start
    cost = 0.0
    for needed, price in (
        (MIN_CUE_MS, TOO_SHORT),
        (_time_to_read(slot, FASTEST_READING_SPEED), TOO_FAST),
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
