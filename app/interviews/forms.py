"""Forms for candidates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice

from app.interviews.rules import BY_PRESS, COUNTDOWNS
from app.interviews.vocabulary_field import vocabulary_field

WAITS = [
    (
        seconds,
        _l("When you press again")
        if seconds == BY_PRESS
        else _l("%(seconds)s seconds after you press", seconds=seconds),
    )
    for seconds in COUNTDOWNS
]
"""The choices for the wait before a recording, with their wording."""


class PreferencesForm(FlaskForm):
    """Display and timing preferences. Candidates need not give a reason for them, and reviewers do not see them."""

    hide_timer = BooleanField(
        _l("Hide the timer"),
        description=_l("While you record, you can still show it or ask for the time left."),
    )
    warnings = BooleanField(
        _l("Show a warning when little time is left"),
        description=_l("The warning is silent, so it is not heard in your recording."),
    )
    vibrate = BooleanField(
        _l("Vibrate when little time is left"),
        description=_l("This works on some phones and tablets."),
    )
    audio_only = BooleanField(
        _l("Record my voice without a picture"),
        description=_l("The camera stays off. An answer without a picture counts just as much."),
    )
    captions = BooleanField(
        _l("Show captions when I play my recordings"),
        description=_l("Captions are made by a machine and may have mistakes."),
    )
    own_words = vocabulary_field(
        _l("Names and words that you say"),
        _l(
            "Your name, names of places, or words of your work, with commas between them. The computer that makes captions"
            " listens for them. Your reviewers do not see this list."
        ),
    )
    countdown_seconds = RadioField(
        _l("Recording starts"),
        description=_l("If you use a screen reader, wait until it has finished speaking."),
        coerce=int,
        choices=[SelectChoice(seconds, words) for seconds, words in WAITS],
    )


class SubmitForm(FlaskForm):
    """The form to send the answers. The page shows what is sent, and says that it cannot be undone (WCAG 3.3.4)."""

    told = HiddenField(default="")
    """The missing parts that the page listed when the candidate chose to send without waiting (see `rules.told_of`)."""
    unanswered = HiddenField(default="")
    """The questions without an answer that the page asked about (see `rules.accepts_unanswered`)."""
