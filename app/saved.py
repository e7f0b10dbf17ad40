"""Confirmations after saving: when a form was saved and redirects, a message is stored for the next page.

The message is shown once, and announced by the status region. A view sets its own text with `confirm`. For views that
only staff may use, the text is "Saved." if the view sets none.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request, session
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.permissions import Principal, is_allowed

_NAME = "saved"
_OF_REQUEST = "fairtake.saved"
_ELSEWHERE = ("accounts", "pages")


def init_app(app: Flask) -> None:
    """Store a message after each saved form, and make it available to the layout."""
    app.after_request(_note_saved)
    app.context_processor(lambda: {"saved_message": take_message})


def confirm(message: str) -> None:
    """Show this text on the next page after a redirect. An empty text shows nothing, not even "Saved."."""
    g.saved_message = message


def take_message() -> str:
    """Return the message for this page and clear it, so that it is shown once. Returns "" if there is no message.

    The request keeps it, because a page is rendered twice if its transaction is repeated.
    """
    if _NAME in session:
        request.environ[_OF_REQUEST] = session.pop(_NAME)
    return str(request.environ.get(_OF_REQUEST, ""))


def _note_saved(response: Response) -> Response:
    if request.method == "POST" and response.status_code == 303:
        message = g.get("saved_message", _("Saved.") if _is_work_of_staff() else "")
        if message:
            session[_NAME] = message
    return response


def _is_work_of_staff() -> bool:
    """Return whether only staff may send this form. Other views are confirmed only if they call `confirm`."""
    view = current_app.view_functions.get(request.endpoint or "")
    permission = access.permission_of(view) if view else None
    if permission is None or request.blueprint in _ELSEWHERE:
        return False
    return not is_allowed(Principal(), permission) and not is_allowed(Principal(is_candidate=True), permission)
