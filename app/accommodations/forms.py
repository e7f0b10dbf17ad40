"""Forms for requesting and granting accommodations, for decisions, and for the policy of an interview."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import Length

from app.accommodations.offers import NOTHING, UNLIMITED, Offers
from app.accommodations.rules import Given, Kind, Policy
from app.accommodations.wording import nothing_to_add_words

MAX_WORDS_LENGTH = 4000
ASKED: dict[str, Kind] = {
    "recording_time": Kind.RECORDING_TIME,
    "thinking_time": Kind.THINKING_TIME,
    "retakes": Kind.RETAKES,
    "deadline": Kind.DEADLINE,
}
GIVEN_AT_ONCE: dict[str, Kind] = {
    "recording_percent": Kind.RECORDING_TIME,
    "thinking_percent": Kind.THINKING_TIME,
    "retakes": Kind.RETAKES,
    "deadline_days": Kind.DEADLINE,
}
TIMED = {Kind.RECORDING_TIME, Kind.THINKING_TIME}


class OfferingForm(FlaskForm):
    """A form with choices of accommodations.

    It validates choices itself, because a sent value may no longer be offered.
    """

    offers: Offers
    limited: dict[str, Kind] = {}
    """The fields with choices of accommodations: the kind of accommodation, by field name."""

    def offered(self) -> list[Field]:
        """Return the fields with at least one choice besides "nothing", and the fields with errors."""
        return [self[name] for name in self.limited if len(self[name].choices) > 1 or self[name].errors]

    def validate(self, extra_validators: object = None) -> bool:
        """Return whether the form is valid. Choices that are not offered become errors."""
        is_valid = bool(super().validate())
        for name, kind in self.limited.items():
            is_valid = not self.refuse(self[name], self.offers.problem_with_choice(kind, sent(self[name]))) and is_valid
        return is_valid

    def refuse(self, field: Field, problem: str | None) -> bool:
        """Add the problem, if there is one, to the field's errors and reset the field. Return whether there was a
        problem.
        """
        if problem:
            field.errors, field.data = [problem], NOTHING
        return bool(problem)


def sent(field: Field) -> str:
    """Return the value that the browser sent for a choice, or "" if it sent none."""
    return str(field.raw_data[0]) if field.raw_data else NOTHING


class AskForm(OfferingForm):
    """A candidate's requests. Every field is optional, and the form asks for no reason and no document."""

    limited = ASKED
    recording_time = RadioField(_l("Recording time"), validate_choice=False)
    thinking_time = RadioField(_l("Thinking time before recording"), validate_choice=False)
    retakes = RadioField(_l("Recording an answer again"), validate_choice=False)
    deadline = RadioField(_l("Deadline"), validate_choice=False)
    human = BooleanField(
        _l("Speak with a person instead of recording"),
        description=_l("Someone decides how this will work, and writes to you."),
    )
    words = TextAreaField(
        _l("Ask in your own words"),
        description=_l("Say what would help. Only the people who decide read this."),
        validators=[
            Length(max=MAX_WORDS_LENGTH, message=_l("Use at most %(most)s characters.", most=MAX_WORDS_LENGTH))
        ],
    )
    carry = BooleanField(
        _l("Use the same choices for me in later interviews here"),
        description=_l("You then do not need to ask this organisation again. You can change this at any time."),
    )

    @classmethod
    def under(cls, policy: Policy, offers: Offers, *, carry: bool) -> AskForm:
        """Return the form. The label of each choice says whether this policy gives it at once."""
        form = cls(carry=carry)
        form.offers = offers
        for name, kind in ASKED.items():
            form[name].choices = offers.choices(kind, policy)
            form[name].data = form[name].data or NOTHING
        return form

    @property
    def has_choices(self) -> bool:
        """Whether one of the choices behind "More choices" was made, or has an error."""
        return bool(self.human.data or any(self[name].data or self[name].errors for name in ASKED))

    def wishes(self) -> list[Given]:
        """Return the chosen accommodations, in the order of the form."""
        chosen = [(kind, self[name].data) for name, kind in ASKED.items() if self[name].data != NOTHING]
        wishes = [Given(kind, None if value == UNLIMITED else int(value)) for kind, value in chosen]
        return [*wishes, Given(Kind.HUMAN)] if self.human.data else wishes


