"""Routes for whole files: upload a file with a plain form, and serve the file of a take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import pipeline
from app.accounts import access
from app.accounts.access import requires
from app.body_limits import takes_files
from app.captions.open_context import open_context
from app.clock import now
from app.config import current_config
from app.errors import DomainError, NotFoundError, TooLargeError
from app.extensions import db
from app.ids import new_id
from app.interviews.current import current_attempt
from app.interviews.models import Attempt
from app.media.facts import Refusal
from app.recording import services
from app.recording.blind_playback import is_sound_alone, may_have_originals
from app.recording.forms import FileForm
from app.recording.models import Media, Stage
from app.recording.serving import media_response, original_response
from app.recording.upload.first_look import obvious_refusal
from app.recording.upload.incoming import Body, Expected, Received, store_body
from app.recording.upload.tus import ProtocolError
from app.recording.wording import own_file_words
from app.review.services import file_words
from app.storage import get_storage
from app.transaction import after_commit, end_reading, transaction


@requires("interview.take_part")
def file_page(question_id: str) -> ResponseReturnValue:
    """Show the form to upload a file that was recorded elsewhere."""
    return _form_page(current_attempt(), question_id, FileForm())


@requires("interview.take_part")
@takes_files()
def add_file(question_id: str) -> ResponseReturnValue:
    """Make a take from an uploaded file. The worker detects the kind of file from its content."""
    attempt, form = current_attempt(), FileForm()
    services.require_new_take(db.session(), attempt, question_id, now=now())
    if not form.validate_on_submit():
        return _form_page(attempt, question_id, form), 422
    end_reading()
    upload_id = new_id()
    received = _store(upload_id, form.file.data.stream)
    refusal = obvious_refusal(get_storage(), [received.keys])
    if refusal is not None:
        services.delete_keys(get_storage(), received.keys)
        form.file.errors = [_refusal_words(refusal)]
        return _form_page(current_attempt(), question_id, form), 422
    _add_take(question_id, upload_id, received)
    return redirect(url_for("recording.question_page", question_id=question_id), 303)


@requires("media.watch")
def media(take_id: str) -> ResponseReturnValue:
    """Serve the file of a take to its candidate, a reviewer of its interview, or a coordinator who captions it.

    Anyone else gets a 404.

    Reviewers get only the sound with `only=sound` or in blind review.
    """
    found, sound_alone, name = _find_media(take_id)
    # Until the take is closed, each request of a reviewer decides whether they see its end.
    may_be_kept = access.current_user() is None or found.take.closed_at is not None
    try:
        return media_response(
            get_storage(), found, request.environ, name=name, sound_alone=sound_alone, may_be_kept=may_be_kept
        )
    except FileNotFoundError:
        current_app.logger.error("media file missing from storage: take=%s", take_id)
        raise NotFoundError() from None


@requires("media.watch")
def original(take_id: str, number: int) -> ResponseReturnValue:
    """Serve original file `number` (from 1) of a recording that was encoded again. Access is the same as for `media`.

    Blind review hides original files from reviewers (`blind_playback.may_have_originals`).
    """
    found, _sound_alone, name = _find_media(take_id)
    is_shown = may_have_originals(found, is_reviewer=access.current_user() is not None)
    if not is_shown or not 0 < number <= len(found.original_keys):
        raise NotFoundError()
    try:
        response = original_response(get_storage(), found, number, request.environ, name=name)
    except FileNotFoundError:
        raise NotFoundError() from None
    return response


def _refusal_words(refusal: Refusal) -> str:
    if refusal is Refusal.EMPTY:
        return _("This file is empty. Choose another one.")
    return _("This file is not a video or sound file that can be read here. Choose another one.")


def _form_page(attempt: Attempt, question_id: str, form: FileForm) -> str:
    question = services.find_question(attempt, question_id)
    largest = current_config().upload_limit // (1024 * 1024)
    return render_template("recording/file.html", form=form, question=question, largest_mib=largest)


def _store(upload_id: str, body: Body) -> Received:
    expected = Expected(size=None, most=current_config().upload_limit)
    try:
        return store_body(get_storage(), body, upload_id, 0, expected, now=now())
    except ProtocolError:
        raise TooLargeError(_("The file is larger than this site accepts. Choose a smaller one.")) from None


def _add_take(question_id: str, upload_id: str, received: Received) -> None:
    expiry = timedelta(hours=current_config().upload_expiry_hours)
    try:
        with transaction() as session:
            attempt = current_attempt(lock=True)
            take = services.add_file(session, attempt, question_id, upload_id, received, expiry=expiry, now=now())
            after_commit(pipeline.enqueue, Stage.ASSEMBLE, take.id)
    except DomainError:
        services.delete_keys(get_storage(), received.keys)
        raise


def _find_media(take_id: str) -> tuple[Media, bool, Sequence[object]]:
    """Return the media of a take, whether to serve only the sound, and the words of the file name."""
    user = access.current_user()
    if user is not None:
        place = open_context(take_id)
        wants_sound = request.args.get("only") == "sound"
        sound_alone = is_sound_alone(place.media, wanted=wants_sound, is_reviewer=not place.is_captioner)
        return place.media, sound_alone, file_words(place.answer)
    take = services.find_take_for_candidate(db.session(), access.attempt_id(), take_id)
    if take.media is None:
        raise NotFoundError()
    return take.media, False, own_file_words(take)
