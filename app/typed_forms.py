"""Forms whose text the browser keeps until it is saved (static/js/typed/kept.js).

Such a form sends an id. After the form was accepted (its response was a redirect), the next page of the session names
the id, and the browser deletes the text.
"""

from __future__ import annotations

import re

from flask import Flask, Response, request, session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

FIELD = "kept"
MAX_IDS = 10
MAX_CHARACTERS = 20_000
_NAME = "saved_forms"
_ID = re.compile(r"[0-9a-f]{32}")
_WORDS = re.compile(r"\S\s+\S")


def init_app(app: Flask) -> None:
    """Remember each saved form, and make the ids of saved forms available to the layout."""
    app.after_request(note_saved_form)
    app.context_processor(lambda: {"saved_forms": take_saved_forms, "kept_again": kept_again})


def note_saved_form(response: Response) -> Response:
    """Remember the id of a form whose response is a redirect, until a page has named it."""
    if 300 <= response.status_code < 400 and sends_kept_form():
        session[_NAME] = [*session.get(_NAME, []), request.form[FIELD]][-MAX_IDS:]
    return response


def take_saved_forms() -> list[str]:
    """Return the ids of the forms that were saved since the last page."""
    saved: list[str] = session.pop(_NAME, []) if _NAME in session else []
    return saved


def sends_kept_form() -> bool:
    """Return whether the browser keeps the text of this request's form."""
    return bool(kept_again())


def kept_again() -> str:
    """Return the id of the text in this request's form, or "".

    A page that returns the form, for example with an error, names the id, and continues that text.
    """
    found = _ID.fullmatch(_form().get(FIELD, ""))
    return found.group() if found else ""


def typed_words() -> list[str]:
    """Return the text in this request's form, to be shown to the person who typed it. Returns nothing unless a page of
    this site sent the form, according to the browser. Otherwise other sites could put text on our pages.
    """
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return []
    return [text[:MAX_CHARACTERS] for _name, text in _form().items(multi=True) if _WORDS.search(text)]


def _form() -> MultiDict[str, str]:
    """Return this request's form, or an empty form if there is none or it is too large to be read."""
    try:
        return request.form if request.method == "POST" else MultiDict()
    except HTTPException:
        return MultiDict()
