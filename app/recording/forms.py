"""Handing in a file that was made elsewhere."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class FileForm(FlaskForm):
    """A plain file field: it works without JavaScript, and with every recorder that there is."""

    file = FileField(_l("Your recording"), validators=[FileRequired(_l("Choose a file."))])
