"""Routes for the question page and its takes, the device check, and practice."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import pipeline
from app.accounts.access import requires
from app.captions import question_media, question_media_encoding, question_versions
from app.captions.model_choice import languages_in_use
from app.captions.question_versions import MediaPlace, MediaRole
from app.captions.remaking_words import result_words
from app.captions.services import current_track, takes_without_speech
from app.captions.speech.languages import known_among
from app.clock import now
from app.config import current_config
from app.errors import InvalidInputError, TooLargeError
from app.extensions import db
from app.interviews import services as interviews
from app.interviews.current import current_attempt, missing_step
from app.interviews.models import Attempt
from app.partials import depends_on_htmx
from app.recording import recorder_reports, services, thinking
from app.recording.countdown_routes import choose_countdown
from app.recording.file_routes import add_file, file_page, media, original
from app.recording.language_routes import choose_answer_language
from app.recording.models import Stage, TakeKind
from app.recording.more_time import take_more_time
from app.recording.question_page import (
    KINDS,
    MadeCaptions,
    TakeCaptions,
    address_after_answering,
    page_values,
    recorder_data,
    started_data,
    takes_values,
)
from app.recording.sentences import sentences
from app.recording.services import QuestionTask
from app.recording.trim_routes import trim, trim_page, whole_media
from app.recording.wording import kept_words
from app.recording.written_routes import save_written, written_page
from app.saved import confirm
from app.transaction import after_commit, transaction

blueprint = Blueprint("recording", __name__)

MAX_PROBE_BYTES = 128 * 1024
"""Maximum number of bytes that the device check sends to measure the connection."""


@blueprint.get("/interview/device-check")
@requires("interview.take_part")
def device_check() -> ResponseReturnValue:
    """Show the device check, where the candidate sees and hears whether camera and microphone work."""
    return _practice_page("recording/device_check.html")


@blueprint.get("/interview/practice")
@requires("interview.take_part")
def practice() -> ResponseReturnValue:
    """Show the practice page. Recordings made there are neither sent nor kept."""
    return _practice_page("recording/practice.html")


@blueprint.post("/interview/connection")
@requires("interview.take_part")
def connection() -> ResponseReturnValue:
    """Receive and discard some bytes, so that the browser can measure the upload speed."""
    if request.content_length is None or request.content_length > MAX_PROBE_BYTES:
        raise TooLargeError(_("Too much was sent: measuring the connection needs less."))
    request.get_data(cache=False)
    return Response(status=204)


@blueprint.get("/interview/questions/<question_id>")
@requires("interview.take_part")
def question_page(question_id: str) -> ResponseReturnValue:
    """Show a question with its recorder and its takes."""
    attempt = current_attempt()
    if missing := missing_step(attempt):
        return redirect(url_for(missing))
    task = services.find_task(db.session(), attempt, question_id)
    if thinking.is_to_begin(db.session(), attempt, task):
        with transaction() as db_session:
            thinking.begin(db_session, current_attempt(lock=True), question_id, now=now())
        attempt = current_attempt()
        task = services.find_task(db.session(), attempt, question_id)
    may_record = interviews.accepts_recording(attempt, now()) and task.is_open and task.remaining_takes != 0
    remaining = thinking.thinking_of(db.session(), attempt, task, now=now())
    values = page_values(
        db.session(),
        attempt,
        task,
        may_record=may_record,
        captions=_captions(task),
        thinking=remaining,
    )
    values |= _question_media_values(attempt, question_id)
    return render_template("recording/question.html", **values)


@blueprint.get("/interview/questions/<question_id>/takes")
@requires("interview.take_part")
def takes(question_id: str) -> ResponseReturnValue:
    """Show the state of a question's takes, as a fragment for the page or as JSON."""
    attempt = current_attempt()
    task = services.find_task(db.session(), attempt, question_id)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(takes=takes_values(attempt, task, _captions(task))["takes"])
    return _takes_fragment(attempt, task)


