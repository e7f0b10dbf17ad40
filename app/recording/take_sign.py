"""The icon next to the state of a take on the candidate's pages. Each icon has one meaning."""

from __future__ import annotations

from app.recording.completion import is_interrupted
from app.recording.models import Take
from app.recording.processing import TakeState, state_of
from app.recording.shortfall import shortfall_of
from app.recording.wording import NOT_PLAYABLE


def take_sign(take: Take) -> str:
    """Return the kind of the state tag (components/messages.html) that is shown with `take_words`."""
    if is_interrupted(take):
        return "attention"
    state = state_of(take)
    if state == TakeState.MEDIA_FAILED:
        return "problem"
    if take.complete_at is None or state in NOT_PLAYABLE:
        return "working"
    is_flawed = shortfall_of(take) or (take.media and not take.media.plays_everywhere)
    return "attention" if is_flawed else "ready"
