"""Whether a recording lacks something, and whether anybody knows that it does. For both sides: candidates and reviewers."""

from __future__ import annotations

from enum import StrEnum

from app.recording.completion import told_of
from app.recording.models import Take


class Shortfall(StrEnum):
    """What is not in the file of a take. The words are the templates'."""

    LONGEST_PART_ONLY = "longest part only"
    """Its parts do not fit one file and could not be encoded; all that was uploaded is kept."""
    MISSING = "missing"
    POSSIBLE = "possible"
    """The recorder was interrupted, or has not said where it ended: nobody knows whether there was more."""


def shortfall_of(take: Take) -> Shortfall | None:
    """Return what a complete take lacks; None if nothing. What has been told stays true once the take is closed."""
    if take.media is not None and take.media.is_longest_part:
        return Shortfall.LONGEST_PART_ONLY
    if take.is_whole:
        return None
    found = told_of(take)
    if not found.missing_ms and (found.is_open or take.is_cut):
        return Shortfall.POSSIBLE
    return Shortfall.MISSING
