"""Pages on which coordinators add and remove the video or sound of a question."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import temporary
from app.accounts import access
from app.accounts.access import requires
from app.body_limits import takes_files
from app.captions import question_media, question_media_drafts, question_media_encoding
from app.captions.carried import CaptionFile, carried_file, carry
from app.captions.clock import write_time
from app.captions.file_wording import words_for_file_error, words_for_late, words_for_move, words_for_repairs
from app.captions.files.imported import ImportedFile
from app.captions.files.offsets import late_cues
from app.captions.files.problems import CaptionFileError, CaptionProblem
from app.captions.files.timestamps import LATEST_MS
from app.captions.forms import QuestionMediaDraftForm, QuestionMediaForm
from app.captions.models import QuestionMediaEncoding
from app.captions.question_choice_routes import choose
from app.captions.question_media import Captions, StoredQuestionMedia
from app.captions.question_media_file_routes import captions, media, original
from app.captions.question_media_uploads import UPLOAD, bytes_of, inspect_upload, read_again, read_captions
from app.captions.question_versions import MediaPlace, MediaRole
from app.captions.shaping.cues import Cue
from app.clock import now
from app.errors import BusyError, InvalidInputError
from app.extensions import db
from app.interviews import manage_services
from app.interviews.models import Question
from app.partials import page_or_partial
from app.recording import services as recording
from app.recording.in_use import questions_in_use
from app.saved import confirm
from app.storage import get_storage
from app.transaction import after_commit, end_reading, transaction

blueprint = Blueprint("question_media", __name__)
MAX_DIGITS = 9
"""An offset in milliseconds must have fewer digits than this."""
OF_QUESTION = "/manage/interviews/<interview_id>/questions/<question_id>/prompt"
OTHER = f"<any({MediaRole.SIGN},{MediaRole.DESCRIBED}):role>"
"""The part of an address that names a version. Addresses without it refer to the main version."""
MAIN = {"role": MediaRole.MAIN}


@requires("interviews.manage")
@takes_files()
def edit(interview_id: str, question_id: str, role: str) -> ResponseReturnValue:
    """Show a version of a question's media, or accept an uploaded video or sound with its captions."""
    question, form = manage_services.load_question(db.session(), interview_id, question_id), QuestionMediaForm()
    place = MediaPlace(question_id, MediaRole(role))
    if not form.validate_on_submit():
        return _page(question, place, form)
    manage_services.require_unused(_is_in_use(question))
    language = question.spoken_language
    end_reading()
    with temporary.workspace(f"prompt-{question_id}") as folder:
        made = inspect_upload(form, folder, place.role)
        found = read_captions(form, made, language) if made else None
        if made is None or form.errors:
            return _page(manage_services.load_question(db.session(), interview_id, question_id), place, form)
        stored = question_media.store(get_storage(), question_id, folder / UPLOAD, made, now=now())
    if found is None:
        _save(interview_id, place, stored, None)
        return _back_to(interview_id, place)
    draft = QuestionMediaDraftForm(formdata=None, draft=question_media_drafts.seal(stored, place), moved_ms=0)
    file = CaptionFile(bytes_of(form), form.captions.data.filename or "")
    return _preview(interview_id, place, draft, file, found, stored)


