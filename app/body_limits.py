"""Limits on request bodies. Views that accept files declare a limit; all others accept no more than a form.

Only authenticated requests may have a large body. Until the guard (accounts/access.py) has authenticated a request,
its body may only be as large as a form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import parse_cookie

from app.errors import UnavailableError

View = TypeVar("View", bound=Callable[..., Any])
SMALL_BODY = 1024 * 1024
"""Maximum size of a form or of JSON in bytes. The longest form, an introduction of 5,000 characters, uses 1 % of it."""
DISCARDED_HEADER = "FAIRTAKE_BODY_DISCARDED"
ARRIVED_HEADER = "FAIRTAKE_ARRIVED"
"""Request headers set by our server: why a body was discarded, and when the head arrived."""
NO_ROOM = "no room"
"""The value of DISCARDED_HEADER if too much arrived at the same time. Otherwise the body was too large."""
_MAX_BODY = "fairtake_max_body"


def takes_files(max_bytes: int | None = None) -> Callable[[View], View]:
    """Decorate a view that accepts bodies of up to `max_bytes`. None means the maximum size of a recording."""

    def mark(view: View) -> View:
        setattr(view, _MAX_BODY, (max_bytes,))
        return view

    return mark


def init_app(app: Flask) -> None:
    """Register the limits. A body is limited before it is read."""
    app.before_request(limit_body)


def limit_body() -> None:
    """Limit the body to the size of a form. A larger body gives 413."""
    request.max_content_length = SMALL_BODY


def allow_body_of_view() -> None:
    """Raise the limit to that of the view, after authentication.

    Raises RequestEntityTooLarge or UnavailableError if the body was discarded.
    """
    request.max_content_length = _max_bytes(current_app, request.endpoint)
    discarded = request.environ.get(f"HTTP_{DISCARDED_HEADER}")
    if discarded is not None:
        raise UnavailableError() if discarded == NO_ROOM else RequestEntityTooLarge()


def route_at_head(app: Flask, method: str, path: str) -> tuple[str | None, int]:
    """Return the endpoint that a request is for, if there is one, and how large its body may be in bytes."""
    try:
        endpoint, _values = app.url_map.bind("").match(path, method=method)
    except HTTPException:
        return None, SMALL_BODY
    return endpoint, _max_bytes(app, endpoint)


def _max_bytes(app: Flask, endpoint: str | None) -> int:
    marked: tuple[int | None] | None = getattr(app.view_functions.get(endpoint or ""), _MAX_BODY, None)
    if marked is None:
        return SMALL_BODY
    return app.config["FAIRTAKE"].upload_limit if marked[0] is None else marked[0]


def has_session(app: Flask, cookies: str) -> bool:
    """Return whether a cookie header contains a validly signed session of a candidate or a staff user."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    cookie = parse_cookie(cookies).get(app.config["SESSION_COOKIE_NAME"])
    if serializer is None or cookie is None:
        return False
    try:
        session = serializer.loads(cookie, max_age=int(app.permanent_session_lifetime.total_seconds()))
    except BadSignature:
        return False
    return "attempt" in session or "user" in session
