"""The versions of a question's media, and how a candidate can play them: pure values and rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple


class MediaRole(StrEnum):
    """The role of a video or sound of a question."""

    MAIN = "main"
    SIGN = "sign"
    """The question in sign language, shown alone or next to the main version."""
    DESCRIBED = "described"
    """The main version with a voice that says what can be seen (audio description)."""


class MediaPlace(NamedTuple):
    """A place for media on a question. It is the primary key of the media there."""

    question_id: str
    role: MediaRole = MediaRole.MAIN


class Choice(StrEnum):
    """A way to play a question. The candidate chooses one, for all questions that have it."""

    MAIN = "main"
    SIGN = "sign"
    BESIDE = "beside"
    """The main version, with the sign-language version next to it. Both play together."""
    DESCRIBED = "described"


PLAYERS: Mapping[Choice, Sequence[MediaRole]] = {
    Choice.MAIN: (MediaRole.MAIN,),
    Choice.SIGN: (MediaRole.SIGN,),
    Choice.BESIDE: (MediaRole.MAIN, MediaRole.SIGN),
    Choice.DESCRIBED: (MediaRole.DESCRIBED,),
}
"""The players that the page shows for each choice, in their order."""


def choices(roles: Collection[str]) -> list[Choice]:
    """Return the ways to play a question that has media in these roles."""
    return [choice for choice, shown in PLAYERS.items() if set(shown) <= set(roles)]


def choice_in_force(chosen: object, offered: Sequence[Choice]) -> Choice | None:
    """Return the way in which to play a question, or None if it has no media.

    `chosen` is what the candidate chose at some question. If this question has no such version, the most similar way is
    used: sign language alone if the candidate chose it next to the main version, else the first way offered.
    """
    if chosen in offered:
        return Choice(str(chosen))
    if chosen == Choice.BESIDE and Choice.SIGN in offered:
        return Choice.SIGN
    return next(iter(offered), None)
