"""Decide which media a reviewer may have in blind review: the recording, its original files, only its sound, or none."""

from __future__ import annotations

from app.errors import NotFoundError
from app.interviews.models import BlindMode
from app.recording.models import Media


def hears_media(media: Media) -> bool:
    """Return whether a reviewer may hear this recording in blind review.

    The recording is not played if reviewers may only read the answers, or if the file has no version without its
    picture.
    """
    blind = media.take.attempt.interview.blind
    if blind == BlindMode.VOICE:
        return media.sound_key is not None or not media.has_video
    return blind == BlindMode.OFF


def may_have_originals(media: Media, *, is_reviewer: bool) -> bool:
    """Return whether a person may have the original files of a recording that was encoded again.

    Blind review hides them from reviewers, even if it lets them hear the recording, because they may contain the
    picture. A candidate may always have their own.
    """
    return not is_reviewer or media.take.attempt.interview.blind == BlindMode.OFF


def is_sound_alone(media: Media, *, wanted: bool, is_reviewer: bool) -> bool:
    """Return whether staff get only the sound, because they want it (`wanted`) or because they review it blind.

    Raises NotFoundError if blind review hides this recording from reviewers.
    """
    if is_reviewer and not hears_media(media):
        raise NotFoundError()
    is_blind = is_reviewer and media.take.attempt.interview.blind == BlindMode.VOICE
    return media.sound_key is not None and (wanted or is_blind)
