"""Sentences about the beginning of a recording that the candidate has cut, or may cut."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from app.recording.completion import is_choosable
from app.recording.models import Take
from app.recording.trimming import suggestion_for
from app.recording.wording import length_words


def trim_length_words(trim_ms: int) -> str:
    """Format how much is cut, such as "1 second" or "1.5 seconds"."""
    if trim_ms % 1000 == 0:
        return length_words(trim_ms // 1000)
    return _("%(number)s seconds", number=format_decimal(trim_ms / 1000))


def trimmed_words(take: Take) -> str | None:
    """Return how much of a take is cut, or None if nothing is."""
    return _("You have cut the first %(length)s.", length=trim_length_words(take.trim_ms)) if take.trim_ms else None


def changed_words(take: Take) -> str:
    """Return what is said after the cut of a take was changed."""
    if not take.trim_ms:
        return _("Nothing is cut from recording %(number)s now.", number=take.number)
    return _(
        "You have cut the first %(length)s of recording %(number)s. You can undo this until you send your answers.",
        length=trim_length_words(take.trim_ms),
        number=take.number,
    )


def trim_values(take: Take) -> dict[str, Any]:
    """Return the template values of a take in the list of takes: the page of its cut, and what the list says about it."""
    return {
        "trim_url": url_for("recording.trim_page", take_id=take.id) if is_choosable(take) else None,
        "trimmed_words": trimmed_words(take),
        "has_voice_early": suggestion_for(take) is not None,
    }
