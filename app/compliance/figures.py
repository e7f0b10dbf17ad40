"""The figures of a report, from facts. Pure: no clock, no database. Lengths of time are in hours.

A group of fewer than SMALL people is not shown, because its figure would be about somebody. Nor is then the other
group: with the total it would give the small one away (complementary suppression). People are counted to the nearest
STEP and shares to the nearest STEP per cent, never none and never all: so that neither two periods that differ by a day
nor a group of one mind tell about one person. Requests are work and not people, and are counted exactly. (Rounding to
the nearest 5 and "fewer than 5": Ofqual, "Rounding policy for statistical publications".)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

SMALL = 5
STEP = 5
STEPS: Sequence[tuple[float, float | None]] = ((0, 4), (4, 24), (24, 48), (48, 168), (168, None))
"""Bounds of the groups in which times to a decision are counted, in hours: from, up to but not including."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: what became of it, when it was made, and when it was decided or withdrawn (None: it is open)."""

    state: str
    asked_at: datetime
    ended_at: datetime | None

    @property
    def hours(self) -> float | None:
        """How long it took; a clock that went back counts as no time."""
        return None if self.ended_at is None else max(0.0, (self.ended_at - self.asked_at) / timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate who began: whether they have accommodations, and whether they sent their answers."""

    has_grants: bool
    has_sent: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many per cent of a group of about so many sent their answers, STEP to 100 - STEP.

    None: the group, or the other one, is too small to be shown.
    """

    per_cent: int | None
    of: int | None

    @classmethod
    def from_counts(cls, sent: int, of: int) -> Share:
        """Return the share of a group that may be shown."""
        return cls(min(max(_to_a_step(100 * sent / of), STEP), 100 - STEP), people(of))


@dataclass(frozen=True, slots=True)
class Times:
    """Times to a decision: median, worst, and how many took up to which bound of STEPS."""

    median: float | None
    worst: float | None
    counts: Sequence[int]


def times(asked: Iterable[Asked], decided: frozenset[str]) -> Times:
    """Return how long decisions took; `decided` names the states that are decisions."""
    hours = [one.hours for one in asked if one.state in decided and one.hours is not None]
    counts = [sum(low <= each and (high is None or each < high) for each in hours) for low, high in STEPS]
    return Times(median(hours) if hours else None, max(hours, default=None), counts)


def completion(candidates: Iterable[Candidate]) -> tuple[Share, Share, Share]:
    """Return who sent their answers: of all, of those with accommodations, and of those without."""
    everyone = list(candidates)
    groups = [everyone, [one for one in everyone if one.has_grants], [one for one in everyone if not one.has_grants]]
    is_told = [len(group) >= SMALL for group in groups]
    is_told[1] = is_told[2] = is_told[1] and is_told[2]
    shares = [
        Share.from_counts(sum(one.has_sent for one in group), len(group)) if told else Share(None, None)
        for group, told in zip(groups, is_told, strict=True)
    ]
    return shares[0], shares[1], shares[2]


def people(count: int) -> int | None:
    """Return about how many people there are; None: fewer than SMALL, perhaps nobody."""
    return None if count < SMALL else _to_a_step(count)


def _to_a_step(number: float) -> int:
    return STEP * int(number / STEP + 0.5)
