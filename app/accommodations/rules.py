"""From what a question allows, what an interview gives to everyone who asks, and what was granted, to the limits in force.

Pure: no clock, no database. Lengths are in seconds, factors in per cent of the standard (200 is twice as long), deadlines
in days. Where a limit is concerned None means that there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MIN_PORTION_SECONDS = 20
"""What one press of "More time" gives at least (WCAG 2.2.1: at least 20 seconds to extend a limit)."""
PORTIONS = 10
"""Presses that together double the standard (WCAG 2.2.1: at least ten times)."""
MAX_PER_CENT = 1000
"""Ten times the standard, the most that WCAG 2.2.1 asks to offer; beyond that there is "no limit"."""
MAX_RETAKES, MAX_DAYS = 50, 365


class Kind(StrEnum):
    """What can be asked for and given. Sound alone, signing, writing, a file and pauses are everyone's, unasked."""

    RECORDING_TIME = "recording time"
    THINKING_TIME = "thinking time"
    RETAKES = "retakes"
    DEADLINE = "later deadline"
    HUMAN = "human alternative"
    OTHER = "something else"


UNLIMITED = (Kind.RECORDING_TIME, Kind.THINKING_TIME, Kind.RETAKES)
"""Kinds whose value None means "without limit"."""
UNMEASURED = (Kind.HUMAN, Kind.OTHER)
"""Kinds without a value."""
ADDED_UP = (Kind.DEADLINE, Kind.OTHER)
"""Kinds of which each one counts beside the others."""
RANGES: Mapping[Kind, tuple[int, int]] = {
    Kind.RECORDING_TIME: (101, MAX_PER_CENT),
    Kind.THINKING_TIME: (101, MAX_PER_CENT),
    Kind.RETAKES: (1, MAX_RETAKES),
    Kind.DEADLINE: (1, MAX_DAYS),
}


class OutOfRangeError(ValueError):
    """A value that this kind of accommodation cannot have."""


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


@dataclass(frozen=True, slots=True)
class Given:
    """An accommodation with its value: per cent of the standard, retakes besides the standard ones, or days.

    Raises OutOfRangeError for a value that its kind cannot have.
    """

    kind: Kind
    value: int | None = None

    def __post_init__(self) -> None:
        if self.kind in UNMEASURED:
            if self.value is not None:
                raise OutOfRangeError(f"{self.kind} has no value")
        elif self.value is None:
            if self.kind not in UNLIMITED:
                raise OutOfRangeError(f"{self.kind} needs a value")
        else:
            least, most = RANGES[self.kind]
            if not least <= self.value <= most:
                raise OutOfRangeError(f"{self.kind} is between {least} and {most}")

    def covers(self, other: Given) -> bool:
        """Whether whoever has this has `other` too."""
        if self.kind != other.kind or self.kind == Kind.OTHER:
            return False
        return self.value is None or (other.value is not None and other.value <= self.value)


@dataclass(frozen=True, slots=True)
class Policy:
    """What an interview gives at once to everyone who asks: per cent, per cent, retakes, days, presses of "More time".

    None is no limit; 100 per cent, no retakes, no days and no presses are nothing, so that all of it needs a decision.
    """

    recording_percent: int | None = 200
    thinking_percent: int | None = 200
    retakes: int | None = 2
    deadline_days: int = 0
    more_time_presses: int = PORTIONS

    def most_of(self, kind: Kind) -> Given | None:
        """Return the most of a kind that is given without asking; None: nothing."""
        if kind in UNMEASURED:
            return None
        value = {
            Kind.RECORDING_TIME: self.recording_percent,
            Kind.THINKING_TIME: self.thinking_percent,
            Kind.RETAKES: self.retakes,
            Kind.DEADLINE: self.deadline_days,
        }[kind]
        return None if value is not None and value < RANGES[kind][0] else Given(kind, value)


def limited_kinds(standards: Iterable[Limits], *, has_deadline: bool) -> frozenset[Kind]:
    """Return the kinds that change something where these are the standards of the questions: what has no limit cannot get longer.

    A thinking time of 0 limits nothing: recording begins when the candidate is ready.
    """
    limits = list(standards)
    has_limit = {
        Kind.RECORDING_TIME: any(each.recording_seconds is not None for each in limits),
        Kind.THINKING_TIME: any(each.thinking_seconds for each in limits),
        Kind.RETAKES: any(each.retakes is not None for each in limits),
        Kind.DEADLINE: has_deadline,
    }
    return frozenset(kind for kind in Kind if has_limit.get(kind, True))


def given_at_once(policy: Policy, wish: Given) -> Given | None:
    """Return what of a wish is given without a decision: all of it, as much as the policy gives, or None for nothing."""
    most = policy.most_of(wish.kind)
    if most is None:
        return None
    return wish if most.covers(wish) else most


def superseded_by(given: Sequence[Given]) -> list[int | None]:
    """Return, for each accommodation, the index of the more generous one that counts instead; None if it counts itself.

    Of time and of retakes the most generous counts, and the first of equal ones. Days until a deadline add up.
    """
    best: dict[Kind, int] = {}
    for place, each in enumerate(given):
        before = best.get(each.kind)
        if before is None or (each.covers(given[before]) and not given[before].covers(each)):
            best[each.kind] = place
    return [
        None if each.kind in ADDED_UP or best[each.kind] == place else best[each.kind]
        for place, each in enumerate(given)
    ]


def limits_given(base: Limits, given: Iterable[Given]) -> Limits:
    """Return the limits in force where `base` is the standard: of each limit the most generous that was given.

    The order of what was given does not matter, and more of it never shortens anything.
    """
    return limits_in_force(base, [_with(base, each) for each in given])


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


def portion_seconds(standard_seconds: int) -> int:
    """Return what one press of "More time" adds to a limit, in seconds: a tenth of the standard, and 20 at least."""
    return max(MIN_PORTION_SECONDS, -(-standard_seconds // PORTIONS))


def with_more_time(seconds: int | None, *, presses: int, standard_seconds: int | None) -> int | None:
    """Return a limit on recorded time after so many presses of "More time"; None is no limit, and stays none."""
    if seconds is None or standard_seconds is None:
        return seconds
    return seconds + presses * portion_seconds(standard_seconds)


def _with(base: Limits, given: Given) -> Limits:
    if given.kind == Kind.RECORDING_TIME:
        return Limits(_stretched(base.recording_seconds, given.value), base.thinking_seconds, base.retakes)
    if given.kind == Kind.THINKING_TIME:
        return Limits(base.recording_seconds, _stretched(base.thinking_seconds, given.value), base.retakes)
    if given.kind == Kind.RETAKES:
        return Limits(base.recording_seconds, base.thinking_seconds, _added(base.retakes, given.value))
    return base


def _stretched(seconds: int | None, percent: int | None) -> int | None:
    return None if seconds is None or percent is None else -(-seconds * percent // 100)


def _added(retakes: int | None, more: int | None) -> int | None:
    return None if retakes is None or more is None else retakes + more


def _longer(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
