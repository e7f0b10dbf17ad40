"""Sentences about requested captions: the progress of the request, and its outcome."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.captions.models import CaptionTrack
from app.captions.services import newest_by_model
from app.i18n import language_name
from app.recording.models import Take
from app.recording.processing import TakeState, state_of


def unknown_words(language: str) -> str:
    """Return the sentence for a language that the speech model cannot transcribe."""
    return _("The speech model does not know this language: %(language)s.", language=language_name(language))


def progress_words(take: Take) -> str:
    """Return the sentence for captions that are being made, or wait for the recording or the speech model."""
    if state_of(take) == TakeState.WAITING_FOR_MODEL:
        return _("Captions will be made later. You do not need to wait for them.")
    if take.language is None:
        return _("Captions are being made. Load this page again in a few minutes.")
    return _(
        "Captions are being made in this language: %(language)s. Load this page again in a few minutes.",
        language=language_name(take.language),
    )


def result_words(session: Session, take: Take, shown: CaptionTrack | None) -> str:
    """Return the outcome of the newest captions that were requested from the speech model.

    The result is "" if they are shown, or are still being made. `shown` are the current captions.
    """
    if state_of(take) == TakeState.CAPTIONS_FAILED:
        return " ".join(
            [_failed_words(take), _kept_words() if shown else _("The recording is kept and can be played.")]
        )
    newest = newest_by_model(session, take.id)
    if newest is None or shown is None or newest.version <= shown.version:
        return ""
    if not newest.cues:
        return " ".join([_("No speech was heard when the captions were made again."), _kept_words()])
    return _(
        "New captions were made in this language: %(language)s. They are kept, but captions that a person corrected,"
        " checked or restored stay in use.",
        language=language_name(newest.language),
    )


def _failed_words(take: Take) -> str:
    if take.language is None:
        return _("Captions could not be made.")
    return _("Captions could not be made in this language: %(language)s.", language=language_name(take.language))


def _kept_words() -> str:
    return _("The captions from before stay in use.")
