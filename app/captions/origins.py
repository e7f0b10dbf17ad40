"""Describe the origin of a version of captions."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.captions.editing_context import author_name
from app.captions.models import CaptionTrack, TrackKind


def origin_words(session: Session, track: CaptionTrack) -> str:
    """Return a phrase that says how a version was made and who made it."""
    name = author_name(session, track.author_id)
    by_nobody = {
        TrackKind.AUTOMATIC: _("automatic"),
        TrackKind.CANDIDATE: _("corrected by the candidate"),
        TrackKind.REVIEWER: _("corrected by a reviewer"),
        TrackKind.COORDINATOR: _("corrected by a coordinator"),
        TrackKind.UPLOADED: _("from a file"),
    }
    if name is None:
        return by_nobody[TrackKind(track.kind)]
    return {
        TrackKind.AUTOMATIC: _("automatic, restored by %(name)s", name=name),
        TrackKind.CANDIDATE: _("corrected by the candidate, restored by %(name)s", name=name),
        TrackKind.REVIEWER: _("corrected by %(name)s", name=name),
        TrackKind.COORDINATOR: _("corrected by %(name)s, a coordinator", name=name),
        TrackKind.UPLOADED: _("from a file, by %(name)s", name=name),
    }[TrackKind(track.kind)]
