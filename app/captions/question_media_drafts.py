"""The video or sound of a question that has been uploaded and whose captions a person is looking over.

The file lies in the storage already; what is known of it travels with the page, signed. What nobody saves is deleted by
the sweep that deletes files without a row (`prompts.remove_orphans`), after the signature has expired.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.captions.question_media import StoredPrompt
from app.errors import InvalidInputError

MAX_AGE = timedelta(hours=20)
"""Less than `prompts.ORPHAN_AGE`."""


def seal(stored: StoredPrompt, *, question_id: str) -> str:
    """Return a signed text that says what was uploaded for a question."""
    return _serializer().dumps({"question": question_id, **asdict(stored)})


def unseal(sealed: str, *, question_id: str) -> StoredPrompt:
    """Return what was uploaded. Raises InvalidInputError for what we did not sign, for another question, and after MAX_AGE."""
    try:
        read = _serializer().loads(sealed, max_age=int(MAX_AGE.total_seconds()))
    except BadSignature:
        read = {}
    if read.pop("question", None) != question_id:
        raise InvalidInputError(_("The files that you chose are no longer here. Choose both again."))
    return StoredPrompt(**read)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="fairtake: prompt draft")
