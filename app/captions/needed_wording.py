"""Sentences for coordinators: why an answer needs captions by a person."""

from __future__ import annotations

from flask_babel import gettext as _

from app.captions.needed import NeededCaptions, has_nothing_to_judge
from app.captions.remaking_words import progress_words
from app.recording.models import TakeKind
from app.recording.processing import TakeState, state_of

UNDER_WAY = (TakeState.TRANSCRIBING, TakeState.WAITING_FOR_MODEL)


def reason_words(needed: NeededCaptions) -> list[str]:
    """Return why an answer needs captions by a person, and whether its reviewers wait for them."""
    take = needed.answer.take
    if take is None:
        return []
    words = [_reason(take.kind, needed)]
    if state_of(take) in UNDER_WAY:
        words.append(progress_words(take))
    if has_nothing_to_judge(take, needed.track):
        words.append(_("Its reviewers may not listen to it. They cannot score it before it has captions."))
    return words


def _reason(kind: str, needed: NeededCaptions) -> str:
    if kind == TakeKind.SIGNED:
        return _("The answer is signed.")
    if needed.track is None:
        return _("Automatic captions could not be made.")
    if needed.track.is_withheld:
        return _("The speech model did not understand this recording well.")
    return _("The speech model heard no speech.")