@blueprint.post("/interview/questions/<question_id>/takes")
@requires("interview.take_part")
def start_take(question_id: str) -> ResponseReturnValue:
    """Start a take. The status is 201, or 200 if the recorder has already started this take and sent no bytes."""
    body = request.get_json(silent=True)
    kind = body.get("kind") if isinstance(body, dict) else None
    if kind not in KINDS:
        raise InvalidInputError(_("A recording is video, sound or signing."))
    recorder = _recorder(body)
    with transaction() as db_session:
        change = services.start_take(
            db_session, current_attempt(lock=True), question_id, TakeKind(kind), recorder=recorder, now=now()
        )
        data = started_data(db_session, change.take)
    return jsonify(data), 201 if change.is_new else 200


@blueprint.post("/interview/takes/<take_id>/continue")
@requires("interview.take_part")
def continue_take(take_id: str) -> ResponseReturnValue:
    """Let this recorder continue a take that was interrupted on another device or page."""
    recorder = _required_recorder()
    with transaction() as db_session:
        take = services.continue_take(db_session, current_attempt(lock=True), take_id, recorder, now=now())
        data = started_data(db_session, take)
    return jsonify(data)


@blueprint.post("/interview/takes/<take_id>/recover")
@requires("interview.deliver")
def recover(take_id: str) -> ResponseReturnValue:
    """Make a take for a recording that could not be added to this take. The status is 201, or 200 if it already exists."""
    recorder = _required_recorder()
    with transaction() as db_session:
        change = services.recover_take(db_session, current_attempt(lock=True), take_id, recorder, now=now())
        data = {**started_data(db_session, change.take), "question": change.take.question_id}
    return jsonify(data), 201 if change.is_new else 200


@blueprint.post("/interview/takes/<take_id>/more-time")
@requires("interview.take_part")
def more_time(take_id: str) -> ResponseReturnValue:
    """Lengthen the current take by one portion of "More time", and return its new limits."""
    with transaction() as db_session:
        data = started_data(db_session, take_more_time(db_session, current_attempt().id, take_id, now=now()))
    return jsonify(data)


@blueprint.post("/interview/questions/<question_id>/thinking")
@requires("interview.take_part")
def more_thinking(question_id: str) -> ResponseReturnValue:
    """Lengthen the thinking time by one portion of "More time", and return the time left."""
    with transaction() as db_session:
        attempt = current_attempt(lock=True)
        task = services.find_task(db_session, attempt, question_id)
        thinking.take_more(db_session, attempt, task, now=now())
        remaining = thinking.thinking_of(db_session, attempt, task, now=now())
    return jsonify(thinking=remaining)


@blueprint.post("/interview/takes/<take_id>/stop")
@requires("interview.deliver")
def stop(take_id: str) -> ResponseReturnValue:
    """Save the stop report of a recorder. Repeating it changes nothing."""
    try:
        report = recorder_reports.parse_stop(request.get_json(silent=True))
        with transaction() as db_session:
            attempt = current_attempt(lock=True)
            change = services.stop_take(db_session, attempt.id, take_id, report, now=now())
            _assemble_when_complete(change)
    except recorder_reports.InvalidReportError:
        raise InvalidInputError(_("The details that came with this recording cannot be read.")) from None
    return jsonify(take_id=take_id)


@blueprint.post("/interview/takes/<take_id>/keep")
@requires("interview.take_part")
def keep(take_id: str) -> ResponseReturnValue:
    """Make a take the answer to its question, and go to the next step. The rest of its upload continues there.

    Another take can be chosen until the answers are sent. With `cut` in the form, show the page that cuts its beginning
    instead: the recorder knows only the address of this route, and waits with it until the take has stopped.
    """
    if "cut" in request.form:
        return redirect(url_for("recording.trim_page", take_id=take_id), 303)
    with transaction() as db_session:
        take = services.choose_take(db_session, current_attempt(lock=True), take_id, now=now())
        address = address_after_answering(db_session, take.attempt, take.question)
        message = kept_words(take)
    confirm(message)
    return redirect(address, 303)


