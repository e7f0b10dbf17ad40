"""Asking, deciding, and what an interview gives at once."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import Length

from app.accommodations.rules import MOST_PER_CENT, Given, Kind, OutOfRange, Policy, given_at_once
from app.accommodations.wording import given_words, kind_words

NOTHING, UNLIMITED = "", "none"
LONGEST_WORDS = 4000
OFFERED: dict[Kind, Sequence[int | None]] = {
    Kind.RECORDING_TIME: (125, 150, 200, 300, MOST_PER_CENT, None),
    Kind.THINKING_TIME: (125, 150, 200, 300, MOST_PER_CENT, None),
    Kind.RETAKES: (1, 2, 5, None),
    Kind.DEADLINE: (2, 7, 14),
}
"""What can be picked; a coordinator may give any value."""
FIELDS: dict[str, Kind] = {
    "recording_time": Kind.RECORDING_TIME,
    "thinking_time": Kind.THINKING_TIME,
    "retakes": Kind.RETAKES,
    "deadline": Kind.DEADLINE,
}


class AskForm(FlaskForm):
    """What a candidate would like. Nothing has to be chosen, no reason is asked, and no document."""

    recording_time = RadioField(_l("Time to record"))
    thinking_time = RadioField(_l("Time to think before recording"))
    retakes = RadioField(_l("Recording an answer again"))
    deadline = RadioField(_l("Deadline"))
    human = BooleanField(
        _l("Speak with a person instead of recording"),
        description=_l("A person decides how, and writes to you."),
    )
    words = TextAreaField(
        _l("Something else, in your own words"),
        description=_l(
            "Say what would help. You need not say why. Only those who decide can read it; those who review your answers cannot."
        ),
        validators=[Length(max=LONGEST_WORDS, message=_l("Use at most %(most)s characters.", most=LONGEST_WORDS))],
    )
    carry = BooleanField(
        _l("Give me the same in later interviews of this organisation"),
        description=_l("Then you need not ask again. You can change this at any time."),
    )

    @classmethod
    def under(cls, policy: Policy, *, carry: bool) -> AskForm:
        """Return the form whose choices say what this policy gives at once."""
        form = cls(carry=carry)
        for name, kind in FIELDS.items():
            form[name].choices = _choices(kind, policy)
            form[name].data = form[name].data or NOTHING
        return form

    def wishes(self) -> list[Given]:
        """Return what was chosen, in the order of the form."""
        chosen = [(kind, self[name].data) for name, kind in FIELDS.items() if self[name].data != NOTHING]
        wishes = [Given(kind, None if value == UNLIMITED else int(value)) for kind, value in chosen]
        return [*wishes, Given(Kind.HUMAN)] if self.human.data else wishes


class DecisionForm(FlaskForm):
    """One request, decided."""

    decision = RadioField(
        _l("Your decision"),
        choices=[
            SelectChoice("grant", _l("Grant what was asked for")),
            SelectChoice("otherwise", _l("Grant something else")),
            SelectChoice("decline", _l("Decline")),
        ],
    )
    given = SelectField(_l("What you grant instead"), validate_choice=True)
    reason = TextAreaField(
        _l("What you tell the candidate"),
        description=_l("The candidate reads these words. They are needed when you decline."),
        validators=[Length(max=LONGEST_WORDS, message=_l("Use at most %(most)s characters.", most=LONGEST_WORDS))],
    )

    @classmethod
    def make(cls) -> DecisionForm:
        """Return the form with everything that can be granted."""
        form = cls()
        form.given.choices = grantable()
        return form

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for a reason where there has to be one."""
        is_valid = bool(super().validate())
        if self.decision.data == "decline" and not (self.reason.data or "").strip():
            self.reason.errors = [_("Say why, in words that the candidate can read.")]
            return False
        return is_valid


class GrantForm(FlaskForm):
    """Something granted without having been asked for."""

    given = SelectField(_l("What you grant"))

    @classmethod
    def make(cls) -> GrantForm:
        """Return the form with everything that can be granted."""
        form = cls()
        form.given.choices = grantable()
        return form


class PolicyForm(FlaskForm):
    """What one interview gives at once to everyone who asks."""

    recording_percent = RadioField(_l("Time to record"))
    thinking_percent = RadioField(_l("Time to think before recording"))
    retakes = RadioField(_l("Recording an answer again"))
    deadline_days = RadioField(_l("Deadline"))
    more_time = BooleanField(
        _l("“More time” while recording"),
        description=_l(
            "Ten presses, each a tenth of the standard time. Without it, each press would need a decision, so it is not offered."
        ),
    )

    @classmethod
    def of(cls, policy: Policy) -> PolicyForm:
        """Return the form filled with a policy."""
        form = cls(
            recording_percent=_typed(policy.recording_percent, 100),
            thinking_percent=_typed(policy.thinking_percent, 100),
            retakes=_typed(policy.retakes, 0),
            deadline_days=_typed(policy.deadline_days, 0),
            more_time=policy.more_time_presses > 0,
        )
        for name, kind in zip(
            ("recording_percent", "thinking_percent", "retakes", "deadline_days"), OFFERED, strict=True
        ):
            form[name].choices = _choices(kind, None)
        return form

    def policy(self) -> Policy:
        """Return the policy that was chosen."""
        return Policy(
            _number(self.recording_percent.data, 100),
            _number(self.thinking_percent.data, 100),
            _number(self.retakes.data, 0),
            _number(self.deadline_days.data, 0) or 0,
            Policy().more_time_presses if self.more_time.data else 0,
        )


def grantable() -> list[SelectChoice]:
    """Return everything that a coordinator can grant, as choices whose values `read_given` reads."""
    picks = [(kind, value) for kind, values in OFFERED.items() for value in values]
    choices = [
        SelectChoice(f"{kind}:{NOTHING if value is None else value}", given_words(Given(kind, value)))
        for kind, value in picks
    ]
    return [*choices, *(SelectChoice(f"{kind}:", kind_words(kind)) for kind in (Kind.HUMAN, Kind.OTHER))]


def read_given(typed: str) -> Given:
    """Return what a choice of `grantable` stands for. Raises OutOfRange for anything else."""
    kind, _separator, value = typed.partition(":")
    try:
        return Given(Kind(kind), int(value) if value else None)
    except ValueError as problem:
        raise OutOfRange(typed[:60]) from problem


def _choices(kind: Kind, policy: Policy | None) -> list[SelectChoice]:
    nothing = _("As the interview has it") if policy else _("Nothing at once: a person decides")
    choices = [SelectChoice(NOTHING, nothing)]
    for value in OFFERED[kind]:
        wish = Given(kind, value)
        label = given_words(wish)
        if policy:
            at_once = given_at_once(policy, wish) == wish
            label = _("%(what)s (at once)", what=label) if at_once else _("%(what)s (a person decides)", what=label)
        choices.append(SelectChoice(UNLIMITED if value is None else str(value), label))
    return choices


def _typed(value: int | None, nothing: int) -> str:
    if value is None:
        return UNLIMITED
    return NOTHING if value <= nothing else str(value)


def _number(typed: str, nothing: int) -> int | None:
    if typed == UNLIMITED:
        return None
    return nothing if typed == NOTHING else int(typed)
