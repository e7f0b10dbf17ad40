"""The accommodations that pages offer, and the reasons why some are not offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accommodations.rules import MAX_PER_CENT, Given, Kind, OutOfRangeError, Policy, given_at_once, superseded_by
from app.accommodations.wording import given_words, kind_words, nothing_to_add_words, unlimited_words

NOTHING, UNLIMITED = "", "none"
VALUES: dict[Kind, Sequence[int | None]] = {
    Kind.RECORDING_TIME: (125, 150, 200, 300, MAX_PER_CENT, None),
    Kind.THINKING_TIME: (125, 150, 200, 300, MAX_PER_CENT, None),
    Kind.RETAKES: (1, 2, 5, None),
    Kind.DEADLINE: (2, 7, 14),
}


@dataclass(frozen=True, slots=True)
class Offers:
    """The accommodations that can be offered to one candidate, or by one interview.

    `kinds` are the kinds of accommodation that can have an effect. `had` are the accommodations that the candidate
    already has. Values that `had` covers are not offered. If a form still sends one, it is accepted, so that a form can
    be sent twice.
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    had: Sequence[Given] = ()

    def values(self, kind: Kind) -> list[int | None]:
        """Return the values of a kind of accommodation that would have an effect."""
        if kind not in self.kinds:
            return []
        return [value for value in VALUES[kind] if not any(one.covers(Given(kind, value)) for one in self.had)]

    def facts(self) -> list[str]:
        """Return a sentence for each kind of accommodation that is not offered because it has no limit to lengthen."""
        return [unlimited_words(kind) for kind in VALUES if kind not in self.kinds]

    def choices(self, kind: Kind, policy: Policy | None) -> list[SelectChoice]:
        """Return the choices of a kind of accommodation, "nothing" first.

        With a policy, the first choice is what the candidate has now, and each other label says whether the policy
        gives it at once.
        """
        nothing = self._in_force_words(kind) if policy else _("Nothing without a decision")
        choices = [SelectChoice(NOTHING, nothing)]
        for value in self.values(kind):
            wish = Given(kind, value)
            label = given_words(wish)
            if policy:
                at_once = given_at_once(policy, wish) == wish
                label = _("%(what)s (at once)", what=label) if at_once else _("%(what)s (on request)", what=label)
            choices.append(SelectChoice(_typed(value), label))
        return choices

    def _in_force_words(self, kind: Kind) -> str:
        had = [one for one in self.had if one.kind == kind]
        best = [one for one, by in zip(had, superseded_by(had), strict=True) if by is None]
        if not best:
            return _("Standard (in force)")
        if kind == Kind.DEADLINE:  # days of several grants add up
            best = [Given(kind, sum(one.value or 0 for one in best))]
        return _("%(what)s (in force)", what=given_words(best[0]))

    def problem_with_choice(self, kind: Kind, typed: str) -> str | None:
        """Return the message if a sent value is not valid for `choices`, or None if it is valid."""
        if typed == NOTHING:
            return None
        if kind not in self.kinds:
            return nothing_to_add_words(kind)
        return None if typed in map(_typed, VALUES[kind]) else _("Choose from the list.")

    def grantable(self) -> list[SelectChoice]:
        """Return everything that a coordinator can grant, as choices. `read_given` parses their values."""
        picks = [Given(kind, value) for kind in VALUES for value in self.values(kind)]
        choices = [SelectChoice(typed_given(pick), given_words(pick)) for pick in picks]
        others = [kind for kind in (Kind.HUMAN, Kind.OTHER) if not any(one.covers(Given(kind)) for one in self.had)]
        return [*choices, *(SelectChoice(typed_given(Given(kind)), kind_words(kind)) for kind in others)]

    def problem_with_grant(self, typed: str) -> str | None:
        """Return the message if a sent value is not valid for `grantable`, or None if it is valid."""
        try:
            given = read_given(typed)
        except OutOfRangeError:
            return _("Choose from the list.")
        if given.kind not in self.kinds:
            return nothing_to_add_words(given.kind)
        return None if given.value in VALUES.get(given.kind, (None,)) else _("Choose from the list.")


def read_given(typed: str) -> Given:
    """Parse the value of a choice of `Offers.grantable`. Raises OutOfRangeError if the value is invalid."""
    kind, _separator, value = typed.partition(":")
    try:
        return Given(Kind(kind), int(value) if value else None)
    except ValueError as problem:
        raise OutOfRangeError(typed[:60]) from problem


def _typed(value: int | None) -> str:
    return UNLIMITED if value is None else str(value)


def typed_given(given: Given) -> str:
    """Return the value of a choice of `Offers.grantable`, which `read_given` parses."""
    return f"{given.kind}:{NOTHING if given.value is None else given.value}"
