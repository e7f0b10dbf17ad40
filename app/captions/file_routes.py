"""Download caption files, and import them into the editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.body_limits import takes_files
from app.captions import editing, services
from app.captions.carried import MAX_CARRIED_BYTES, CaptionFile, carried_file, carry
from app.captions.clock import write_time
from app.captions.editing_context import EditingContext
from app.captions.editor_routes import editor_page
from app.captions.file_reading import read_caption_file
from app.captions.file_wording import words_for_file_error, words_for_repairs
from app.captions.files.imported import ImportedFile
from app.captions.files.limits import MAX_CUES, MAX_FILE_BYTES
from app.captions.files.problems import CaptionFileError, CaptionProblem
from app.captions.forms import EditorForm, EncodingForm, ImportForm
from app.captions.models import CaptionTrack, TrackKind
from app.captions.open_context import open_context
from app.captions.services import current_track
from app.errors import InvalidInputError, NotFoundError
from app.extensions import db
from app.file_names import file_name
from app.language_tags import UNKNOWN_LANGUAGE
from app.recording.services import find_take_for_candidate
from app.recording.wording import own_file_words
from app.review.services import file_words
from app.transaction import end_reading

MAX_BODY_BYTES = 16 * 1024 * 1024
"""Maximum size of a request. Larger than MAX_FILE_BYTES, so that a file above that limit gets a helpful message."""
CUES_SHOWN = 10
"""Number of captions shown as a sample on the page that asks for the text encoding."""
FORMATS: Mapping[str, tuple[Callable[[CaptionTrack], str], str]] = {
    "vtt": (services.track_as_vtt, "text/vtt"),
    "srt": (services.track_as_srt, "application/x-subrip"),
    "txt": (services.track_as_text, "text/plain"),
}


@requires("captions.correct")
def import_page(take_id: str) -> ResponseReturnValue:
    """Show the form for uploading a caption file."""
    track = current_track(db.session(), take_id)
    return _import_page(open_context(take_id), ImportForm(formdata=None, base=track.version if track else 0))


@requires("captions.correct")
@takes_files(MAX_BODY_BYTES)
def import_file(take_id: str) -> ResponseReturnValue:
    """Read an uploaded caption file into the editor. It is saved only after the reviewer has checked it."""
    place, form = open_context(take_id), ImportForm()
    if not form.validate_on_submit():
        return _import_page(place, form), 422
    content = form.file.data.stream.read(MAX_FILE_BYTES + 1)
    file = CaptionFile(content, form.file.data.filename or "")
    try:
        found = _read(place, file)
    except CaptionFileError as error:
        form.file.errors = [words_for_file_error(error)]
        return _import_page(place, form), 422
    if not found.is_guess:
        return _imported(place, form.base.data, found)
    if len(content) > MAX_CARRIED_BYTES:
        form.file.errors = [
            _("This large file does not say which text encoding it uses. Save it as UTF-8, and choose it again.")
        ]
        return _import_page(place, form), 422
    return _encoding_page(place, EncodingForm(formdata=None, base=form.base.data), file, found)


@requires("captions.correct")
def read_as(take_id: str) -> ResponseReturnValue:
    """Read an uploaded file into the editor, using the encoding that the user chose."""
    place, form = open_context(take_id), EncodingForm()
    if not form.validate_on_submit():
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    file = carried_file(form)
    try:
        return _imported(place, form.base.data, _read(place, file, form.encoding.data or ""))
    except CaptionFileError as error:
        retry = ImportForm(formdata=None, base=form.base.data)
        retry.file.errors = [words_for_file_error(error)]
        return _import_page(place, retry), 422


def _read(place: EditingContext, file: CaptionFile, encoding: str = "") -> ImportedFile:
    """Return the contents of a caption file, without the notes that our own exports contain.

    Raises CaptionFileError if the file is not valid.
    """
    track = current_track(db.session(), place.take_id)
    language = (track and track.known_language) or place.answer.question.spoken_language
    end_reading()
    found = read_caption_file(
        file.content, name=file.name, duration_ms=place.media.duration_ms, language=language, encoding=encoding
    )
    found = replace(found, cues=services.without_notes(found.cues))
    drafts = editing.drafts_of(found.cues)
    if len(drafts) > editing.MAX_EDITED_CUES or editing.form_bytes(drafts) > editing.MAX_FORM_BYTES:
        raise CaptionFileError(CaptionProblem.TOO_LARGE)
    if not found.cues:
        raise CaptionFileError(CaptionProblem.NO_CAPTION)
    return found


@requires("media.watch")
def track_file(take_id: str, suffix: str) -> ResponseReturnValue:
    """Return the current captions of a take as WebVTT, SRT or plain text.

    Raises NotFoundError if the take has no captions or the current user may not watch it. SRT, text, and WebVTT with
    `?download` are sent as attachments, whose file name says whether the captions have been checked.
    """
    name = _watched(take_id)
    track = services.current_track(db.session(), take_id)
    if track is None:
        raise NotFoundError()
    write, content_type = FORMATS[suffix]
    response = Response(write(track), content_type=f"{content_type}; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    if suffix != "vtt" or "download" in request.args:
        filename = file_name(*name, "captions", _standing(track), suffix=suffix)
        response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _standing(track: CaptionTrack) -> str:
    if track.checked_at is not None:
        return "checked"
    if track.is_withheld:
        return "no-transcript"
    return "automatic-not-checked" if track.kind == TrackKind.AUTOMATIC else "not-checked"


def _watched(take_id: str) -> tuple[object, ...]:
    """Return the parts of the file name for a download.

    Raises NotFoundError if the current user may not watch the take.
    """
    user, attempt_id = access.current_user(), access.attempt_id()
    if user is not None:
        return file_words(open_context(take_id).answer)
    if attempt_id is not None:
        return own_file_words(find_take_for_candidate(db.session(), attempt_id, take_id))
    raise NotFoundError()


def _imported(place: EditingContext, base: int, found: ImportedFile) -> ResponseReturnValue:
    track = current_track(db.session(), place.take_id)
    language = track.language if track else UNKNOWN_LANGUAGE
    form = EditorForm(formdata=None, base=base, source="file", language=language)
    return editor_page(place, form, editing.drafts_of(found.cues), repairs=words_for_repairs(found))


def _encoding_page(place: EditingContext, form: EncodingForm, file: CaptionFile, found: ImportedFile) -> str:
    carry(form, file, found)
    return render_template(
        "captions/encoding.html", place=place, form=form, cues=found.cues[:CUES_SHOWN], write_time=write_time
    )


def _import_page(place: EditingContext, form: ImportForm) -> str:
    return render_template(
        "captions/import.html", place=place, form=form, largest_mib=MAX_FILE_BYTES // 1024**2, most_cues=MAX_CUES
    )
