"""The usual accommodations. A candidate gets or requests each of them by pressing one button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.accommodations.offers import VALUES, Offers, read_given, typed_given
from app.accommodations.rules import Given, Kind, Policy, given_at_once
from app.accommodations.wording import given_words, times_words

PREFERRED: Sequence[Sequence[Given]] = (
    (Given(Kind.RECORDING_TIME, 200), Given(Kind.THINKING_TIME, 200)),
    (Given(Kind.RECORDING_TIME), Given(Kind.THINKING_TIME)),
    (Given(Kind.RETAKES, 2),),
    (Given(Kind.DEADLINE, 7),),
    (Given(Kind.HUMAN),),
)
_BETWEEN = ","


@dataclass(frozen=True, slots=True)
class UsualChoice:
    """One button: its accommodations, and whether the policy gives all of them at once."""

    wishes: tuple[Given, ...]
    is_at_once: bool

    @property
    def words(self) -> str:
        """The accommodations as one sentence without its full stop."""
        return given_words(self.wishes[0]) if len(self.wishes) == 1 else times_words(self.wishes[0].value)

    @property
    def typed(self) -> str:
        """The value of the button, which `read_wishes` parses."""
        return _BETWEEN.join(map(typed_given, self.wishes))


def usual_of(offers: Offers, policy: Policy, waiting: Sequence[Given]) -> list[UsualChoice]:
    """Return the buttons that would change something for a candidate with these open requests (`waiting`)."""
    found = []
    for group in PREFERRED:
        wishes = [_largest_at_once(policy, wish) for wish in group if wish.kind in offers.kinds]
        left = [wish for wish in wishes if not _is_covered(wish, [*offers.had, *waiting])]
        found += [UsualChoice(same, _is_at_once(policy, same)) for same in _by_value(left)]
    return list({usual.typed: usual for usual in found}.values())


def read_wishes(typed: str) -> list[Given]:
    """Parse the value of a button. Raises OutOfRangeError if it is invalid."""
    return [read_given(one) for one in typed.split(_BETWEEN)]


def problem_with(offers: Offers, typed: str) -> str | None:
    """Return the message if a sent value is not valid, or None if it is valid."""
    problems = map(offers.problem_with_grant, typed.split(_BETWEEN))
    return next((problem for problem in problems if problem), None)


def _largest_at_once(policy: Policy, wish: Given) -> Given:
    """Return the wish, or the largest smaller value that the policy gives at once. A wish for no limit does not change."""
    part = given_at_once(policy, wish)
    if part is None or part == wish or wish.value is None:
        return wish
    smaller = [Given(wish.kind, value) for value in VALUES[wish.kind] if value is not None]
    return max((one for one in smaller if part.covers(one)), key=lambda one: one.value or 0, default=wish)


def _is_covered(wish: Given, others: Iterable[Given]) -> bool:
    return any(other.covers(wish) for other in others)


def _is_at_once(policy: Policy, wishes: Iterable[Given]) -> bool:
    return all(given_at_once(policy, wish) == wish for wish in wishes)


def _by_value(wishes: Sequence[Given]) -> list[tuple[Given, ...]]:
    values = list(dict.fromkeys(wish.value for wish in wishes))
    return [tuple(wish for wish in wishes if wish.value == value) for value in values]
