"""The pages of the report on a period: figures, a chart with its table, and the requests as files."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accommodations import decisions
from app.accommodations.wording import given_words
from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor, AuditAction, record
from app.clock import now
from app.compliance import exports, reports
from app.compliance.figures import SMALL, STEP, STEPS, people
from app.compliance.reports import ReportScope
from app.config import current_config
from app.errors import NotFoundError
from app.extensions import db
from app.file_names import file_name
from app.interviews import manage_services, separation
from app.keyset import place_in
from app.sealing import get_sealer
from app.transaction import transaction

PERIOD = timedelta(days=90)
blueprint = Blueprint("reports", __name__, url_prefix="/compliance/report")


@blueprint.get("/")
@requires("compliance.read")
def report() -> ResponseReturnValue:
    """Show the figures of a period, by default the last 90 days."""
    return _page({})


@blueprint.post("/reasons")
@requires("compliance.read")
def reasons() -> ResponseReturnValue:
    """Show the figures with the reasons given for declined requests. Each view is logged as an event."""
    scope, errors = _scope()
    actor = Actor("staff", access.signed_in_user().id)
    texts = {}
    if not errors:
        with transaction() as session:
            for one in reports.declined_in(session, scope, place_in(request.values)).rows:
                texts[one.id] = decisions.read_texts(session, one, get_sealer(), actor=actor, now=now()).reason
    return _page(texts)


@blueprint.post("/requests.<kind>")
@requires("compliance.read")
def export(kind: str) -> ResponseReturnValue:
    """Download the requests of the period as CSV or JSON Lines. The download is logged as an event."""
    scope, errors = _scope()
    if kind not in exports.KINDS or errors:
        raise NotFoundError()
    with transaction() as session:
        count = reports.count_requests(session, scope)
        subject = ("interview", scope.interview.id) if scope.interview else ("log", "all interviews")
        actor = Actor("staff", access.signed_in_user().id)
        record(session, AuditAction.REPORT_EXPORTED, actor=actor, subject=subject, now=now(), rows=count)
    scope, _errors = _scope()
    requests = db.session.scalars(reports.requests_in(scope)).all()
    of = scope.interview.title if scope.interview else "all interviews"
    name = file_name("requests", of, scope.first, "to", scope.last, suffix=kind)
    return exports.download(reports.rows(requests, reports.deciders_of(db.session(), requests)), kind, name=name)


def _page(texts: dict[str, str | None]) -> ResponseReturnValue:
    scope, errors = _scope()
    made = (
        None
        if errors
        else reports.make(db.session(), scope, target_hours=current_config().request_target_hours, now=now())
    )
    page = render_template(
        "compliance/report.html",
        scope=scope,
        errors=errors,
        report=made,
        declined=None if errors else reports.declined_in(db.session(), scope, place_in(request.values)),
        interviews=manage_services.titles_to_choose(db.session(), scope.interview.id if scope.interview else ""),
        texts=texts,
        steps=STEPS,
        small=SMALL,
        step=STEP,
        people=people,
        target_hours=current_config().request_target_hours,
        given_words=given_words,
    )
    return page, 422 if errors else 200


def _scope() -> tuple[ReportScope, list[tuple[str, str]]]:
    """Return the scope of the requested report, and the errors in the request as (text, field)."""
    asked = request.values
    interview_id = asked.get("interview", "")
    interview = manage_services.load_interview(db.session(), interview_id) if interview_id else None
    hidden = separation.reviewed_interviews(db.session(), access.signed_in_user())
    if interview:
        separation.require_not_reviewing(db.session(), access.signed_in_user(), interview.id)
    today, errors = now().date(), []
    days = {}
    for name, standard in (("from", today - PERIOD), ("to", today)):
        try:
            days[name] = date.fromisoformat(asked.get(name) or standard.isoformat())
        except ValueError:
            days[name] = standard
            errors.append((_("Write the date as year, month and day, such as 2026-11-02."), f"#{name}"))
    if not errors and days["from"] > days["to"]:
        errors.append((_("The first day is after the last."), "#from"))
    return ReportScope(interview, days["from"], days["to"], frozenset(hidden)), errors
