"""A form field for names and words that the speech model is told to expect."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField, ValidationError
from wtforms.validators import Length, Optional

from app.spoken_terms import MAX_TERM_LENGTH, MAX_TERMS, TooManyTermsError, UnusableTermError, read_terms

MAX_TYPED_LENGTH = 2000


def _terms(_form: FlaskForm, field: TextAreaField) -> None:
    """Refuse what the speech model cannot be told, and give the list its usual form."""
    try:
        field.data = ", ".join(read_terms(field.data or ""))
    except TooManyTermsError:
        raise ValidationError(_("Enter at most %(most)s words or names.", most=MAX_TERMS)) from None
    except UnusableTermError as problem:
        raise ValidationError(
            _(
                "“%(term)s” cannot be used. A word or name has letters, and at most %(most)s characters.",
                term=str(problem)[: 2 * MAX_TERM_LENGTH], most=MAX_TERM_LENGTH,
            )
        ) from None  # fmt: skip


def vocabulary_field(label: Any, description: Any) -> TextAreaField:
    """Return a field for a list of words and names, separated by commas or line breaks."""
    return TextAreaField(
        label,
        description=description,
        validators=[Optional(), Length(max=MAX_TYPED_LENGTH), _terms],
        render_kw={"rows": 3, "autocomplete": "off"},
    )
