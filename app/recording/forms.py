"""Handing in a file that was made elsewhere, and answering in writing."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from app.recording.written import LONGEST


class FileForm(FlaskForm):
    """A plain file field: it works without JavaScript, and with every recorder that there is."""

    file = FileField(_l("Your recording"), validators=[FileRequired(_l("Choose a file."))])


class WrittenForm(FlaskForm):
    """What is written, the version of it that was changed, and what the pressed button asks for."""

    text = TextAreaField(
        _l("Your answer"),
        validators=[
            Length(
                max=LONGEST,
                message=_l("Your text is longer than %(most)s characters. Shorten it; nothing is lost.", most=LONGEST),
            )
        ],
    )
    version = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(0)])
    replace = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(0)])
    """The version of another device that the candidate has seen and replaces by theirs."""
    is_told = BooleanField()
    """Whether the page says already that another device was quicker: it is announced once."""
    keep = BooleanField()
