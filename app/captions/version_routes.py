"""Pages for the versions of captions: list, compare, restore, and mark as checked."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.captions import corrections
from app.captions.alignment import Fate, compare
from app.captions.editing import cues_of_drafts, drafts_of
from app.captions.editing_context import EditingContext, author_name, find_place
from app.captions.editor_routes import editor_page, problems_of
from app.captions.files.offsets import late_cues
from app.captions.forms import EditorForm, VersionForm
from app.captions.model_choice import languages_in_use
from app.captions.models import CaptionTrack
from app.captions.open_context import open_context
from app.captions.origins import origin_words
from app.captions.remaking import offer_for
from app.captions.services import current_track, notes_on
from app.clock import now
from app.config import current_config
from app.errors import InvalidInputError, NotAllowedError
from app.extensions import db
from app.request_guard import whole_number
from app.review.search.services import index_track
from app.saved import confirm
from app.transaction import transaction


@requires("captions.correct")
def versions(take_id: str) -> ResponseReturnValue:
    """Show all versions with their authors and times, and the actions for them."""
    place = open_context(take_id)
    tracks = corrections.versions_of(db.session(), take_id)
    shown = next((track for track in tracks if track.is_current), None)
    return render_template(
        "captions/versions.html",
        place=place,
        tracks=tracks,
        shown=shown,
        notes=notes_on(shown) if shown else [],
        origin=origin_of,
        checked_by=author_name(db.session(), shown.checked_by_id) if shown else None,
        offer=offer_for(db.session(), place.media.take, languages_in_use(current_config())),
    )


@requires("captions.correct")
def version(take_id: str, number: int) -> ResponseReturnValue:
    """Show a version, compared word by word with the previous version or with the version in `?with=`."""
    place = open_context(take_id)
    later = corrections.find_version(db.session(), take_id, number)
    other = whole_number(request.args.get("with"), number - 1)
    earlier = corrections.find_version(db.session(), take_id, other) if other > 0 else None
    runs = compare(_text_of(place, earlier), _text_of(place, later))
    shown = current_track(db.session(), take_id)
    return render_template(
        "captions/version.html",
        place=place,
        later=later,
        earlier=earlier,
        words=_text_of(place, later),
        runs=runs,
        count={fate: sum(len(run.text.split()) for run in runs if run.fate is fate) for fate in Fate},
        origin=origin_of,
        shown=shown,
        others=[
            (track.version, f"{track.version}: {origin_of(track)}")
            for track in corrections.versions_of(db.session(), take_id)
            if track.version != number
        ],
    )


@requires("captions.correct")
def restore(take_id: str, number: int) -> ResponseReturnValue:
    """Make an earlier version current again.

    If captions begin after the end of the recording, open it in the editor instead.
    """
    place = open_context(take_id)
    base = _base()
    earlier = corrections.find_version(db.session(), take_id, number)
    cues, duration_ms = place.cues_of(earlier), place.media.duration_ms
    drafts = drafts_of(cues)
    if late_cues(cues, duration_ms):
        form = EditorForm(formdata=None, base=base, source="", language=earlier.language)
        faults = cues_of_drafts(drafts, duration_ms=duration_ms)[1]
        return editor_page(place, form, drafts, problems=problems_of(faults)), 422
    with transaction() as session:
        actor = Actor("staff", access.signed_in_user().id)
        track = corrections.restore(session, take_id, number, base=base, actor=actor, now=now())
        index_track(session, track.id)
    confirm(
        _("Version %(number)s is saved. Everybody now sees this version, and searches find it.", number=track.version)
    )
    return redirect(url_for("captions.versions", take_id=take_id), 303)


@requires("captions.correct")
def check(take_id: str) -> ResponseReturnValue:
    """Record that the reviewer has compared the current version with the recording.

    From then on, its text is shown and found even if the speech model did not understand the recording.
    """
    place = find_place(db.session(), access.signed_in_user(), take_id)
    if not place.is_heard:
        raise NotAllowedError(_("In this blind review you judge only the words, so the recording is not played here."))
    base = _base()
    with transaction() as session:
        track = corrections.mark_checked(session, take_id, base=base, user=access.signed_in_user(), now=now())
        index_track(session, track.id)
    return redirect(url_for("captions.versions", take_id=take_id), 303)


def _text_of(place: EditingContext, track: CaptionTrack | None) -> str:
    return "\n".join(cue.text for cue in place.cues_of(track))


def origin_of(track: CaptionTrack) -> str:
    """Return a phrase that says how a version was made and who made it."""
    return origin_words(db.session(), track)


def _base() -> int:
    form = VersionForm()
    if not form.validate_on_submit():
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    return int(form.base.data)