@requires("interviews.manage")
def check_captions(interview_id: str, question_id: str, role: str) -> ResponseReturnValue:
    """Change the encoding of uploaded captions, move all captions, or save them with the uploaded media."""
    question, form = manage_services.load_question(db.session(), interview_id, question_id), QuestionMediaDraftForm()
    manage_services.require_unused(_is_in_use(question))
    if not form.validate_on_submit():
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    place = MediaPlace(question_id, MediaRole(role))
    stored, file = question_media_drafts.unseal(str(form.draft.data), place), carried_file(form)
    language, (action, _dash, by) = question.spoken_language, request.form.get("do", "").partition("-")
    end_reading()
    if action == "move" and by.isascii() and by.isdigit() and len(by) < MAX_DIGITS:
        form.moved_ms.process_data(min(LATEST_MS, int(form.moved_ms.data or 0) + int(by)))
        form.moved_ms.raw_data = None  # or the form would show the submitted value
    try:
        found = read_again(
            file, stored.duration_ms, language, str(form.encoding.data or ""), int(form.moved_ms.data or 0)
        )
    except CaptionFileError as error:
        failure = BusyError if error.problem is CaptionProblem.NOT_NOW else InvalidInputError
        raise failure(words_for_file_error(error)) from error
    if action != "save" or late_cues(found.cues, stored.duration_ms):
        return _preview(interview_id, place, form, file, found, stored)
    if not _is_here(place, stored):
        return _preview(interview_id, place, form, file, found, stored, is_replaced=True)
    _save(interview_id, place, stored, Captions(found.cues, language))
    return _back_to(interview_id, place)


@requires("interviews.manage")
def remove(interview_id: str, question_id: str, role: str) -> ResponseReturnValue:
    """Remove a version of a question's media. The text of the question and other versions stay."""
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        actor, used = access.signed_in_user(), _is_in_use(question)
        old = question_media.remove(session, question, [MediaRole(role)], is_in_use=used, actor=actor, now=now())
        after_commit(recording.delete_keys, get_storage(), old)
    confirm(_("Removed."))
    return _back_to(interview_id, MediaPlace(question_id, MediaRole(role)))


@requires("interviews.manage")
def remove_coming(interview_id: str, question_id: str, role: str) -> ResponseReturnValue:
    """Discard new media that is being encoded or has failed. The question keeps the media that it shows."""
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, question_id, lock=True)
        actor = access.signed_in_user()
        old = question_media.remove_encoding(session, question, MediaRole(role), actor=actor, now=now())
        after_commit(recording.delete_keys, get_storage(), old)
    confirm(_("Removed."))
    return _back_to(interview_id, MediaPlace(question_id, MediaRole(role)))


def _back_to(interview_id: str, place: MediaPlace) -> ResponseReturnValue:
    return redirect(url_for("question_media.edit", interview_id=interview_id, **place._asdict()), 303)


def _preview(
    interview_id: str,
    place: MediaPlace,
    form: QuestionMediaDraftForm,
    file: CaptionFile,
    found: ImportedFile,
    stored: StoredQuestionMedia,
    *,
    is_replaced: bool = False,
) -> ResponseReturnValue:
    """Show the captions as candidates would see them, before they are saved.

    The status is 422 if some captions begin after the end of the media, else 409 if `is_replaced`: the media was
    replaced or removed in the meantime, and the page also shows the captions that are saved now.
    """
    carry(form, file, found)
    late = late_cues(found.cues, stored.duration_ms)
    problems = [words_for_late(late)] if late else []
    if is_replaced:
        problems = [_("The video or sound of these captions was replaced or removed in the meantime.")]
    question = manage_services.load_question(db.session(), interview_id, place.question_id)
    page = render_template(
        "manage/question_media_captions.html",
        form=form,
        errors=[(problem, "#captions") for problem in problems],
        interview=question.interview,
        question=question,
        role=place.role,
        cues=found.cues,
        is_replaced=is_replaced,
        saved_cues=_saved_cues(place) if is_replaced else [],
        is_guess=found.is_guess,
        repairs=words_for_repairs(found),
        late=late,
        words_for_move=words_for_move,
        write_time=write_time,
    )
    return page, 422 if late else 409 if is_replaced else 200


def _saved_cues(place: MediaPlace) -> list[Cue]:
    """Return the captions that were saved last: those of the media being encoded, or else of the media that is shown."""
    session = db.session()
    coming = question_media_encoding.find(session, place)
    return question_media.cues_of(coming or question_media.find(session, place))


