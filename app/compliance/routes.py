"""The auditor's pages: the audit log and its verification."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import audit
from app.accounts.access import requires
from app.compliance import services
from app.compliance.log import LogUnreadableError
from app.errors import NotFoundError
from app.extensions import db
from app.request_guard import whole_number

blueprint = Blueprint("compliance", __name__, url_prefix="/compliance")


@blueprint.get("/")
@requires("compliance.read")
def overview() -> ResponseReturnValue:
    """Show the events, newest first. A short log is verified automatically, a long one when the auditor asks for it."""
    session = db.session()
    page = whole_number(request.args.get("page", "1"))
    is_asked = "check" in request.args
    total = services.count_events(session)
    pages = max(1, -(-total // services.PER_PAGE))
    if not 1 <= page <= pages:
        raise NotFoundError()
    is_checked = page == 1 and (is_asked or total <= services.MAX_EVENTS_TO_VERIFY)
    try:
        entries = services.read_entries(session, page)
    except LogUnreadableError:
        is_checked, entries = True, None
    return render_template(
        "compliance/overview.html",
        found=audit.verify(session) if is_checked else None,
        entries=entries,
        total=total,
        page=page,
        pages=pages,
    )