def _question_media_values(attempt: Attempt, question_id: str) -> dict[str, Any]:
    """Return the template values for the video or sound of a question, in the version that the candidate chose."""
    session = db.session()
    media = question_media.find_for_candidate(session, attempt.id, question_id)
    choices = question_versions.choices(media)
    choice = question_versions.choice_in_force(attempt.preferences.get("question_version"), choices)
    shown = [media[role] for role in question_versions.PLAYERS[choice]] if choice else []
    coming = None if media else question_media_encoding.find(session, MediaPlace(question_id))
    return {
        "versions": [(each, question_media.transcript(each)) for each in shown],
        "choices": choices,
        "choice": choice,
        "main_is_video": MediaRole.MAIN in media and media[MediaRole.MAIN].has_video,
        "question_media_is_coming": question_media_encoding.is_coming(coming),
    }


def _required_recorder() -> str:
    recorder = _recorder(request.get_json(silent=True))
    if recorder is None:
        raise InvalidInputError(_("The details that came with this recording cannot be read."))
    return recorder


def _recorder(body: object) -> str | None:
    try:
        return recorder_reports.parse_recorder(body)
    except recorder_reports.InvalidReportError:
        raise InvalidInputError(_("The details that came with this recording cannot be read.")) from None


def _takes_fragment(attempt: Attempt, task: QuestionTask) -> Response:
    values = takes_values(attempt, task, _captions(task))
    return depends_on_htmx(make_response(render_template("recording/_takes.html", **values)))


def _practice_page(template: str) -> ResponseReturnValue:
    attempt = current_attempt()
    if missing := missing_step(attempt):
        return redirect(url_for(missing))
    return render_template(template, recorder=recorder_data(attempt, None))


def _captions(task: QuestionTask) -> TakeCaptions:
    tracks = {take.id: current_track(db.session(), take.id) for take in task.takes}
    return TakeCaptions(
        made={
            take_id: MadeCaptions(track.kind, track.language, track.is_withheld, track.needs_care)
            for take_id, track in tracks.items()
            if track is not None
        },
        unheard=takes_without_speech(db.session(), [take.id for take in task.takes]),
        results={take.id: result_words(db.session(), take, tracks[take.id]) for take in task.takes},
        languages=known_among(task.question.answer_languages, languages_in_use(current_config())),
    )


def _assemble_when_complete(change: services.TakeChange) -> None:
    if change.became_complete:
        after_commit(pipeline.enqueue, Stage.ASSEMBLE, change.take.id)


blueprint.add_url_rule("/interview/<any(sentences, upload_sentences):name>/<language>/<version>", view_func=sentences)
blueprint.add_url_rule("/interview/preferences/countdown", view_func=choose_countdown, methods=["POST"])
blueprint.add_url_rule(
    "/interview/questions/<question_id>/language", view_func=choose_answer_language, methods=["POST"]
)
blueprint.add_url_rule("/interview/questions/<question_id>/file", view_func=file_page)
blueprint.add_url_rule("/interview/questions/<question_id>/file", view_func=add_file, methods=["POST"])
blueprint.add_url_rule("/interview/questions/<question_id>/written", view_func=written_page)
blueprint.add_url_rule("/interview/questions/<question_id>/written", view_func=save_written, methods=["POST"])
blueprint.add_url_rule("/interview/takes/<take_id>/cut", view_func=trim_page)
blueprint.add_url_rule("/interview/takes/<take_id>/cut", view_func=trim, methods=["POST"])
blueprint.add_url_rule("/interview/takes/<take_id>/whole", view_func=whole_media)
blueprint.add_url_rule("/media/<take_id>", view_func=media)
blueprint.add_url_rule("/media/<take_id>/original/<int:number>", view_func=original)
