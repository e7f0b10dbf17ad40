"""Forms for uploading a file and for answering in writing."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.recording.written import MAX_TEXT_LENGTH


class FileForm(FlaskForm):
    """A plain file field. It works without JavaScript, and accepts files from any recording device."""

    file = FileField(_l("Your recording"), validators=[FileRequired(_l("Choose a file."))])


class WrittenForm(FlaskForm):
    """The text, the version that was edited, and the action of the pressed button."""

    text = TextAreaField(
        _l("Your answer"),
        validators=[
            Length(
                max=MAX_TEXT_LENGTH,
                message=_l(
                    "Your text is longer than %(most)s characters. Shorten it; nothing is lost.", most=MAX_TEXT_LENGTH
                ),
            )
        ],
    )
    version = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(0)])
    replace = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(0)])
    """The version from another device that the candidate has seen and wants to replace."""
    is_told = BooleanField()
    """True if the page already says that another device saved first. The message is announced only once."""
    keep = BooleanField()
