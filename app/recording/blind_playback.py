"""What of a recording a reviewer is given: all of it, its sound alone, or nothing, as blind review wants it."""

from __future__ import annotations

from app.errors import NotFoundError
from app.interviews.models import BlindMode
from app.recording.models import Media


def hears_media(media: Media) -> bool:
    """Whether blind review lets a reviewer hear this recording: not when it is of text alone, nor with a picture in it."""
    blind = media.take.attempt.interview.blind
    if blind == BlindMode.VOICE:
        return media.sound_key is not None or not media.has_video
    return blind == BlindMode.OFF


def is_sound_alone(media: Media, *, wanted: bool) -> bool:
    """Whether a reviewer is given the sound without its picture, because they want that or the review is blind.

    Raises NotFoundError for what blind review keeps from them: all of it, or a picture that has no file without it.
    """
    if not hears_media(media):
        raise NotFoundError()
    blind = media.take.attempt.interview.blind
    return media.sound_key is not None and (wanted or blind == BlindMode.VOICE)
