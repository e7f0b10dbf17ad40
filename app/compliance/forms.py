"""The auditor's forms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

MAX_REASON_LENGTH = 2000


class EraseForm(FlaskForm):
    """The confirmation of an erasure, which cannot be undone (WCAG 3.3.4)."""

    confirm = BooleanField(
        _l("I want to erase everything that is held about this person"),
        validators=[InputRequired(_l("Tick the box if you want to erase everything."))],
    )


class HoldForm(FlaskForm):
    """The reason for a legal hold. The text is sealed."""

    reason = TextAreaField(
        _l("Why the data must be kept"),
        description=_l("For example, a court case and who asked for the hold. Only compliance can read this."),
        validators=[
            DataRequired(_l("Say why the data must be kept.")),
            Length(max=MAX_REASON_LENGTH, message=_l("Use at most 2,000 characters.")),
        ],
    )


class ReviewExceptionForm(FlaskForm):
    """A review exception: a person who may review an interview although they see its accommodations, and the reason."""

    user = SelectField(_l("Reviewer"), validators=[InputRequired(_l("Choose a reviewer."))])
    reason = TextAreaField(
        _l("Why the exception is needed"),
        validators=[
            DataRequired(_l("Say why the exception is needed.")),
            Length(max=MAX_REASON_LENGTH, message=_l("Use at most 2,000 characters.")),
        ],
    )
