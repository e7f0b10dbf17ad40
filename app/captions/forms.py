"""The forms of the caption pages. The captions in the editor are repeated fields, which `editor_routes` reads."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import HiddenInput

from app.captions.files.timestamps import LATEST_MS
from app.interviews.manage_forms import language_tag
from app.language_tags import MAX_TAG_LENGTH, UNKNOWN_LANGUAGE

VERSION = NumberRange(min=0, max=1_000_000)


class VersionForm(FlaskForm):
    """The version that the page showed when the button was pressed."""

    base = IntegerField(widget=HiddenInput(), validators=[InputRequired(), VERSION])


def language_tag_or_unknown(form: FlaskForm, field: StringField) -> None:
    """Refuse what is neither a language code nor `und`, the code for an unknown language."""
    if field.data != UNKNOWN_LANGUAGE:
        language_tag(form, field)


class EditorForm(VersionForm):
    """The fields of the caption editor other than the captions."""

    source = HiddenField()
    """"file" if the captions in the form were read from a file and have not been saved yet."""
    language = StringField(
        _l("Language of the captions"),
        description=_l("A code such as en, cy or pt-BR. Type und if you do not know the language."),
        validators=[InputRequired(_l("Enter a language code.")), Length(max=MAX_TAG_LENGTH), language_tag_or_unknown],
    )


class ImportForm(VersionForm):
    """Upload of a caption file."""

    file = FileField(_l("Caption file"), validators=[FileRequired(_l("Choose a file."))])


class CarriedFileForm(FlaskForm):
    """A form that contains a caption file, because the user must choose the encoding of the file first."""

    content = HiddenField(validators=[InputRequired()])
    """The file in URL-safe base64, which form encoding does not make longer."""
    name = HiddenField(validators=[Length(max=255)])
    encoding = SelectField(_l("Text encoding of the file"), validate_choice=False)


class EncodingForm(VersionForm, CarriedFileForm):
    """The form in which the user chooses the encoding of a caption file that is imported into the editor."""


class QuestionMediaForm(FlaskForm):
    """The video or sound of a question, and its captions."""

    file = FileField(_l("Video or sound"), validators=[FileRequired(_l("Choose a file."))])
    captions = FileField(_l("Captions"))


class QuestionMediaDraftForm(CarriedFileForm):
    """Captions of a question, which the coordinator checks before they are saved."""

    draft = HiddenField(validators=[InputRequired()])
    moved_ms = IntegerField(widget=HiddenInput(), default=0, validators=[NumberRange(min=0, max=LATEST_MS)])
    """How many milliseconds earlier all captions start than in their file."""
