"""The figures of a report. This module uses neither a clock nor the database. Durations are in hours.

A group of fewer than SMALL people is hidden, because its figure would identify individuals. The other group is then
hidden too: together with the total it would reveal the small one (complementary suppression). Numbers of people are
rounded to the nearest STEP, and shares to the nearest STEP per cent, but never to 0 or 100. So a comparison of two
periods that differ by a day reveals no single person, and neither does a unanimous group. Requests are counted exactly,
because they measure work, not people. (Rounding to the nearest 5 and "fewer than 5": Ofqual, "Rounding policy for
statistical publications".)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

SMALL = 5
STEP = 5
STEPS: Sequence[tuple[float, float | None]] = ((0, 4), (4, 24), (24, 48), (48, 168), (168, None))
"""Ranges for the time to a decision in hours: (from, up to but not including). None means no upper bound."""


@dataclass(frozen=True, slots=True)
class RequestFigures:
    """One request: its state, when it was made, and when it was decided or withdrawn (None while it is open)."""

    state: str
    asked_at: datetime
    ended_at: datetime | None

    @property
    def hours(self) -> float | None:
        """The hours from the request to its end, or None while it is open. It is 0 if the clock went back."""
        return None if self.ended_at is None else max(0.0, (self.ended_at - self.asked_at) / timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class CandidateProgress:
    """One candidate who started: whether they have accommodations, and whether they sent their answers."""

    has_grants: bool
    has_sent: bool


@dataclass(frozen=True, slots=True)
class CompletionShare:
    """The percentage of a group that sent their answers (STEP to 100 - STEP), and the rounded size of the group.

    Both are None if this group, or the group that it is compared with, is too small to be shown.
    """

    per_cent: int | None
    of: int | None

    @classmethod
    def from_counts(cls, sent: int, of: int) -> CompletionShare:
        """Return the share of a group, rounded for publication."""
        return cls(min(max(_to_a_step(100 * sent / of), STEP), 100 - STEP), people(of))


@dataclass(frozen=True, slots=True)
class DecisionTimes:
    """Times from request to decision in hours: the median, the longest, and the number of decisions in each of STEPS."""

    median: float | None
    worst: float | None
    counts: Sequence[int]


def times(hours: Iterable[float]) -> DecisionTimes:
    """Return the times from request to decision. A time is 0 if the clock went back."""
    hours = [max(0.0, each) for each in hours]
    counts = [sum(low <= each and (high is None or each < high) for each in hours) for low, high in STEPS]
    return DecisionTimes(median(hours) if hours else None, max(hours, default=None), counts)


def completion(
    candidates: Mapping[CandidateProgress, int] | Iterable[CandidateProgress],
) -> tuple[CompletionShare, CompletionShare, CompletionShare]:
    """Return the shares of candidates who sent their answers: all, with accommodations, and without.

    `candidates` are the candidates, or the number of each kind of them.
    """
    everyone = Counter(candidates)
    groups = [
        everyone,
        Counter({one: count for one, count in everyone.items() if one.has_grants}),
        Counter({one: count for one, count in everyone.items() if not one.has_grants}),
    ]
    is_told = [group.total() >= SMALL for group in groups]
    is_told[1] = is_told[2] = is_told[1] and is_told[2]
    shares = [
        CompletionShare.from_counts(sum(count for one, count in group.items() if one.has_sent), group.total())
        if told
        else CompletionShare(None, None)
        for group, told in zip(groups, is_told, strict=True)
    ]
    return shares[0], shares[1], shares[2]


def people(count: int) -> int | None:
    """Return the rounded number of people, or None if there are fewer than SMALL (also if there are none)."""
    return None if count < SMALL else _to_a_step(count)


def _to_a_step(number: float) -> int:
    return STEP * int(number / STEP + 0.5)