def _is_here(place: MediaPlace, stored: StoredQuestionMedia) -> bool:
    """Return whether an upload can be saved: its file is still stored, or it was already saved as the question's media."""
    session = db.session()
    is_saved = question_media.is_saved(session, place, stored.key)
    end_reading()
    try:
        return is_saved or get_storage().size(stored.key) > 0
    except FileNotFoundError:
        return False


def _save(interview_id: str, place: MediaPlace, stored: StoredQuestionMedia, captions: Captions | None) -> None:
    storage = get_storage()
    with transaction() as session:
        question = manage_services.load_question(session, interview_id, place.question_id, lock=True)
        old = question_media.save(
            session,
            question,
            place.role,
            stored,
            captions,
            is_in_use=_is_in_use(question),
            actor=access.signed_in_user(),
            now=now(),
        )
        after_commit(recording.delete_keys, storage, old)


def _is_in_use(question: Question) -> bool:
    return question.id in questions_in_use(db.session(), question.interview_id)


def _page(question: Question, place: MediaPlace, form: QuestionMediaForm) -> ResponseReturnValue:
    """Render the page. For HTMX, which polls during encoding, render only the part that changes."""
    session = db.session()
    media, coming = question_media.find(session, place), question_media_encoding.find(session, place)
    page = page_or_partial(
        "manage/question_media.html",
        "manage/_question_media.html",
        form=form,
        interview=question.interview,
        question=question,
        role=place.role,
        others=_other_versions(place) if place.role == MediaRole.MAIN else [],
        media=media,
        coming=coming,
        is_coming=question_media_encoding.is_coming(coming),
        why_not=_why_not(coming),
        transcript=question_media.transcript(media),
        is_in_use=_is_in_use(question),
        minutes=question_media.LIMITS.duration_seconds // 60,
    )
    page.status_code = 422 if form.errors else 200
    return page


def _other_versions(place: MediaPlace) -> list[tuple[MediaRole, bool]]:
    """Return the roles of a question's other versions, each with whether its media exists or is being encoded."""
    session, roles = db.session(), [role for role in MediaRole if role != place.role]
    places = [(role, place._replace(role=role)) for role in roles]
    return [
        (role, question_media.find(session, at) is not None or question_media_encoding.find(session, at) is not None)
        for role, at in places
    ]


def _why_not(coming: QuestionMediaEncoding | None) -> str | None:
    """Return why the uploaded media could not be used, or None if it is still being encoded or nothing went wrong."""
    if coming is None or question_media_encoding.is_coming(coming):
        return None
    if coming.problem == question_media_encoding.IN_USE:
        return _(
            "A candidate answered this question before the file was ready. So the question has not changed, "
            "and is the same for everyone."
        )
    return question_media.words_for_failure(str(coming.problem))


blueprint.add_url_rule("/interview/questions/<question_id>/version", view_func=choose, methods=["POST"])


def _add(rule: str, view: Callable[..., ResponseReturnValue], *methods: str) -> None:
    """Add two addresses of a view: `rule` without VERSION (the main version), and with a version in its place."""
    blueprint.add_url_rule(rule.replace("/VERSION", ""), view_func=view, methods=methods, defaults=MAIN)
    blueprint.add_url_rule(rule.replace("VERSION", OTHER), view_func=view, methods=methods)


_add(f"{OF_QUESTION}/VERSION", edit, "GET", "POST")
_add(f"{OF_QUESTION}/VERSION/captions", check_captions, "POST")
_add(f"{OF_QUESTION}/VERSION/remove", remove, "POST")
_add(f"{OF_QUESTION}/VERSION/coming/remove", remove_coming, "POST")
_add(f"{OF_QUESTION}/VERSION/original/<int:number>", original, "GET")
_add("/prompts/<question_id>/VERSION/media", media, "GET")
_add("/prompts/<question_id>/VERSION/captions.vtt", captions, "GET")
