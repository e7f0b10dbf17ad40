"""Authenticate requests by their session, and guard every view. Used by routes only.

The session is a signed cookie that contains only ids: its own, and either a user with their session epoch or an
attempt. Signing out or leaving also ends the session on the server, so that copies of the cookie are worthless.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from htmx_flask import request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts import sessions
from app.accounts.models import StaffUser
from app.accounts.permissions import Principal, is_allowed
from app.body_limits import SMALL_BODY, allow_body_of_view, has_session, route_at_head
from app.clock import now
from app.errors import NotAllowedError, NotFoundError, SignInRequiredError
from app.extensions import db
from app.ids import new_id
from app.partials import wants_partial

View = TypeVar("View", bound=Callable[..., Any])
STAFF_SESSION = timedelta(hours=12)
_PERMISSION = "fairtake_permission"


class PageSessions(SecureCookieSessionInterface):
    """Renews the session cookie with each page that the browser opens, but not with anything that a script requests.

    A late response to a script, such as to a part of a recording or to a poll, must neither restore a session that was
    ended in the meantime nor replace one that was started meanwhile in another tab.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie with a page, or if the session has changed, but never with a 401 to a script."""
        is_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate" or bool(request.htmx)
        if is_script and response.status_code == SignInRequiredError.status:
            return
        has_content = response.calculate_content_length() != 0  # empty responses have the type of a page by default
        if session.modified or (response.mimetype == "text/html" and has_content and not is_script):
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")


def requires(permission: str) -> Callable[[View], View]:
    """Declare the permission that a view needs. A view that declares none is denied to everyone."""

    def mark(view: View) -> View:
        setattr(view, _PERMISSION, permission)
        return view

    return mark


def permission_of(view: Callable[..., Any]) -> str | None:
    """Return the permission that a view declares."""
    return getattr(view, _PERMISSION, None)


def init_app(app: Flask) -> None:
    """Install the guard in front of every view."""
    app.session_interface = PageSessions()
    app.before_request(_guard)


def current_user() -> StaffUser | None:
    """Return the signed-in staff user, or None. A disabled user or an ended session gives None."""
    if "user" not in g:
        g.user = _load_user()
    user: StaffUser | None = g.user
    return user


def signed_in_user() -> StaffUser:
    """Return the signed-in staff user. Raises SignInRequiredError if no one is signed in."""
    user = current_user()
    if user is None:
        raise SignInRequiredError()
    return user


def signed_in_at() -> datetime:
    """Return when the current staff user signed in."""
    return datetime.fromtimestamp(session["since"], tz=now().tzinfo)


def sign_in(user: StaffUser) -> None:
    """Start a new session for a user."""
    _begin_afresh()
    _make_form_token()
    session["user"] = user.id
    session["epoch"] = user.session_epoch
    session["since"] = now().timestamp()
    g.pop("user", None)


def open_attempt(attempt_id: str, *, is_returning: bool = False) -> None:
    """Start a new session for a candidate. With `is_returning`, it can only upload the rest of the sent answers."""
    _begin_afresh()
    _make_form_token()
    session["attempt"] = attempt_id
    if is_returning:
        session["returning"] = True
    g.pop("user", None)


def attempt_id() -> str | None:
    """Return the id of the attempt that this browser has opened, or None. The service checks if the attempt is open."""
    value = session.get("attempt")
    return value if isinstance(value, str) and not _is_ended() else None


def leave(db_session: Session) -> None:
    """End the session for every copy of its cookie. The chosen language is kept, because it belongs to the browser."""
    session_id = session.get("id")
    if isinstance(session_id, str):
        sessions.end_session(db_session, session_id, now=now())
    _begin_afresh()
    g.pop("user", None)


def _begin_afresh() -> None:
    language = session.get("language")
    session.clear()
    session.permanent = True
    session["id"] = new_id()
    g.pop("session_is_ended", None)
    if language:
        session["language"] = language


def _make_form_token() -> None:
    """Create the form token at the start of a session, not with its first page.

    Otherwise two simultaneous requests, such as an upload and the list of takes, would each create a token, and the
    token of the first response would be invalid.
    """
    g.pop("csrf_token", None)  # the token of the form just sent belongs to the session that has ended
    generate_csrf()


def current_principal() -> Principal:
    """Return the person who makes this request, as a Principal for the permission map."""
    user = current_user()
    roles = frozenset(str(role) for role in user.roles) if user else frozenset()
    is_opened, is_returning = attempt_id() is not None, "returning" in session
    return Principal(roles, is_candidate=is_opened and not is_returning, is_returning=is_opened and is_returning)


def limit_at_head(app: Flask, method: str, path: str, cookies: str) -> int:
    """Return how many bytes of a body to keep, decided from the head of a request before its body arrives.

    A person who may use the view gets the limit of the view, anyone else the size of a form. If the database cannot be
    asked, a session is enough.
    """
    endpoint, limit = route_at_head(app, method, path)
    if endpoint is None or limit <= SMALL_BODY or not has_session(app, cookies):
        return min(limit, SMALL_BODY)
    permission = permission_of(app.view_functions[endpoint])
    with app.test_request_context(headers=[("Cookie", cookies)]):
        try:
            is_welcome = permission is not None and is_allowed(current_principal(), permission)
        except DBAPIError:
            is_welcome = True
    return limit if is_welcome else SMALL_BODY


def _load_user() -> StaffUser | None:
    user_id, since = session.get("user"), session.get("since")
    if not isinstance(user_id, str) or not isinstance(since, int | float):
        return None
    if now() - signed_in_at() > STAFF_SESSION:
        return None
    user = sessions.user_in(db.session(), user_id, session.get("id"))
    if user is None or user.disabled_at or user.session_epoch != session.get("epoch"):
        return None
    return user


def _is_ended() -> bool:
    """Return whether this session was ended. The database is asked once per request.

    Cookies of older versions have no id and count as active.
    """
    if "session_is_ended" not in g:
        session_id = session.get("id")
        g.session_is_ended = isinstance(session_id, str) and sessions.is_ended(db.session(), session_id)
    return bool(g.session_is_ended)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static":
        return None  # Werkzeug returns 404 or 405; static files are public
    view = current_app.view_functions[request.endpoint]
    permission = permission_of(view)
    if permission is not None and is_allowed(Principal(), permission):
        allow_body_of_view()
        return None  # public, so the user need not be loaded
    who = current_principal()
    if permission is not None and is_allowed(who, permission):
        allow_body_of_view()
        return None
    if permission is None:
        raise NotFoundError()
    if who.roles and is_allowed(Principal(is_candidate=True), permission):
        raise NotAllowedError(
            _("This page belongs to a candidate's interview, and you are signed in as staff."),
            next_step=_("If you were invited to an interview, open the link in your invitation."),
        )
    if who.roles:
        raise NotAllowedError()
    if request.method == "GET" and _is_staff_page() and not wants_partial():
        return redirect(url_for("accounts.sign_in_page", next=request.full_path.rstrip("?")))
    raise SignInRequiredError()


def _is_staff_page() -> bool:
    return request.path.startswith(("/review", "/manage", "/compliance", "/account", "/status"))
