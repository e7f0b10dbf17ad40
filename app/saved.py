"""What staff have saved is confirmed on the next page: a redirect that answers a form of theirs leaves one message behind.

The message is shown in the page and said in its status region, once. A view may choose its own words with `confirm`.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request, session
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.permissions import Asker, is_allowed

_NAME = "saved"
_ELSEWHERE = ("accounts", "pages")


def init_app(app: Flask) -> None:
    """Watch the answers to forms, and give the layout what it has to say."""
    app.after_request(_note_saved)
    app.context_processor(lambda: {"saved_message": take_message})


def confirm(message: str) -> None:
    """Say these fixed words on the next page, instead of "Saved."; nothing when they are empty."""
    g.saved_message = message


def take_message() -> str:
    """Return what the page has to confirm, which is then forgotten; empty when there is nothing."""
    message: str = session.pop(_NAME, "") if _NAME in session else ""
    return message


def _note_saved(response: Response) -> Response:
    if request.method == "POST" and response.status_code == 303 and _is_work_of_staff():
        message = g.get("saved_message", _("Saved."))
        if message:
            session[_NAME] = message
    return response


def _is_work_of_staff() -> bool:
    """Whether only staff may send this form: candidates are told on their own pages."""
    view = current_app.view_functions.get(request.endpoint or "")
    permission = access.permission_of(view) if view else None
    if permission is None or request.blueprint in _ELSEWHERE:
        return False
    return not is_allowed(Asker(), permission) and not is_allowed(Asker(is_candidate=True), permission)
