"""Who is asking, from the session, and the door in front of every view. Used by routes only.

The session is a signed cookie and holds ids alone: its own, and a user with the epoch of their sign-in, or an attempt.
A session that was left is ended on the server too, so a copy of its cookie opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from app.accounts import sessions
from app.accounts.models import StaffUser
from app.accounts.permissions import Asker, is_allowed
from app.clock import now
from app.errors import NotAllowed, NotFound, SignInNeeded
from app.extensions import db
from app.ids import new_id
from app.partials import wants_partial
from app.request_limits import allow_body_of_view

View = TypeVar("View", bound=Callable[..., Any])
STAFF_SESSION = timedelta(hours=12)
_PERMISSION = "fairtake_permission"


class PageSessions(SecureCookieSessionInterface):
    """The session cookie is renewed with each page, not with each file and each part of a recording.

    A line may be thin; and the late answer to a part must not bring back a session that was left in the meantime.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie with a page, or when something in it has changed.

        A script that is told "not signed in" gets none: it would take the place of a session begun meanwhile in another tab.
        """
        is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if response.status_code == SignInNeeded.status and not is_page:
            return
        if session.modified or (response.mimetype == "text/html" and response.status_code != 204):
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")


def requires(permission: str) -> Callable[[View], View]:
    """Name the permission that a view needs. A view without one is open to nobody."""

    def mark(view: View) -> View:
        setattr(view, _PERMISSION, permission)
        return view

    return mark


def permission_of(view: Callable[..., Any]) -> str | None:
    """Return the permission that a view names."""
    return getattr(view, _PERMISSION, None)


def init_app(app: Flask) -> None:
    """Put the door in front of every view."""
    app.session_interface = PageSessions()
    app.before_request(_guard)


def current_user() -> StaffUser | None:
    """Return the signed-in member of staff, or None. A disabled user or an ended session is nobody."""
    if "user" not in g:
        g.user = _load_user()
    user: StaffUser | None = g.user
    return user


def signed_in_user() -> StaffUser:
    """Return the signed-in member of staff; raises SignInNeeded when there is none."""
    user = current_user()
    if user is None:
        raise SignInNeeded()
    return user


def signed_in_at() -> datetime:
    """Return when the signed-in member of staff signed in."""
    return datetime.fromtimestamp(session["since"], tz=now().tzinfo)


def sign_in(user: StaffUser) -> None:
    """Begin a fresh session for a user."""
    _begin_afresh()
    _make_form_token()
    session["user"] = user.id
    session["epoch"] = user.session_epoch
    session["since"] = now().timestamp()
    g.pop("user", None)


def open_attempt(attempt_id: str) -> None:
    """Begin a fresh session for a candidate."""
    _begin_afresh()
    _make_form_token()
    session["attempt"] = attempt_id
    g.pop("user", None)


def attempt_id() -> str | None:
    """Return the id of the attempt that this browser has opened, or None. Whether it is still open is the service's to say."""
    value = session.get("attempt")
    return value if isinstance(value, str) and not _is_ended() else None


def leave(db_session: Session) -> None:
    """End the session, for every copy of its cookie. The language that was chosen stays: it is this browser's."""
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
    """Give a session its form token as it begins, not with its first page.

    Of two requests at once, such as an upload and the list of takes beside it, each would make its own, and the cookie
    that came last would refuse the other.
    """
    g.pop("csrf_token", None)  # the one of the form that has just been sent belongs to the session that has ended
    generate_csrf()


def asker() -> Asker:
    """Return who is asking, as the permission map wants to know it."""
    user = current_user()
    roles = frozenset(str(role) for role in user.roles) if user else frozenset()
    return Asker(roles=roles, is_candidate=attempt_id() is not None)


def _load_user() -> StaffUser | None:
    user_id, since = session.get("user"), session.get("since")
    if not isinstance(user_id, str) or not isinstance(since, int | float) or _is_ended():
        return None
    if now() - signed_in_at() > STAFF_SESSION:
        return None
    user = db.session.get(StaffUser, user_id)
    if user is None or user.disabled_at or user.session_epoch != session.get("epoch"):
        return None
    return user


def _is_ended() -> bool:
    """Whether this session was ended, asked once a request. A cookie of an older version has no id and was not."""
    if "session_is_ended" not in g:
        session_id = session.get("id")
        g.session_is_ended = isinstance(session_id, str) and sessions.is_ended(db.session(), session_id)
    return bool(g.session_is_ended)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static":
        return None  # Werkzeug answers 404 or 405; static files are public
    view = current_app.view_functions[request.endpoint]
    permission = permission_of(view)
    if permission is not None and is_allowed(Asker(), permission):
        allow_body_of_view()
        return None  # open to all: no need to ask the database who this is
    who = asker()
    if permission is not None and is_allowed(who, permission):
        allow_body_of_view()
        return None
    if permission is None:
        raise NotFound()
    if who.roles:
        raise NotAllowed()
    if request.method == "GET" and _is_staff_page() and not wants_partial():
        return redirect(url_for("accounts.sign_in_page", next=request.full_path.rstrip("?")))
    raise SignInNeeded()


def _is_staff_page() -> bool:
    return request.path.startswith(("/review", "/manage", "/compliance", "/account", "/status"))
