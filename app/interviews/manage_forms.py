"""Forms for coordinators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from app.config import MAX_RETENTION_DAYS, current_config
from app.email_addresses import InvalidEmailAddressError, read_email_address
from app.interviews.models import Interview, Question
from app.interviews.moments import local_parts, moment_of, zone_names
from app.interviews.vocabulary_field import vocabulary_field
from app.language_tags import MAX_TAG_LENGTH, read_language_tag

MAX_THINKING_SECONDS = 24 * 3600
MAX_RECORDING_SECONDS = 3600
MAX_YEARS_AHEAD = 100
"""Maximum number of years until a deadline. A year such as 9999 is a typing error."""
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


def days_to_keep(_form: FlaskForm, field: WholeNumberField) -> None:
    """Refuse a number of days outside the limits of this installation."""
    floor = current_config().retention_floor_days
    if field.data is None or not floor <= field.data <= MAX_RETENTION_DAYS:
        words = _("Enter a number of days from %(least)s to %(most)s.", least=floor, most=MAX_RETENTION_DAYS)
        raise ValidationError(words)


def language_tag(_form: FlaskForm, field: StringField) -> None:
    """Refuse what is not a language code, and give a code its usual form."""
    try:
        field.data = read_language_tag((field.data or "").strip())
    except ValueError:
        raise ValidationError(_("Enter a language code such as en, cy or pt-BR.")) from None


def language_tags(_form: FlaskForm, field: StringField) -> None:
    """Refuse a list that contains an invalid language code."""
    try:
        read_language_tags(field.data or "")
    except ValueError:
        raise ValidationError(_("Enter language codes with spaces between them, such as es cy.")) from None


def read_language_tags(typed: str) -> list[str]:
    """Return the language codes (BCP 47) in a text, separated by spaces, commas or semicolons, each once.

    Raises ValueError if something is not a language code.
    """
    found = typed.replace(",", " ").replace(";", " ").split()
    return list(dict.fromkeys(read_language_tag(tag) for tag in found))


def _limit(lowest: int, highest: int) -> list[Any]:
    message = _l(
        "Enter a whole number from %(lowest)s to %(highest)s, or leave it empty.", lowest=lowest, highest=highest
    )
    return [Optional(), NumberRange(lowest, highest, message)]


class WholeNumberField(IntegerField):
    """A whole number in a text field, because number spinners are changed by accident. Errors say what to enter."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse the number. An empty field gives None. Raises ValueError with a message for people."""
        typed = valuelist[0].strip() if valuelist else ""
        try:
            super().process_formdata([typed] if typed else [])
        except ValueError:
            raise ValueError(_("Enter a whole number, in digits.")) from None
        if not typed:
            self.data: int | None = None

    def pre_validate(self, form: BaseForm) -> None:
        """Stop after an invalid number, so that it is not also reported as out of range."""
        if self.process_errors:
            raise StopValidation()


class MomentForm(FlaskForm):
    """A form with one moment, typed as an optional date and an optional time."""

    day = DateField(validators=[Optional()])
    clock = TimeField(validators=[Optional()])

    def __init__(self, *args: Any, now: datetime, before: datetime | None = None, zone: str = "UTC", **kwargs: Any):
        """`now` is the current time. `before` is the stored moment, which may be in the past.

        `zone` is the time zone of the typed moment, unless the form has a field for it.
        """
        super().__init__(*args, **kwargs)
        self.now, self.before, self._zone = now, before, zone

    def zone(self) -> str:
        """Return the time zone of the typed moment."""
        return self._zone

    def moment(self) -> datetime | None:
        """Return the typed moment in UTC, or None without a date."""
        return moment_of(self.day.data, self.clock.data, self.zone())

    def validate_day(self, field: DateField) -> None:
        """Refuse a new moment in the past, and a year so late that date arithmetic would fail."""
        if field.data is not None and abs(field.data.year - self.now.year) > MAX_YEARS_AHEAD:
            raise ValidationError(_("Enter a date within the next %(years)s years.", years=MAX_YEARS_AHEAD))
        moment = self.moment()
        if moment is not None and moment <= self.now and moment != self.before:
            raise ValidationError(_("Enter a date and time in the future."))

    def validate_clock(self, field: TimeField) -> None:
        """Refuse a time without a date."""
        if field.data is not None and self.day.data is None and not self.day.errors:
            raise ValidationError(_("Enter a date as well as the time."))


