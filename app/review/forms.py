"""The form for how an interview is scored: blind review, and one text box for the rubric of each question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectChoice, TextAreaField, ValidationError

from app.interviews.models import BlindMode
from app.review.rubric import InvalidRubricError, Level, RubricProblem, as_lines, parse_levels

PREFIX = "levels_"


class ScoringForm(FlaskForm):
    """The choice of what reviewers see of candidates. `scoring_form` adds one text box for each rubric."""

    blind = RadioField(
        _l("What reviewers see and hear of candidates"),
        choices=[
            SelectChoice(str(BlindMode.OFF), _l("Name, picture and voice")),
            SelectChoice(str(BlindMode.VOICE), _l("Voice and transcript, without name or picture")),
            SelectChoice(str(BlindMode.TEXT), _l("Transcript only, without name, picture or voice")),
        ],
    )

    def rubrics(self) -> dict[str, list[Level]]:
        """Return the levels of each question by question id. The form must be valid."""
        fields = (field for field in self if field.name.startswith(PREFIX))
        return {field.name.removeprefix(PREFIX): parse_levels(field.data or "") for field in fields}

    def rubric_of(self, question_id: str) -> Field:
        """Return the text box of a question. Raises KeyError if the question has no box."""
        return self[PREFIX + question_id]


def scoring_form(blind: str, rubrics: Mapping[str, Sequence[Level]], used: Collection[str]) -> ScoringForm:
    """Return the form, filled in with the rubrics by question id.

    Rubrics of the questions in `used` cannot be changed and have no box.
    """
    boxes = {
        PREFIX + question_id: TextAreaField(
            _l("Levels of question %(number)s", number=number),
            description=_l(
                "Write one level on each line, lowest first. Give its name, a colon, and a description of such an "
                "answer."
            ),
            validators=[_check_levels],
        )
        for number, question_id in enumerate(rubrics, start=1)
        if question_id not in used
    }
    lines = {PREFIX + question_id: as_lines(levels) for question_id, levels in rubrics.items()}
    form: ScoringForm = type("FilledScoringForm", (ScoringForm,), boxes)(data={"blind": blind, **lines})
    return form


def _check_levels(_form: FlaskForm, field: Field) -> None:
    try:
        parse_levels(field.data or "")
    except InvalidRubricError as unfit:
        raise ValidationError(_words_for(unfit.reason)) from None


def _words_for(reason: RubricProblem) -> str:
    return {
        RubricProblem.TOO_FEW: _("Write at least two levels, one on each line, or leave the box empty."),
        RubricProblem.TOO_MANY: _("Write at most ten levels."),
        RubricProblem.TWICE: _("Two levels have the same name. Give each level a different name."),
        RubricProblem.TOO_LONG: _("Every level needs a name of 1 to 100 characters, and a description of at most 500."),
    }[reason]
