"""Uploaded media of a question whose captions the coordinator still has to check.

The file is already stored. Its `StoredQuestionMedia` is sent to the browser in a signed form field. If the coordinator does
not save, the sweep for files without a database row (`housekeeping.remove_orphans`) deletes the file after the
signature has expired.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.captions.question_media import StoredQuestionMedia
from app.captions.question_versions import MediaPlace, MediaRole
from app.errors import InvalidInputError

MAX_AGE = timedelta(hours=20)
"""Time for which the signature is valid. Must be less than `question_media_orphans.ORPHAN_AGE`."""


def seal(stored: StoredQuestionMedia, place: MediaPlace) -> str:
    """Return the `StoredQuestionMedia` of an upload as a signed text for a form field."""
    return _serializer().dumps({"question": place.question_id, "role": place.role, **asdict(stored)})


def unseal(sealed: str, place: MediaPlace) -> StoredQuestionMedia:
    """Return the `StoredQuestionMedia` from a signed text.

    Raises InvalidInputError if the signature is wrong or older than MAX_AGE, or if the text is for another place.
    """
    try:
        read = _serializer().loads(sealed, max_age=int(MAX_AGE.total_seconds()))
    except BadSignature:
        read = {}
    if (read.pop("question", None), read.pop("role", MediaRole.MAIN)) != place:
        raise InvalidInputError(_("The files that you chose are no longer here. Choose both again."))
    return StoredQuestionMedia(**read)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="fairtake: prompt draft")
