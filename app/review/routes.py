"""The reviewers' pages: interviews, candidates, one answer with its transcript, and search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.accounts.models import StaffUser
from app.captions.clock import clock_time
from app.captions.needed import count_reviewed
from app.captions.origins import origin_words
from app.captions.services import notes_on
from app.clock import now
from app.extensions import db
from app.interviews.models import Interview
from app.keyset import place_in
from app.partials import page_or_partial, wants_partial
from app.recording.models import Answer, Stage
from app.recording.outcomes import is_being_reencoded, percent_of
from app.recording.processing import TakeState, state_of
from app.recording.question_page import original_addresses
from app.recording.shortfall import shortfall_of
from app.recording.view_log import note_opening, note_part_seen
from app.recording.viewing import closes_by_viewing
from app.recording.waiting import captions_queue
from app.request_guard import page_number, whole_number
from app.review import services
from app.review.reading import AnswerText, answers_beside, must_wait, read_answer
from app.review.score_services import scoring_of
from app.review.search import services as searching
from app.review.search.filters import CAPTIONS, UNSCORED, Filters
from app.review.search.query import InvalidQueryError, Query, QueryProblem, parse_query
from app.review.transcript import pieces_of

blueprint = Blueprint("review", __name__, url_prefix="/review")

WATCH = ("picture", "sound", "text")
"""How much of a recording a reviewer's browser fetches. For a slow connection, reviewers can choose sound or text only.
"""
WATCH_COOKIE = "watch"
YEAR = 365 * 24 * 3600
MAX_MS = 24 * 3600 * 1000
POLL_SECONDS = {
    TakeState.RECORDING: 10,
    TakeState.PREPARING: 3,
    TakeState.ENCODING: 3,
    TakeState.TRANSCRIBING: 3,
    TakeState.WAITING_FOR_MODEL: 30,
}
"""Seconds between two polls of the page, by the state of the take. In all other states the page does not poll."""


@blueprint.get("/")
@requires("review.read")
def interviews() -> ResponseReturnValue:
    """List the interviews to which this reviewer is assigned."""
    return render_template(
        "review/interviews.html", page=services.interviews_of(db.session(), _user(), place_in(request.args))
    )


@blueprint.get("/interviews/<interview_id>")
@requires("review.read")
def interview(interview_id: str) -> ResponseReturnValue:
    """List the candidates who have sent their answers, with the state of each answer."""
    found = services.find_interview(db.session(), _user(), interview_id)
    candidates = services.candidates_of(db.session(), found, place_in(request.args))
    queue = captions_queue(db.session(), now=now())
    return render_template("review/interview.html", interview=found, candidates=candidates, queue=queue)


@blueprint.get("/answers/<answer_id>")
@requires("review.read")
def answer(answer_id: str) -> ResponseReturnValue:
    """Show one answer with its transcript.

    `t` is the start in milliseconds; matches of the query `q` are marked in the text. Opening the page is recorded in
    the audit log. A poll, which fetches only a part of the page, is recorded only if the answer was not opened before.
    """
    found = services.find_answer(db.session(), _user(), answer_id)
    note = note_part_seen if wants_partial() else note_opening
    if closes_by_viewing(found):
        note(found)
        return _answer_page(services.find_answer(db.session(), _user(), answer_id))
    page = _answer_page(found)
    note(found)  # last, because all that was read is read again after a transaction
    return page


def _answer_page(found: Answer) -> Response:
    interview = found.attempt.interview
    query, problem = _query()
    reading = read_answer(db.session(), found, query)
    response = page_or_partial(
        "review/answer.html",
        "review/_watch.html",
        answer=found,
        interview=interview,
        candidate=services.name_of(found),
        clock_time=clock_time,
        **_watching(found),
        scoring=None if wants_partial() else scoring_of(db.session(), _user(), found),
        beside=answers_beside(db.session(), found),
        reading=reading,
        must_wait=must_wait(found, reading),
        notes=notes_on(reading.track) if reading.track else [],
        origin=origin_words(db.session(), reading.track) if reading.track else "",
        state=state_of(found.take) if found.take else None,
        wait=captions_queue(db.session(), now=now()).get(found.take_id or "") if reading.track is None else None,
        poll_seconds=_poll_seconds(found, reading),
        start_ms=min(whole_number(request.args.get("t")), MAX_MS),
        typed=_typed(),
        problem=problem,
    )
    if request.args.get("watch") in WATCH:
        response.set_cookie(
            WATCH_COOKIE, request.args["watch"], max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response


@blueprint.get("/interviews/<interview_id>/search")
@requires("review.read")
def search(interview_id: str) -> ResponseReturnValue:
    """Search the answers of one interview for the query `q`."""
    interview = services.find_interview(db.session(), _user(), interview_id)
    return _search_page([interview], interview)


@blueprint.get("/search")
@requires("review.read")
def search_all() -> ResponseReturnValue:
    """Search the answers of all interviews to which this reviewer is assigned for the query `q`."""
    return _search_page(services.assigned_interviews(db.session(), _user()), None)


def _search_page(interviews: Sequence[Interview], interview: Interview | None) -> ResponseReturnValue:
    query, problem = _query()
    filters, number = _filters(), _page_number()
    found = query and searching.search_answers(db.session(), query, interviews=interviews, filters=filters, page=number)
    return page_or_partial(
        "review/search.html",
        "review/_results.html",
        interview=interview,
        address=url_for("review.search", interview_id=interview.id) if interview else url_for("review.search_all"),
        titles={each.id: each.title for each in interviews},
        filters=filters,
        chosen=_chosen(filters),
        spoken_languages=searching.languages_of(interviews),
        candidate=services.name_of_attempt(db.session(), interviews, filters.candidate) if filters.candidate else None,
        typed=_typed(),
        found=found,
        needed=count_reviewed(db.session(), _user(), interview.id if interview else None),
        problem=problem,
        clock_time=clock_time,
        pieces_of=pieces_of,
        page_number=number,
        last_page=-(-found.total // searching.PAGE) if found else 1,
    )


def _filters() -> Filters:
    """Return the filters chosen for a search. Invalid values are ignored."""
    asked = request.args
    score = asked.get("score", "")
    return Filters(
        reviewer=_user().id,
        question=asked.get("question", "")[:26].replace("\0", ""),
        candidate=asked.get("candidate", "")[:26].replace("\0", ""),
        score=score if score == UNSCORED or whole_number(score) else "",
        captions=asked.get("captions", "") if asked.get("captions") in CAPTIONS else "",
        language=asked.get("language", "")[:35].replace("\0", ""),
    )


def _chosen(filters: Filters) -> dict[str, str]:
    names = ("question", "candidate", "score", "captions", "language")
    return {name: getattr(filters, name) for name in names if getattr(filters, name)}


def _user() -> StaffUser:
    return access.signed_in_user()


def _typed() -> str:
    """Return the query as typed, without characters that cannot be displayed."""
    typed = request.args.get("q", "")
    return "".join(letter if letter.isprintable() else " " for letter in typed).strip()


def _page_number() -> int:
    return page_number(request.args.get("page"))


def _query() -> tuple[Query | None, str | None]:
    """Return the parsed query, or the message that explains why it is invalid. Both are None if nothing was typed."""
    if not _typed():
        return None, None
    try:
        return parse_query(_typed()), None
    except InvalidQueryError as unclear:
        return None, _words_for(unclear.reason)


def _words_for(reason: QueryProblem) -> str:
    return {
        QueryProblem.EMPTY: _("Your search has no letters or digits. Type a word that was said."),
        QueryProblem.NOTHING_WANTED: _("Your search only says what to leave out. Type a word to find as well."),
        QueryProblem.TOO_LONG: _("Your search is too long. Use at most 20 words and 300 characters."),
        QueryProblem.PREFIX_TOO_SHORT: _("Type at least two letters before the star."),
    }[reason]


def _poll_seconds(found: Answer, reading: AnswerText) -> int | None:
    """Return the seconds until the page polls again, or None if no captions are being made."""
    if found.take is None or reading.track is not None:
        return None
    return POLL_SECONDS.get(state_of(found.take))


def _watching(found: Answer) -> dict[str, Any]:
    """Return the player's template variables: whether media may be played, and how much of the media this browser
    fetches.
    """
    media = found.take.media if found.take else None
    has_picture = media is not None and media.has_video and not services.is_blind(found.attempt.interview)
    labels = {"picture": _("Picture and sound"), "sound": _("Sound only"), "text": _("Text only")}
    choices = [(name, labels[name]) for name in WATCH if has_picture or name != "picture"]
    asked = request.args.get("watch") or request.cookies.get(WATCH_COOKIE)
    watch = asked if asked in dict(choices) else choices[0][0]
    preload = watch == "sound" and asked == "sound"
    return {
        "may_play": services.may_play(found),
        "has_picture": has_picture,
        "originals": original_addresses(media) if has_picture or not services.is_blind(found.attempt.interview) else [],
        "percent": percent_of(found.take, Stage.ENCODE) if found.take else 0,
        "is_being_reencoded": found.take is not None and is_being_reencoded(found.take),
        "shortfall": found.take and shortfall_of(found.take),
        "watch": watch,
        "watch_choices": choices,
        "preload": "none" if preload else "metadata",
    }
