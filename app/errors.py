"""Domain errors and their pages: what happened, what was kept, and what to do next. Never a stack trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import BadHost, HTTPException

from app.extensions import db
from app.partials import depends_on_htmx
from app.storage import StorageUnavailableError
from app.traces import trace_of


class DomainError(Exception):
    """A request was refused. The class has a default text; an instance may have a more specific text."""

    status = 400
    title: Any = _l("This did not work")
    message: Any = _l("Something in the request is not valid.")
    kept: Any = _l("Everything that was saved before is unchanged.")
    next_step: Any = _l("Go back and try again.")
    way_on: tuple[str, str] | None = None
    """Label and address of a link to the next step."""
    typed: Sequence[str] = ()
    """Typed text that was not saved, so that the person can copy it."""

    def __init__(self, message: Any = None, *, title: Any = None, kept: Any = None, next_step: Any = None):
        self.message = message or self.message
        self.title = title or self.title
        self.kept = kept or self.kept
        self.next_step = next_step or self.next_step
        super().__init__(str(type(self).__name__))


class NotFoundError(DomainError):
    """The page does not exist, or the person may not see it. The response is the same, so that it reveals nothing."""

    status = 404
    title = _l("Page not found")
    message = _l("This page does not exist, or you do not have access to it.")
    next_step = _l("Check the link, or go back to the page that you came from.")


class NotAllowedError(DomainError):
    """The signed-in user does not have the role that this page needs."""

    status = 403
    title = _l("You do not have access to this page")
    message = _l("Your account does not have the role that this page needs.")
    next_step = _l("If you need this page, ask an administrator.")


class SignInRequiredError(DomainError):
    """No one is signed in."""

    status = 401
    title = _l("You are not signed in")
    message = _l("You were signed out, for example after a long break, or you have not signed in yet.")
    next_step = _l("Sign in, or open your invitation link again. You will come back to where you were.")


class InvalidFormTokenError(DomainError):
    """The form token does not belong to this session."""

    title = _l("This form could not be accepted")
    message = _l("The form was open for too long, it came from another page, or cookies are switched off.")
    next_step = _l("Load the page again and send the form once more.")


class CookiesBlockedError(DomainError):
    """The browser sent a form without the session cookie that came with the page."""

    title = _l("Your browser blocks our cookie")
    message = _l("This site needs one cookie to recognise you from page to page. The cookie is used for nothing else.")
    kept = _l("Nothing has changed. Your link still works, and everything that was saved is kept.")
    next_step = _l(
        "Allow cookies for this site in the settings of your browser. Load the page again, and press the"
        " button again. If that does not help, open the link in another browser. Private windows and browsers"
        " inside other apps often block cookies."
    )


class ConflictError(DomainError):
    """The data has changed in the meantime, or its state does not allow the action."""

    status = 409
    title = _l("This has changed")
    message = _l("Something changed in the meantime, so this was not done.")
    next_step = _l("Load the page again to see what has changed.")


class GoneError(DomainError):
    """The requested object existed, but is no longer available."""

    status = 410
    title = _l("No longer available")


class InvalidInputError(DomainError):
    """The input was understood, but is not acceptable."""

    status = 422


class TooLargeError(DomainError):
    """The request has more bytes than the limit allows."""

    status = 413
    title = _l("Too large")


class UnavailableError(DomainError):
    """A service that this installation needs is unavailable at the moment."""

    status = 503
    title = _l("Not available at the moment")
    message = _l("Part of this service is not responding.")
    kept = _l("Everything that was confirmed as saved is kept.")
    next_step = _l("Wait a minute and try again. If you were recording, leave the page open. It continues by itself.")


class BusyError(DomainError):
    """Other requests kept writing to the same rows. Nothing was changed, so the request can be repeated."""

    status = 503
    title = _l("Please try again")
    message = _l("Several changes were being saved at the same time, so yours was not saved.")
    next_step = _l("Try again now.")


TITLES = {
    400: (_l("This request could not be read"), _l("Something in it is not valid.")),
    405: (_l("This action is not available"), _l("This address does not accept this kind of request.")),
    413: (_l("Too large"), _l("More was sent than this address accepts.")),
    429: (_l("Too many attempts"), _l("There were too many attempts from your connection in a short time.")),
    500: (_l("Something went wrong on our side"), _l("This is our mistake, not yours. It has been noted.")),
}


def init_app(app: Flask) -> None:
    """Register a page for every error."""
    app.register_error_handler(DomainError, render_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(RedisError, _redis_away)
    app.register_error_handler(StorageUnavailableError, _storage_away)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def render_error(error: DomainError) -> Response:
    """Return the error as JSON if the client asked for JSON, else as a page (or the partial for HTMX)."""
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        body = {
            "error": str(error.title),
            "message": str(error.message),
            "kept": str(error.kept),
            "next": str(error.next_step),
        }
        response = jsonify(body)
    else:
        response = make_response(render_template("errors/error.html", error=error))
        depends_on_htmx(response)
    response.status_code = error.status
    response.headers["Cache-Control"] = "no-store"
    if isinstance(error, BusyError):
        response.headers["Retry-After"] = "1"
    return response


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400 or isinstance(error, BadHost):
        return error  # with an invalid Host header, the error page cannot build its links
    if error.code == 404:
        return render_error(NotFoundError())
    title, message = TITLES.get(error.code, TITLES[400])
    page = DomainError(message, title=title)
    page.status = error.code
    if error.code == 429:
        page.next_step = _("Wait a few minutes and try again.")
    response = render_error(page)
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response.headers[name] = value
    return response


def _database_away(error: DBAPIError) -> Response:
    current_app.logger.error("database unavailable: error=%s", type(error.orig).__name__)
    db.session.remove()
    return render_error(UnavailableError())


def _redis_away(error: RedisError) -> Response:
    current_app.logger.error("redis unavailable: error=%s", type(error).__name__)
    return render_error(UnavailableError())


def _storage_away(error: StorageUnavailableError) -> Response:
    current_app.logger.error("storage unavailable: error=%s", error)
    return render_error(UnavailableError())


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("unexpected error: error=%s\n%s", type(error).__name__, trace_of(error))
    if current_app.testing:
        raise error
    db.session.remove()
    page = DomainError(TITLES[500][1], title=TITLES[500][0])
    page.status = 500
    return render_error(page)
