"""Caption files, for the player of whoever may watch the take."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.accounts import access
from app.accounts.access import requires
from app.captions import services
from app.errors import NotFound
from app.extensions import db
from app.recording.services import find_media_for_reviewer, find_take_for_candidate

blueprint = Blueprint("captions", __name__)


@blueprint.get("/captions/<take_id>.vtt")
@requires("media.watch")
def track_file(take_id: str) -> ResponseReturnValue:
    """Give the current captions of a take as WebVTT; 404 while there are none, and for another's take alike."""
    _check_may_watch(take_id)
    track = services.current_track(db.session(), take_id)
    if track is None:
        raise NotFound()
    response = Response(services.track_as_vtt(track), content_type="text/vtt; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _check_may_watch(take_id: str) -> None:
    user, attempt_id = access.current_user(), access.attempt_id()
    if user is not None:
        find_media_for_reviewer(db.session(), user, take_id)
    elif attempt_id is not None:
        find_take_for_candidate(db.session(), attempt_id, take_id)
    else:
        raise NotFound()