class InterviewForm(MomentForm):
    """The fields of an interview, with its deadline and its reviewers."""

    title = StringField(
        _l("Title"),
        description=_l("Candidates see this. For example, “Community nurse, first interview”."),
        validators=[DataRequired(_l("Enter a title.")), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )
    introduction = TextAreaField(
        _l("Introduction for candidates"),
        description=_l("Say what the interview is for, and what happens after it. Use plain text."),
        validators=[Length(max=5000)],
    )
    day = DateField(_l("Last day"), description=_l("Leave it empty for no deadline."), validators=[Optional()])
    clock = TimeField(_l("Time on that day"), description=_l("23:59 when you leave it empty."), validators=[Optional()])
    time_zone = SelectField(
        _l("Time zone"), choices=lambda: [SelectChoice(name, name.replace("_", " ")) for name in zone_names()]
    )
    any_order = BooleanField(_l("Candidates can answer the questions in any order"))
    language = StringField(
        _l("Language of the interview"),
        description=_l("A code such as en, cy or pt-BR. Screen readers and the speech model need it."),
        validators=[InputRequired(_l("Enter a language code.")), Length(max=MAX_TAG_LENGTH), language_tag],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    answer_languages = StringField(
        _l("Other languages of the answers"),
        description=_l(
            "Codes with spaces between them: es cy. Candidates choose from these languages and the language of the question."
        ),
        validators=[Optional(), Length(max=200), language_tags],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    vocabulary = vocabulary_field(
        _l("Names and words that candidates say"),
        _l(
            "Names of products and people, and special terms, with commas between them. The speech model listens for them."
            " It knows the name of your organisation, and the names in your questions."
        ),
    )
    retention_days = WholeNumberField(
        _l("Days to keep the answers"),
        description=_l(
            "Candidates see this. In the United States, employers must keep such records for at least one year."
        ),
        validators=[
            InputRequired(_l("Enter a number of days.")),
            days_to_keep,
        ],
        render_kw=NUMERIC,
    )
    reviewers = SelectMultipleField(
        _l("Reviewers"),
        description=_l("Only these people can see the answers to this interview."),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def zone(self) -> str:
        """Return the time zone chosen with the deadline."""
        chosen = self.time_zone.data
        return chosen if chosen in zone_names() else "UTC"

    @classmethod
    def of(cls, interview: Interview | None, *, now: datetime) -> InterviewForm:
        """Return a form filled from an interview, or with the defaults of a new one."""
        if interview is None:
            return cls(now=now, data={"any_order": True, "language": "en", "retention_days": 365, "time_zone": "UTC"})
        names = (
            "title",
            "introduction",
            "time_zone",
            "any_order",
            "language",
            "answer_languages",
            "vocabulary",
            "retention_days",
        )
        stored = {name: getattr(interview, name) for name in names}
        stored["day"], stored["clock"] = local_parts(interview.deadline_at, interview.time_zone)
        stored["reviewers"] = [user.id for user in interview.reviewers]
        return cls(data=stored, now=now, before=interview.deadline_at)


class QuestionForm(FlaskForm):
    """The fields of a question, with its limits."""

    prompt = TextAreaField(
        _l("Question"),
        description=_l("The full text that candidates read."),
        validators=[DataRequired(_l("Enter the question.")), Length(max=5000)],
    )
    thinking_seconds = WholeNumberField(
        _l("Thinking time, in seconds"),
        description=_l("For example, 60 is one minute. Leave it empty for no limit."),
        validators=_limit(0, MAX_THINKING_SECONDS),
        render_kw=NUMERIC,
    )
    recording_seconds = WholeNumberField(
        _l("Recording time, in seconds"),
        description=_l("For example, 120 is two minutes. Leave it empty for no limit. Pauses do not count."),
        validators=_limit(10, MAX_RECORDING_SECONDS),
        render_kw=NUMERIC,
    )
    retakes = WholeNumberField(
        _l("Retakes"),
        description=_l("How many times a candidate can record an answer again. Leave it empty for no limit."),
        validators=_limit(0, 100),
        render_kw=NUMERIC,
    )
    language = StringField(
        _l("Language of the question"),
        description=_l("Only if the question is not in the language of the interview."),
        validators=[Optional(), Length(max=MAX_TAG_LENGTH), language_tag],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    @classmethod
    def of(cls, question: Question | None) -> QuestionForm:
        """Return a form filled from a question, or with the defaults of a new one."""
        if question is None:
            return cls(data={"thinking_seconds": 60, "recording_seconds": 120})
        return cls(obj=question)


def _is_email_address(_form: FlaskForm, field: EmailField) -> None:
    try:
        read_email_address(field.data or "")
    except InvalidEmailAddressError:
        raise ValidationError(_l("Enter an email address such as name@example.org.")) from None


class InvitationForm(MomentForm):
    """The name and address of a candidate, and the time when their link expires."""

    name = StringField(
        _l("Name of the candidate"),
        validators=[DataRequired(_l("Enter the name of the candidate.")), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )
    email = EmailField(
        _l("Email address of the candidate"),
        validators=[
            InputRequired(_l("Enter an email address.")),
            Length(max=254),
            _is_email_address,
        ],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    day = DateField(
        _l("Last day of this link"),
        description=_l("Only if the link should end before the deadline of the interview."),
        validators=[Optional()],
    )
    clock = TimeField(_l("Time on that day"), description=_l("23:59 when you leave it empty."), validators=[Optional()])

    @classmethod
    def to(cls, interview: Interview, *, now: datetime) -> InvitationForm:
        """Return an empty form for an invitation to this interview."""
        return cls(now=now, zone=interview.time_zone)
