"""The pages that belong to no feature package, and the common variables and functions of all templates."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.accounts import access
from app.accounts.permissions import Principal, is_allowed
from app.addresses import local_address
from app.config import PROJECT_ROOT, current_config
from app.errors import GoneError
from app.extensions import db
from app.i18n import LANGUAGES, current_locale, other_languages
from app.language_tags import tag_of

blueprint = Blueprint("pages", __name__)

STATEMENT = PROJECT_ROOT / "docs" / "accessibility-statement.md"
NAVIGATION = (
    ("review.read", "review.interviews"),
    ("interviews.manage", "manage.interviews"),
    ("accommodations.decide", "decisions.queue"),
    ("captions.provide", "captions.needed_captions"),
    ("compliance.read", "compliance.overview"),
    ("status.read", "status.status"),
)


ATTENTION = re.compile(r"<\w[^<>]* data-focus(?=[ >])")
"""The beginning of an element that a new page or partial focuses, such as the error summary."""
HEADING = re.compile(r'<h1 tabindex="-1"')


def init_app(app: Flask) -> None:
    """Give every template its common variables (listed at the top of layouts/base.html)."""
    app.context_processor(common_variables)
    app.jinja_env.filters["with_focus"] = with_focus


def with_focus(content: Markup) -> Markup:
    """Let the browser focus what asks for attention on a new page, otherwise its heading. Works without scripts."""
    found = ATTENTION.search(content) or HEADING.search(content)
    if not found:
        return content
    return Markup(f"{content[: found.end()]} autofocus{content[found.end() :]}")  # noqa: S704 - only adds an attribute


def common_variables() -> dict[str, Any]:
    """Return the variables of the layouts. The signed-in user is loaded only if a template asks for it."""
    locale = current_locale()
    return {
        "organisation": current_config().organisation,
        "contact": current_config().contact or _("the person or team who sent you the link"),
        "lang": tag_of(locale),
        "text_direction": locale.text_direction,
        "other_languages": other_languages,
        "help_url": url_for("interview.help_page"),
        "statement_url": url_for("pages.accessibility_statement"),
        "current_user": access.current_user,
        "navigation": navigation,
        "is_staff_frame": is_staff_frame,
        "way_back": way_back,
        "way_back_of_candidate": way_back_of_candidate,
    }


def is_staff_frame() -> bool:
    """Return whether an error is shown in the staff layout: staff are signed in, and the page is not a candidate's.

    Returns False if the database is unavailable.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    permission = access.permission_of(view) if view else None
    try:
        if access.current_user() is None:
            return False
        of_candidate = permission is not None and is_allowed(Principal(is_candidate=True), permission)
        is_public = permission is not None and is_allowed(Principal(), permission)
        return is_public or not of_candidate or access.attempt_id() is None
    except SQLAlchemyError:
        db.session.remove()
        return False


def way_back(status: int) -> tuple[str, str]:
    """Return (label, address) of a link from an error page: to the page of a failed form, or to the staff home.

    If the form has no page, the nearest page above its address is used. Addresses that do not exist or are forbidden
    get the link to the staff home.
    """
    is_known = request.method == "POST" and status not in (403, 404)
    parts = request.path.rstrip("/").split("/") if is_known else []
    for length in range(len(parts), 1, -1):
        for address in ("/".join(parts[:length]), "/".join(parts[:length]) + "/"):
            if _is_open_page(address):
                return _("Back to the page"), address
    return _("Back to your work"), url_for("accounts.home")


def way_back_of_candidate(status: int) -> tuple[str, str] | None:
    """Return (label, address) of a link from an error page to the interview that this browser has opened, or None.
    There is no link if the invitation can no longer be used (410). Returns None if the database is unavailable.
    """
    try:
        if status >= 500 or status == GoneError.status or not access.current_principal().is_candidate:
            return None
    except SQLAlchemyError:
        db.session.remove()
        return None
    return _("Back to the interview"), url_for("interview.task_list")


def _is_open_page(address: str) -> bool:
    """Return whether the current user may open a page at this address. The object on the page may no longer exist."""
    try:
        endpoint, _arguments = current_app.create_url_adapter(request).match(address, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    permission = access.permission_of(current_app.view_functions[endpoint])
    return permission is not None and is_allowed(access.current_principal(), permission)


def navigation() -> list[tuple[str, str, str | None]]:
    """Return (label, address, aria-current) of the sections that the signed-in user may open.

    A page belongs to the section whose address is the longest prefix of its own.
    """
    labels = {
        "review.interviews": _("Review"),
        "manage.interviews": _("Interviews"),
        "decisions.queue": _("Requests"),
        "captions.needed_captions": _("Captions to make"),
        "compliance.overview": _("Compliance"),
        "status.status": _("Status"),
    }
    who = access.current_principal()
    places = [(labels[end], url_for(end)) for permission, end in NAVIGATION if is_allowed(who, permission)]
    here = max((at for _label, at in places if request.path.startswith(at)), key=len, default=None)
    current = {here: "page" if request.path == here else "true"}
    return [(label, address, current.get(address)) for label, address in places]


@blueprint.get("/")
@access.requires("public")
def front() -> ResponseReturnValue:
    """Redirect staff to their start page, candidates to their interview, and anyone else to the sign-in page."""
    if access.current_user():
        return redirect(url_for("accounts.home"))
    if access.attempt_id():
        return redirect(
            url_for("interview.task_list" if access.current_principal().is_candidate else "interview.receipt")
        )
    return redirect(url_for("accounts.sign_in_page"))


@blueprint.post("/language")
@access.requires("public")
def choose_language() -> ResponseReturnValue:
    """Save the language for this browser, and return to the page where it was chosen."""
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        session.permanent = True
        session["language"] = chosen
    return redirect(_page_at(local_address(request.form.get("back"))), 303)


def _page_at(address: str | None) -> str:
    """Return the address, or the front page if the address accepts only forms, as after a failed form."""
    if address is None:
        return url_for("pages.front")
    try:
        current_app.create_url_adapter(request).match(urlsplit(address).path, method="GET")  # type: ignore[union-attr]
    except MethodNotAllowed:
        return url_for("pages.front")
    except HTTPException:
        return address  # the page does not exist; the error is shown in the new language
    return address


@blueprint.get("/accessibility")
@access.requires("public")
def accessibility_statement() -> ResponseReturnValue:
    """Show docs/accessibility-statement.md."""
    heading, text = STATEMENT.read_text().split("\n", 1)
    content = Markup(MarkdownIt("js-default").render(text))  # noqa: S704 - this is our own file, and HTML in it is escaped
    return render_template("pages/statement.html", heading=heading.removeprefix("# "), content=content)
