"""Caption files going out, and coming in through the editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.captions import editing, services, wording
from app.captions.editor_routes import editor_page
from app.captions.files import LARGEST_BYTES, FromFile, read_file
from app.captions.forms import EditorForm, ImportForm
from app.captions.models import CaptionTrack, TrackKind
from app.captions.place_routes import open_place
from app.captions.places import Place
from app.captions.services import current_track
from app.captions.vtt import CaptionFileError
from app.errors import NotFound
from app.extensions import db
from app.recording.services import find_take_for_candidate
from app.request_limits import SMALL_BODY, takes_files

FORMATS: Mapping[str, tuple[Callable[[CaptionTrack], str], str]] = {
    "vtt": (services.track_as_vtt, "text/vtt"),
    "srt": (services.track_as_srt, "application/x-subrip"),
    "txt": (services.track_as_text, "text/plain"),
}


@requires("captions.correct")
def import_page(take_id: str) -> ResponseReturnValue:
    """Show the form for a caption file."""
    track = current_track(db.session(), take_id)
    return _import_page(open_place(take_id), ImportForm(formdata=None, base=track.version if track else 0))


@requires("captions.correct")
@takes_files(LARGEST_BYTES + SMALL_BODY)
def import_file(take_id: str) -> ResponseReturnValue:
    """Read a caption file into the editor, where it is looked over before it is saved."""
    place, form = open_place(take_id), ImportForm()
    if not form.validate_on_submit():
        return _import_page(place, form), 422
    content = form.file.data.stream.read(LARGEST_BYTES + 1)
    try:
        found = read_file(content, name=form.file.data.filename or "", duration_ms=place.media.duration_ms)
    except CaptionFileError as error:
        form.file.errors = [wording.words_for_file_error(error)]
        return _import_page(place, form), 422
    if not found.cues:
        form.file.errors = [_("There is no caption in this file. Choose another one.")]
        return _import_page(place, form), 422
    found = replace(found, cues=services.without_notes(found.cues))
    drafts = editing.drafts_of(found.cues)
    if len(drafts) > editing.MOST_CUES or editing.form_bytes(drafts) > editing.MOST_FORM_BYTES:
        form.file.errors = [_("The file is too large for captions.")]
        return _import_page(place, form), 422
    return _imported(place, form.base.data, found)


@requires("media.watch")
def track_file(take_id: str, suffix: str) -> ResponseReturnValue:
    """Give the current captions of a take as WebVTT, SRT or text; 404 while there are none, and for another's take alike.

    With `download` it comes as a file, whose name says whether somebody has checked it.
    """
    _check_may_watch(take_id)
    track = services.current_track(db.session(), take_id)
    if track is None:
        raise NotFound()
    write, content_type = FORMATS[suffix]
    response = Response(write(track), content_type=f"{content_type}; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    if suffix != "vtt" or "download" in request.args:
        response.headers.set("Content-Disposition", "attachment", filename=f"captions-{_standing(track)}.{suffix}")
    return response


def _standing(track: CaptionTrack) -> str:
    if track.checked_at is not None:
        return "checked"
    return "automatic-not-checked" if track.kind == TrackKind.AUTOMATIC else "not-checked"


def _check_may_watch(take_id: str) -> None:
    user, attempt_id = access.current_user(), access.attempt_id()
    if user is not None:
        open_place(take_id)
    elif attempt_id is not None:
        find_take_for_candidate(db.session(), attempt_id, take_id)
    else:
        raise NotFound()


def _imported(place: Place, base: int, found: FromFile) -> ResponseReturnValue:
    track = current_track(db.session(), place.take_id)
    language = track.language if track else "und"
    form = EditorForm(formdata=None, base=base, source="file", language=language)
    repairs = [wording.words_for_repair(repair, line) for repair, line in found.repairs]
    return editor_page(place, form, editing.drafts_of(found.cues), repairs=repairs)


def _import_page(place: Place, form: ImportForm) -> str:
    return render_template("captions/import.html", place=place, form=form, largest_mib=LARGEST_BYTES // 1024**2)
