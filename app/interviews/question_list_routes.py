"""The page with the candidate's questions, which is also the check before sending; sending the answers; the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.captions import services as captions
from app.captions.models import CaptionTrack
from app.clock import now
from app.extensions import db
from app.interviews import rules, services
from app.interviews.current import current_attempt, missing_step
from app.interviews.forms import SubmitForm
from app.interviews.models import Attempt
from app.recording import services as recording
from app.recording.answers import finish_writing, record_questions
from app.recording.captions_wording import no_captions_words
from app.recording.models import Take
from app.recording.question_page import uploads_data
from app.recording.question_status import QuestionTask, answers_of
from app.recording.wording import (
    coming_words,
    has_more_soon,
    passed_over_words,
    to_send_words,
    unheard_words,
)
from app.review.search import services as search
from app.storage import get_storage
from app.transaction import after_commit, transaction


@requires("interview.take_part")
def task_list() -> ResponseReturnValue:
    """Show every question with the state of its answer, the next step, and how to send the answers."""
    attempt = current_attempt()
    if missing := missing_step(attempt):
        return _go(missing)
    return _page(attempt)


@requires("interview.take_part")
def check_answers() -> ResponseReturnValue:
    """Redirect to the list of questions, which shows what will be sent. Older links and open pages lead here."""
    return _go("interview.task_list")


@requires("interview.take_part")
def submit() -> ResponseReturnValue:
    """Send the answers. Takes that were not chosen are deleted, but their numbers remain in the log.

    If a question has no answer, or part of an answer has not arrived, the status is 409 and nothing is sent until the
    candidate has been told and confirms.
    """
    form = SubmitForm()
    with transaction():
        attempt = current_attempt(lock=True)
        asks = None if missing_step(attempt) else _question_before_sending(attempt, form)
        if asks is None and attempt.submitted_at is None:
            _send(attempt)
    return _page(current_attempt(), asks=asks) if asks else _go("interview.receipt")


@requires("interview.deliver")
def receipt() -> ResponseReturnValue:
    """Show the reference of the receipt, the candidate's own copy, and what happens next.

    If the candidate opened the link of the invitation again after sending, there is no copy.
    """
    attempt = current_attempt()
    if attempt.submitted_at is None:
        return _go("interview.task_list")
    chosen = [answer.take for answer in answers_of(db.session(), attempt.id) if answer.take]
    page = {"captions_words": _captions_words(chosen), "has_copy": access.current_principal().is_candidate}
    page |= {"has_more_soon": any(has_more_soon(take) for take in chosen)}
    return render_template("interviews/receipt.html", **page, **_tasks(attempt))


def _page(attempt: Attempt, *, asks: str | None = None) -> ResponseReturnValue:
    """Return the page. `asks` is the question that it asks before sending: "unanswered", "coming" or none."""
    values = _tasks(attempt)
    page = {
        "closing": services.closing_time(attempt.invitation),
        "open": services.accepts_recording(attempt, now()),
        "asks": asks,
        "is_asked": asks == "coming",
        "unanswered": [task.asked.number for task in values["tasks"] if not task.has_something],
        "to_send_words": to_send_words,
    }
    return render_template("interviews/task_list.html", **page, **values), 409 if asks else 200


def _question_before_sending(attempt: Attempt, form: SubmitForm) -> str | None:
    """Return the question that the page must ask before sending, or None. Without any answer, nothing is asked."""
    tasks = recording.task_list(db.session(), attempt)
    unanswered = [task.asked.number for task in tasks if not task.has_something]
    if len(unanswered) < len(tasks) and not rules.accepts_unanswered(form.unanswered.data or "", unanswered):
        return "unanswered"
    coming = {task.asked.number: task.told for task in tasks}
    return None if rules.was_told(form.told.data or "", coming) else "coming"


def _send(attempt: Attempt) -> None:
    session, time = db.session(), now()
    recording.lock_takes(session, attempt.id)
    recording.choose_newest_takes(session, attempt, now=time)
    finish_writing(session, attempt.id, actor=Actor("candidate", attempt.id), now=time)
    answers = sum(task.is_answered for task in recording.task_list(session, attempt))
    services.submit_attempt(session, attempt, answers=answers, now=time)
    record_questions(session, attempt)
    search.index_attempt(session, attempt.id)
    for take in recording.takes_not_chosen(session, attempt):
        captions.remove_tracks(session, take.id)
    after_commit(recording.delete_keys, get_storage(), recording.remove_takes_not_chosen(session, attempt, now=time))


def _coming(tasks: Sequence[QuestionTask]) -> dict[str, object]:
    """Return the missing parts of the answers as sentences, as a form value, and as data for scripts."""
    data: list[dict[str, str]] = []

    def add(take: Take, number: int, told: Sequence[int | None], words: str) -> None:
        data.append({"take": take.id, "told": rules.told_of(number, told), "words": words})

    for task in tasks:
        number = task.asked.number
        if task.coming and task.to_send:
            add(task.to_send, number, task.coming.told, coming_words(number, task.coming))
        if task.passed_over:
            add(task.passed_over, number, (None,), passed_over_words(number))
    told = " ".join(one["told"] for one in data)
    return {"coming_words": [one["words"] for one in data], "told": told, "coming_data": data}


def _tasks(attempt: Attempt) -> dict[str, Any]:
    tasks = recording.task_list(db.session(), attempt)
    return {
        "attempt": attempt,
        "interview": attempt.interview,
        "tasks": tasks,
        "unheard_words": _unheard_words([task.to_send for task in tasks if task.to_send]),
        "recorder_uploads": uploads_data(attempt, [task.to_send for task in tasks if task.to_send]),
        **_coming(tasks),
    }


def _unheard_words(takes: list[Take]) -> dict[str, str | None]:
    """Return a message for each recording without speech that is or will be an answer, by question id."""
    unheard = captions.takes_without_speech(db.session(), [take.id for take in takes])
    return {take.question_id: unheard_words(take) for take in takes if take.id in unheard}


def _captions_words(chosen: Sequence[Take]) -> dict[str, str | None]:
    """Return why the captions of each chosen take cannot be downloaded, or None if they can, by take id."""
    tracks = {take.id: captions.current_track(db.session(), take.id) for take in chosen}
    return {take.id: _why_no_captions(take, tracks[take.id]) for take in chosen}


def _why_no_captions(take: Take, track: CaptionTrack | None) -> str | None:
    is_withheld = track is not None and track.is_withheld
    return None if track and track.cues and not is_withheld else no_captions_words(take, is_withheld=is_withheld)


def _go(endpoint: str) -> ResponseReturnValue:
    return redirect(url_for(endpoint), 303)
