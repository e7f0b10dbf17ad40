"""The auditor's pages: whether the record is whole, and what it says."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import audit
from app.accounts.access import requires
from app.compliance import services
from app.errors import NotFound
from app.extensions import db

blueprint = Blueprint("compliance", __name__, url_prefix="/compliance")


@blueprint.get("/")
@requires("compliance.read")
def overview() -> ResponseReturnValue:
    """Walk the chain (on the first page), and show the events, newest first."""
    session = db.session()
    page = request.args.get("page", default=1, type=int)
    total = services.count_events(session)
    pages = max(1, -(-total // services.PER_PAGE))
    if not 1 <= page <= pages:
        raise NotFound()
    return render_template(
        "compliance/overview.html",
        found=audit.verify(session) if page == 1 else None,
        entries=services.read_entries(session, page),
        total=total,
        page=page,
        pages=pages,
    )
