"""A rubric as a coordinator types it: one level a line, the lowest first, "name: what it means". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

FEWEST, MOST = 2, 10
LONGEST_NAME, LONGEST_DESCRIPTION = 100, 500


class Unfit(StrEnum):
    """Why a rubric cannot be used; the words for it are the page's."""

    TOO_FEW = "too few"
    TOO_MANY = "too many"
    TWICE = "twice"
    TOO_LONG = "too long"


class UnfitRubric(ValueError):
    """The lines are no rubric."""

    def __init__(self, reason: Unfit):
        self.reason = reason
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Level:
    """A level: its place from 1, the lowest, its name, and what an answer of this level is like."""

    position: int
    name: str
    description: str


def parse_levels(typed: str) -> list[Level]:
    """Return the levels, none when nothing was typed. Raises UnfitRubric."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    parts = [tuple(part.strip() for part in line.partition(":")) for line in lines]
    levels = [Level(place, name, description) for place, (name, _, description) in enumerate(parts, start=1)]
    if levels and len(levels) < FEWEST:
        raise UnfitRubric(Unfit.TOO_FEW)
    if len(levels) > MOST:
        raise UnfitRubric(Unfit.TOO_MANY)
    if any(not level.name or len(level.name) > LONGEST_NAME for level in levels):
        raise UnfitRubric(Unfit.TOO_LONG)
    if any(len(level.description) > LONGEST_DESCRIPTION for level in levels):
        raise UnfitRubric(Unfit.TOO_LONG)
    if len({level.name.casefold() for level in levels}) < len(levels):
        raise UnfitRubric(Unfit.TWICE)
    return levels


def as_lines(levels: Sequence[Level]) -> str:
    """Return levels as they were typed."""
    return "\n".join(f"{level.name}: {level.description}" if level.description else level.name for level in levels)
