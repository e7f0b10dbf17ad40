"""Tell candidates and reviewers whether part of a recording is missing, or may be missing."""

from __future__ import annotations

from enum import StrEnum

from app.recording.completion import told_of
from app.recording.models import Take


class Shortfall(StrEnum):
    """What is missing from the file of a take. The templates contain the wording."""

    LONGEST_PART_ONLY = "longest part only"
    """The parts do not fit one file and could not be encoded. Only the longest is shown; all uploaded bytes are kept.
    """
    MISSING = "missing"
    POSSIBLE = "possible"
    """The recorder was interrupted, or did not report where the recording ended. So some of it may be missing."""


def shortfall_of(take: Take) -> Shortfall | None:
    """Return what is missing from a complete take, or None if nothing is missing. Closing the take changes nothing."""
    if take.media is not None and take.media.is_longest_part:
        return Shortfall.LONGEST_PART_ONLY
    if take.is_whole:
        return None
    found = told_of(take)
    if not found.missing_ms and (found.is_open or take.is_cut):
        return Shortfall.POSSIBLE
    return Shortfall.MISSING
