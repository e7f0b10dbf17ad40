"""Compute the limits in force from the limits of a question, the policy of the interview, and the grants.

This module uses neither a clock nor the database. Lengths are in seconds, factors in per cent of the standard (200 is
twice as long), deadlines in days. A limit of None means unlimited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MIN_PORTION_SECONDS = 20
"""Minimum time that one press of "More time" adds (WCAG 2.2.1: at least 20 seconds to extend a limit)."""
PORTIONS = 10
"""Number of presses that double the standard limit (WCAG 2.2.1: at least ten times)."""
MAX_PER_CENT = 1000
"""Ten times the standard, the range that WCAG 2.2.1 requires. The only greater choice is "no limit"."""
MAX_RETAKES, MAX_DAYS = 50, 365


class Kind(StrEnum):
    """The kinds of accommodation.

    Recording sound only, signing, writing, uploading a file and pausing need no accommodation.
    """

    RECORDING_TIME = "recording time"
    THINKING_TIME = "thinking time"
    RETAKES = "retakes"
    DEADLINE = "later deadline"
    HUMAN = "human alternative"
    OTHER = "something else"


UNLIMITED = (Kind.RECORDING_TIME, Kind.THINKING_TIME, Kind.RETAKES)
"""Kinds of accommodation for which a value of None means "no limit"."""
UNMEASURED = (Kind.HUMAN, Kind.OTHER)
"""Kinds of accommodation without a value."""
ADDED_UP = (Kind.DEADLINE, Kind.OTHER)
"""Kinds of accommodation whose grants add up. For all other kinds, only the most generous grant counts."""
RANGES: Mapping[Kind, tuple[int, int]] = {
    Kind.RECORDING_TIME: (101, MAX_PER_CENT),
    Kind.THINKING_TIME: (101, MAX_PER_CENT),
    Kind.RETAKES: (1, MAX_RETAKES),
    Kind.DEADLINE: (1, MAX_DAYS),
}


class OutOfRangeError(ValueError):
    """The value is not valid for this kind of accommodation."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a take: seconds of recording, seconds of thinking time, and retakes. None means unlimited."""

    recording_seconds: int | None
    thinking_seconds: int | None
    retakes: int | None

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> Limits:
        """Return the limits stored with a take."""
        return cls(snapshot["recording_seconds"], snapshot["thinking_seconds"], snapshot["retakes"])

    def as_snapshot(self) -> dict[str, int | None]:
        """Return the limits as a dict to be stored with a take."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Given:
    """An accommodation with its value: per cent of the standard, additional retakes, or days.

    Raises OutOfRangeError if the value is not valid for the kind.
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
        """Return whether this accommodation includes `other`."""
        if self.kind != other.kind or self.kind == Kind.OTHER:
            return False
        return self.value is None or (other.value is not None and other.value <= self.value)


@dataclass(frozen=True, slots=True)
class Policy:
    """The accommodations that an interview gives without a decision.

    Recording time and thinking time are in per cent of the standard. None means unlimited. 100 per cent, 0 retakes, 0
    days and 0 presses of "More time" give nothing.
    """

    recording_percent: int | None = MAX_PER_CENT
    thinking_percent: int | None = MAX_PER_CENT
    retakes: int | None = 2
    deadline_days: int = 0
    more_time_presses: int = PORTIONS

    def most_of(self, kind: Kind) -> Given | None:
        """Return the largest accommodation of a kind that the policy gives, or None if it gives none of this kind."""
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
    """Return the kinds of accommodation that have an effect, given the standard limits of all questions.

    A kind has no effect if there is no limit that it could lengthen. A thinking time of 0 is no limit: recording begins
    when the candidate is ready.
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
    """Return how much of a wish the policy gives without a decision: all of it, the policy's maximum, or None."""
    most = policy.most_of(wish.kind)
    if most is None:
        return None
    return wish if most.covers(wish) else most


def superseded_by(given: Sequence[Given]) -> list[int | None]:
    """Return, for each accommodation, the index of the more generous one that replaces it, or None if it counts itself.

    For times and retakes, only the most generous accommodation counts (the first of several equal ones). Days until a
    deadline add up.
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
    """Return the limits in force: for each limit the most generous of the standard `base` and all accommodations.

    The order of the accommodations does not matter, and an additional one never shortens a limit.
    """
    return limits_in_force(base, [_limits_with(base, each) for each in given])


def limits_in_force(base: Limits, given: Iterable[Limits] = ()) -> Limits:
    """Return, for each limit, the most generous value in `base` and `given`.

    So `given` never shortens a limit. Each element of `given` equals `base` except for the limits that it lengthens.
    """
    force = base
    for more in given:
        force = Limits(
            _more_generous(force.recording_seconds, more.recording_seconds),
            _more_generous(force.thinking_seconds, more.thinking_seconds),
            _more_generous(force.retakes, more.retakes),
        )
    return force


def portion_seconds(standard_seconds: int) -> int:
    """Return the seconds that one press of "More time" adds: a tenth of the standard, at least 20."""
    return max(MIN_PORTION_SECONDS, -(-standard_seconds // PORTIONS))


def with_more_time(seconds: int | None, *, presses: int, standard_seconds: int | None) -> int | None:
    """Return a limit on recorded seconds after this number of presses of "More time". None (unlimited) stays None."""
    if seconds is None or standard_seconds is None:
        return seconds
    return seconds + presses * portion_seconds(standard_seconds)


def _limits_with(base: Limits, given: Given) -> Limits:
    if given.kind == Kind.RECORDING_TIME:
        return Limits(_extended(base.recording_seconds, given.value), base.thinking_seconds, base.retakes)
    if given.kind == Kind.THINKING_TIME:
        return Limits(base.recording_seconds, _extended(base.thinking_seconds, given.value), base.retakes)
    if given.kind == Kind.RETAKES:
        return Limits(base.recording_seconds, base.thinking_seconds, _more_retakes(base.retakes, given.value))
    return base


def _extended(seconds: int | None, percent: int | None) -> int | None:
    return None if seconds is None or percent is None else -(-seconds * percent // 100)


def _more_retakes(retakes: int | None, more: int | None) -> int | None:
    return None if retakes is None or more is None else retakes + more


def _more_generous(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
