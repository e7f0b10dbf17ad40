"""Parse and print rubrics as coordinators type them: one level a line, the lowest first, "name: description". No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MIN_LEVELS, MAX_LEVELS = 2, 10
MAX_NAME_LENGTH, MAX_DESCRIPTION_LENGTH = 100, 500


class RubricProblem(StrEnum):
    """The reasons why a rubric is invalid. The form has a message for each reason."""

    TOO_FEW = "too few"
    TOO_MANY = "too many"
    TWICE = "twice"
    TOO_LONG = "too long"


class InvalidRubricError(ValueError):
    """The typed lines are not a valid rubric."""

    def __init__(self, reason: RubricProblem):
        self.reason = reason
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a rubric.

    `position` counts from 1, the lowest; `description` describes an answer of this level.
    """

    position: int
    name: str
    description: str


def parse_levels(typed: str) -> list[Level]:
    """Return the typed levels, or an empty list if nothing was typed.

    Raises InvalidRubricError if the levels are invalid.
    """
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    parts = [tuple(part.strip() for part in line.partition(":")) for line in lines]
    levels = [Level(place, name, description) for place, (name, _, description) in enumerate(parts, start=1)]
    if levels and len(levels) < MIN_LEVELS:
        raise InvalidRubricError(RubricProblem.TOO_FEW)
    if len(levels) > MAX_LEVELS:
        raise InvalidRubricError(RubricProblem.TOO_MANY)
    if any(not level.name or len(level.name) > MAX_NAME_LENGTH for level in levels):
        raise InvalidRubricError(RubricProblem.TOO_LONG)
    if any(len(level.description) > MAX_DESCRIPTION_LENGTH for level in levels):
        raise InvalidRubricError(RubricProblem.TOO_LONG)
    if len({level.name.casefold() for level in levels}) < len(levels):
        raise InvalidRubricError(RubricProblem.TWICE)
    return levels


def as_lines(levels: Sequence[Level]) -> str:
    """Return the levels as lines of text, in the form that `parse_levels` reads."""
    return "\n".join(f"{level.name}: {level.description}" if level.description else level.name for level in levels)
