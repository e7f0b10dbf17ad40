"""The pages about one candidate: their story, their data, their erasure, and legal holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accommodations import decisions
from app.accommodations.decisions import RequestTexts
from app.accommodations.wording import given_words, state_words
from app.accounts import access
from app.accounts.access import requires
from app.archive import stream_zip
from app.audit import Actor, AuditAction, record
from app.clock import now
from app.compliance import erasure, erasure_run, exports, holds, own_copy, services, story
from app.compliance.forms import EraseForm, HoldForm
from app.errors import NotFoundError
from app.extensions import db
from app.file_names import file_name
from app.interviews import separation
from app.interviews.models import Invitation
from app.keyset import place_in
from app.recording.wording import recorded_words
from app.request_guard import typed_words
from app.saved import confirm
from app.sealing import get_sealer
from app.storage import get_storage
from app.transaction import transaction

blueprint = Blueprint("people", __name__, url_prefix="/compliance/people")


@blueprint.before_request
def _require_separate_duties() -> None:
    """Deny the pages about a candidate to reviewers of the candidate's interview."""
    invitation = db.session.get(Invitation, (request.view_args or {}).get("invitation_id", ""))
    user = access.current_user()
    if invitation is not None and user is not None:
        separation.require_not_reviewing(db.session(), user, invitation.interview_id)


@blueprint.get("/")
@requires("compliance.read")
def find() -> ResponseReturnValue:
    """Find candidates by name, email address, reference or the id of the invitation."""
    wanted = typed_words(request.args.get("q"))
    page, total = services.find_people(db.session(), wanted, place_in(request.args))
    return render_template("compliance/people.html", page=page, total=total, wanted=wanted)


@blueprint.get("/<invitation_id>")
@requires("compliance.read")
def person(invitation_id: str) -> ResponseReturnValue:
    """Show the whole story of one candidate, for an auditor."""
    return render_template("compliance/person.html", **_page(story.build_story(db.session(), invitation_id)))


@blueprint.post("/<invitation_id>/story.<kind>")
@requires("compliance.read")
def export(invitation_id: str, kind: str) -> ResponseReturnValue:
    """Download the story as CSV or JSON Lines. The download is logged as an event."""
    if kind not in exports.KINDS:
        raise NotFoundError()
    with transaction() as session:
        told = story.build_story(session, invitation_id)
        _record(AuditAction.STORY_EXPORTED, invitation_id, rows=len(told.events) + 1)
    told = story.build_story(db.session(), invitation_id)
    entries = services.entries_of(db.session(), told.events)
    rows = exports.story_rows(told, entries, story.questions_in(db.session(), told))
    return exports.download(rows, kind, name=_file_name("story", told, suffix=kind))


@blueprint.post("/<invitation_id>/words")
@requires("compliance.read")
def words(invitation_id: str) -> ResponseReturnValue:
    """Show the candidate's own words in requests, and the replies to the requests. Every view is logged as an event."""
    with transaction() as session:
        texts = _open_texts(story.build_story(session, invitation_id))
    return render_template("compliance/person.html", **_page(story.build_story(db.session(), invitation_id), texts))


@blueprint.post("/<invitation_id>/data.zip")
@requires("compliance.read")
def data_file(invitation_id: str) -> ResponseReturnValue:
    """Download all data about a person, to be given to that person.

    The file includes the texts of requests, so the download is also logged as a view of them.
    """
    with transaction() as session:
        told = story.build_story(session, invitation_id)
        if told.invitation is None:
            raise NotFoundError()
        held = own_copy.gather(session, told, _open_texts(told))
        count = len(own_copy.files(session, told, held, get_storage()))
        _record(AuditAction.OWN_DATA_EXPORTED, invitation_id, files=count)

    name = _file_name("data", told, suffix="zip")

    def pieces() -> Iterator[bytes]:
        session = db.session()
        yield from stream_zip(own_copy.files(session, story.build_story(session, invitation_id), held, get_storage()))

    response = Response(stream_with_context(pieces()), content_type="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/<invitation_id>/erase", methods=["GET", "POST"])
