"""Serve the media files and captions of questions to candidates and coordinators who may see the question."""

from __future__ import annotations

from pathlib import Path

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.accounts import access
from app.accounts.access import requires
from app.accounts.permissions import is_allowed
from app.captions import question_media
from app.captions.models import QuestionMedia
from app.captions.question_versions import MediaPlace, MediaRole
from app.errors import NotFoundError
from app.extensions import db
from app.interviews import manage_services
from app.recording.serving import StoredFile, content_type_of, file_response
from app.storage import get_storage


@requires("interviews.manage")
def original(interview_id: str, question_id: str, number: int, role: str) -> ResponseReturnValue:
    """Serve original upload `number` (from 1) of a question as a download. Uploads that need no encoding are not offered."""
    question = manage_services.load_question(db.session(), interview_id, question_id)
    keys = question_media.original_keys(db.session(), MediaPlace(question.id, MediaRole(role)))
    if not 0 < number <= len(keys):
        raise NotFoundError()
    key = keys[number - 1]
    file = StoredFile(
        key, content_type_of(key), etag=f"{Path(key).parts[-2]}-{number}", called=["question", "original"]
    )
    try:
        response = file_response(get_storage(), file, request.environ)
    except FileNotFoundError:
        raise NotFoundError() from None
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


@requires("question_media.watch")
def media(question_id: str, role: str) -> ResponseReturnValue:
    """Serve the media of a question, with range requests.

    Everyone except candidates of the interview and coordinators gets a 404.
    """
    media = _find(MediaPlace(question_id, MediaRole(role)))
    file = StoredFile(media.key, media.content_type, etag=Path(media.key).parts[-2], called=["question"])
    try:
        return file_response(get_storage(), file, request.environ)
    except FileNotFoundError:
        raise NotFoundError() from None


@requires("question_media.watch")
def captions(question_id: str, role: str) -> ResponseReturnValue:
    """Serve the captions of a question's media as WebVTT."""
    media = _find(MediaPlace(question_id, MediaRole(role)))
    if media.captions is None:
        raise NotFoundError()
    return Response(
        media.captions, content_type="text/vtt; charset=utf-8", headers={"Cache-Control": "private, no-store"}
    )


def _find(place: MediaPlace) -> QuestionMedia:
    session = db.session()
    may_write = is_allowed(access.current_principal(), "interviews.manage")
    found = (
        question_media.find(session, place)
        if may_write
        else question_media.find_for_candidate(session, access.attempt_id(), place.question_id).get(place.role)
    )
    if found is None:
        raise NotFoundError()
    return found
