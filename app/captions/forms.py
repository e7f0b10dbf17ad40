"""The forms of the caption editor. The captions themselves are repeated fields, read by `editing`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from app.captions.files.timestamps import LATEST_MS
from app.interviews.manage_forms import language_tag

VERSION = NumberRange(min=0, max=1_000_000)


class VersionForm(FlaskForm):
    """Which version somebody saw when they pressed the button."""

    base = IntegerField(widget=HiddenInput(), validators=[InputRequired(), VERSION])


class EditorForm(VersionForm):
    """What stands beside the captions."""

    source = HiddenField()
    """"file" while what is edited has just been read from a file."""
    language = StringField(
        _l("Language of the captions"),
        description=_l("A code such as en, cy or pt-BR; und where it is not known."),
        validators=[InputRequired(_l("Enter a language code.")), Length(max=35), language_tag],
    )


class ImportForm(VersionForm):
    """A caption file from elsewhere."""

    file = FileField(_l("Caption file"), validators=[FileRequired(_l("Choose a file."))])


class CarriedFileForm(FlaskForm):
    """A caption file that was read and cannot be settled without a person: it travels with the page."""

    content = HiddenField(validators=[InputRequired()])
    """Base64, in the alphabet for addresses, in which a form needs no more room."""
    name = HiddenField(validators=[Length(max=255)])
    encoding = SelectField(_l("Text encoding of the file"), validate_choice=False)


class EncodingForm(VersionForm, CarriedFileForm):
    """Which encoding the letters of a file for the editor are in."""


class PromptForm(FlaskForm):
    """The video or sound of a question, and its captions."""

    file = FileField(_l("Video or sound"), validators=[FileRequired(_l("Choose a file."))])
    captions = FileField(_l("Captions"))


class PromptDraftForm(CarriedFileForm):
    """Captions of a question, looked over before they are saved."""

    draft = HiddenField(validators=[InputRequired()])
    moved_ms = IntegerField(widget=HiddenInput(), default=0, validators=[NumberRange(min=0, max=LATEST_MS)])
    """By how much all captions come earlier than in their file."""
