"""Error pages for people who are signed out or whose form token is invalid: how to return, and what was saved."""

from __future__ import annotations

from flask import Flask, current_app, redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.accounts import access
from app.accounts.permissions import Principal, is_allowed
from app.errors import CookiesBlockedError, InvalidFormTokenError, SignInRequiredError, render_error
from app.partials import wants_partial
from app.typed_forms import sends_kept_form, typed_words

CANDIDATE_PATHS = ("/interview", "/uploads", "/i/")


def init_app(app: Flask) -> None:
    """Register these error pages."""
    app.register_error_handler(SignInRequiredError, render_signed_out)
    app.register_error_handler(CSRFError, render_unknown_form)


def render_signed_out(error: SignInRequiredError) -> BaseResponse:
    """Return a page that says how to return to the page the person was on, and what was kept.

    A candidate who has sent their answers is redirected to the receipt, from any page of the interview.
    """
    if _has_sent_answers():
        return redirect(url_for("interview.receipt"), 303)
    error.kept = _kept()
    if request.path.startswith(CANDIDATE_PATHS):
        error.next_step = _back_by_link()
    elif _is_shared():
        error.next_step = _("If you are staff, sign in. Otherwise: %(link)s", link=_back_by_link())
        error.way_on = (_("Sign in as staff"), url_for("accounts.sign_in_page", next=page_before(request.path)))
    else:
        error.next_step = _("Sign in again. You then come back to where you were.")
        error.way_on = (_("Sign in"), url_for("accounts.sign_in_page", next=page_before(request.path)))
    error.typed = [] if sends_kept_form() else typed_words()
    return render_error(error)


def render_unknown_form(_error: CSRFError) -> BaseResponse:
    """Return a page that explains why a form token was refused.

    There are three reasons: the person is signed out, cookies are blocked, or the form is too old.
    """
    if access.current_principal() == Principal() and not _is_public():
        return render_signed_out(SignInRequiredError())
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return render_error(CookiesBlockedError())
    return render_error(InvalidFormTokenError())


def _has_sent_answers() -> bool:
    """Return whether this is a request for a page of the interview after the answers were sent. Scripts get the error
    instead.
    """
    is_page = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    is_ours = request.path.startswith("/interview") and not wants_partial()
    return is_page and is_ours and access.current_principal().is_returning


def _back_by_link() -> str:
    return _("Open the link in your invitation again, on this or another device. You continue where you left off.")


def _is_public() -> bool:
    return _is_open_to(Principal())


def _is_shared() -> bool:
    """Return whether candidates may open this address too, although it is not one of `CANDIDATE_PATHS`."""
    return _is_open_to(Principal(is_candidate=True))


def _is_open_to(who: Principal) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    permission = access.permission_of(view) if view else None
    return permission is not None and is_allowed(who, permission)


def page_before(path: str) -> str:
    """Return the nearest address at or above `path` that can be opened. Some addresses only accept forms."""
    adapter = current_app.create_url_adapter(request)
    while path.strip("/") and adapter is not None:
        try:
            adapter.match(path, method="GET")
        except HTTPException:
            path = path.rstrip("/").rpartition("/")[0]
        else:
            return path
    return "/"


def _kept() -> str:
    kept = _("Everything that was saved is kept.")
    if sends_kept_form():
        return (
            kept + " " + _("What you typed is kept in this browser. You can restore it when you open the page again.")
        )
    if request.method == "POST" and typed_words():
        return kept + " " + _("What you typed is shown below. It is not saved yet, so copy what you need.")
    return kept