@requires("compliance.manage")
def erase(invitation_id: str) -> ResponseReturnValue:
    """Show what will be deleted and what is kept, and ask for confirmation (GET), or erase the person (POST)."""
    form = EraseForm()
    if form.validate_on_submit():
        erasure_run.erase(invitation_id, actor=_actor(), now=now())
        confirm(_("Erased."))
        return redirect(url_for("people.certificate", invitation_id=invitation_id), 303)
    told = story.build_story(db.session(), invitation_id)
    if told.invitation is None:
        return redirect(url_for("people.certificate", invitation_id=invitation_id))
    hold = holds.hold_on(db.session(), told.invitation)
    page = render_template("compliance/erase.html", form=form, story=told, hold=hold)
    return page, 422 if form.errors else 200


@blueprint.get("/<invitation_id>/certificate")
@requires("compliance.read")
def certificate(invitation_id: str) -> ResponseReturnValue:
    """Show the certificate of an erasure in a form that can be printed."""
    done = erasure.find(db.session(), invitation_id)
    if done is None:
        raise NotFoundError()
    links = erasure.events_of(db.session(), done)
    return render_template("compliance/certificate.html", erasure=done, links=links)


@blueprint.get("/<invitation_id>/certificate.json")
@requires("compliance.read")
def certificate_file(invitation_id: str) -> ResponseReturnValue:
    """Download the certificate."""
    done = erasure.find(db.session(), invitation_id)
    if done is None:
        raise NotFoundError()
    response = Response(json.dumps(erasure.certificate(db.session(), done), indent=2), content_type="application/json")
    name = file_name("certificate of erasure", done.invitation_id, suffix="json")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.route("/<invitation_id>/hold", methods=["GET", "POST"])
@requires("compliance.manage")
def hold(invitation_id: str) -> ResponseReturnValue:
    """Place a legal hold on one candidate's data."""
    form, told = HoldForm(), story.build_story(db.session(), invitation_id)
    if told.invitation is None:
        raise NotFoundError()
    if not form.validate_on_submit():
        page = render_template("compliance/hold.html", form=form, interview=told.interview, of=told.invitation.named)
        return page, 422 if form.errors else 200
    with transaction() as session:
        on = session.get_one(Invitation, invitation_id)
        holds.place(session, on, form.reason.data or "", sealer=get_sealer(), actor=_actor(), now=now())
    return redirect(url_for("people.person", invitation_id=invitation_id), 303)


def _page(told: story.Story, texts: Mapping[str, RequestTexts] | None = None) -> dict[str, object]:
    session = db.session()
    return {
        "story": told,
        "entries": services.entries_of(session, told.events),
        "hold": holds.hold_on(session, told.invitation) if told.invitation else None,
        "timed_out": told.was_timed_out(now()),
        "given_words": given_words,
        "state_words": state_words,
        "recorded_words": recorded_words,
        "texts": texts or {},
    }


def _file_name(what: str, told: story.Story, *, suffix: str) -> str:
    """Return the file name for one candidate's data. For an erased person it contains only the id."""
    invitation = told.invitation
    about = [invitation.candidate_name, invitation.reference] if invitation else [told.invitation_id]
    return file_name(what, *about, suffix=suffix)


def _open_texts(told: story.Story) -> dict[str, RequestTexts]:
    """Return the decrypted texts of a person's requests. Call it in a transaction, because every view is logged."""
    session, sealer, actor = db.session(), get_sealer(), _actor()
    return {one.id: decisions.read_texts(session, one, sealer, actor=actor, now=now()) for one in told.requests}


def _record(action: AuditAction, invitation_id: str, **details: int) -> None:
    record(db.session(), action, actor=_actor(), subject=("invitation", invitation_id), now=now(), **details)


def _actor() -> Actor:
    return Actor("staff", access.signed_in_user().id)