class DecisionForm(OfferingForm):
    """The decision on one request."""

    decision = RadioField(_l("Your decision"))
    given = SelectField(_l("What you grant instead"), validate_choice=False)
    reason = TextAreaField(
        _l("What you tell the candidate"),
        description=_l("The candidate reads this. You must give a reason when you decline."),
        validators=[
            Length(max=MAX_WORDS_LENGTH, message=_l("Use at most %(most)s characters.", most=MAX_WORDS_LENGTH))
        ],
    )
    wish: Given

    @classmethod
    def on(cls, wish: Given, offers: Offers) -> DecisionForm:
        """Return the form for a request. It offers only grants that would have an effect."""
        form = cls()
        form.offers, form.wish = offers, wish
        choices = [
            SelectChoice("grant", _("Grant what was asked for")),
            SelectChoice("otherwise", _("Grant something else")),
            SelectChoice("decline", _("Decline")),
        ]
        form.decision.choices = choices if form.may_grant else choices[1:]
        form.given.choices = offers.grantable()
        return form

    @property
    def may_grant(self) -> bool:
        """Whether granting the request as asked would have an effect."""
        return self.wish.kind in self.offers.kinds

    def validate(self, extra_validators: object = None) -> bool:
        """Return whether the form is valid. The grant must have an effect, and declining needs a reason."""
        is_valid = super().validate()
        if sent(self.decision) == "grant" and not self.may_grant:
            return not self.refuse(self.decision, nothing_to_add_words(self.wish.kind))
        if self.decision.data == "otherwise":
            is_valid = not self.refuse(self.given, self.offers.problem_with_grant(sent(self.given))) and is_valid
        if self.decision.data == "decline" and not (self.reason.data or "").strip():
            self.reason.errors = [_("Give a reason that the candidate can read.")]
            return False
        return is_valid


class GrantForm(OfferingForm):
    """A grant without a request."""

    given = SelectField(_l("What you grant"), validate_choice=False)

    @classmethod
    def of(cls, offers: Offers) -> GrantForm:
        """Return the form with everything that can be granted."""
        form = cls()
        form.offers = offers
        form.given.choices = offers.grantable()
        return form

    def validate(self, extra_validators: object = None) -> bool:
        """Return whether the form is valid. The grant must be one of those offered."""
        is_valid = super().validate()
        return not self.refuse(self.given, self.offers.problem_with_grant(sent(self.given))) and is_valid


class PolicyForm(OfferingForm):
    """The policy of one interview: the accommodations that it gives without a decision."""

    limited = GIVEN_AT_ONCE
    recording_percent = RadioField(_l("Recording time"), validate_choice=False)
    thinking_percent = RadioField(_l("Thinking time before recording"), validate_choice=False)
    retakes = RadioField(_l("Recording an answer again"), validate_choice=False)
    deadline_days = RadioField(_l("Deadline"), validate_choice=False)
    more_time = BooleanField(
        _l("“More time” while recording"),
        description=_l(
            "Candidates can press “More time” up to ten times in a recording. Each press adds a tenth of the "
            "standard time. If you do not tick this, the button is not shown."
        ),
    )
    before: Policy

    @classmethod
    def of(cls, policy: Policy, offers: Offers) -> PolicyForm:
        """Return the form filled with a policy."""
        form = cls(
            recording_percent=_typed(policy.recording_percent, 100),
            thinking_percent=_typed(policy.thinking_percent, 100),
            retakes=_typed(policy.retakes, 0),
            deadline_days=_typed(policy.deadline_days, 0),
            more_time=policy.more_time_presses > 0,
        )
        form.offers, form.before = offers, policy
        for name, kind in GIVEN_AT_ONCE.items():
            form[name].choices = offers.choices(kind, None)
        return form

    @property
    def has_more_time(self) -> bool:
        """Whether the interview has a time limit that "More time" could lengthen."""
        return not TIMED.isdisjoint(self.offers.kinds)

    def validate(self, extra_validators: object = None) -> bool:
        """Return whether the form is valid. "More time" must be able to lengthen a limit."""
        is_valid = super().validate()
        if sent(self.more_time) and not self.has_more_time:
            self.more_time.errors = [nothing_to_add_words(Kind.RECORDING_TIME)]
            return False
        return is_valid

    def policy(self) -> Policy:
        """Return the chosen policy.

        A field that is not shown, because the interview has no such limit, keeps its value: the limit may be added again.
        """
        before = self.before
        presses = Policy().more_time_presses if self.more_time.data else 0
        return Policy(
            self._chosen("recording_percent", before.recording_percent, 100),
            self._chosen("thinking_percent", before.thinking_percent, 100),
            self._chosen("retakes", before.retakes, 0),
            self._chosen("deadline_days", before.deadline_days, 0) or 0,
            presses if self.has_more_time else before.more_time_presses,
        )

    def _chosen(self, name: str, before: int | None, nothing: int) -> int | None:
        return _number(self[name].data, nothing) if GIVEN_AT_ONCE[name] in self.offers.kinds else before


def _typed(value: int | None, nothing: int) -> str:
    if value is None:
        return UNLIMITED
    return NOTHING if value <= nothing else str(value)


def _number(typed: str, nothing: int) -> int | None:
    if typed == UNLIMITED:
        return None
    return nothing if typed == NOTHING else int(typed)
