"""Routes for scoring: saving and handing in a score, notes, the panel, answers side by side, and the export."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor, AuditAction, record
from app.captions.clock import read_time
from app.captions.needed import count_reviewed
from app.clock import now
from app.extensions import db
from app.file_names import file_name
from app.interviews.models import Interview
from app.keyset import place_in
from app.request_guard import whole_number
from app.review import panel_services as panel
from app.review import score_services as scoring
from app.review import services
from app.review.models import Score
from app.review.safe_cells import safe_cell
from app.review.score_services import InvalidLevelError, InvalidNoteError, ScoreConflictError, ScoreInput
from app.saved import confirm
from app.transaction import transaction

blueprint = Blueprint("scores", __name__, url_prefix="/review")


@blueprint.post("/answers/<answer_id>/score")
@requires("review.read")
def save_score(answer_id: str) -> ResponseReturnValue:
    """Save the draft of a score. With `do=hand in`, continue to the page that asks whether to hand in the score.

    A request from a script gets JSON; a submitted form gets a page.
    """
    opinion, user, is_last = _opinion(), access.signed_in_user(), request.form.get("do") == "hand in"
    try:
        with transaction() as session:
            answer = services.find_answer(session, user, answer_id)
            if is_last:
                scoring.require_level(session, answer, opinion)
            saved = _state(scoring.save_draft(session, user, answer, opinion, now=now()))
    except ScoreConflictError as problem:
        return _conflict(answer_id, opinion, problem)
    except InvalidLevelError as problem:
        if _wants_json():
            raise
        return _score_again(answer_id, opinion, problem)
    if _wants_json():
        return jsonify(saved)
    if is_last:
        scoring.require_something_to_judge(db.session(), services.find_answer(db.session(), user, answer_id))
        return redirect(url_for("scores.hand_in", answer_id=answer_id), 303)
    return redirect(url_for("review.answer", answer_id=answer_id, _anchor="score"), 303)


@blueprint.route("/answers/<answer_id>/score/hand-in", methods=["GET", "POST"])
@requires("review.read")
def hand_in(answer_id: str) -> ResponseReturnValue:
    """Ask for confirmation (GET) or hand in the saved draft (POST), unless the draft has changed since it was shown."""
    user = access.signed_in_user()
    answer = services.find_answer(db.session(), user, answer_id)
    found = scoring.scoring_of(db.session(), user, answer)
    to_answer = redirect(url_for("review.answer", answer_id=answer_id, _anchor="score"), 303)
    if found.own is None or (request.method == "GET" and (found.is_in or found.has_to_wait)):
        return to_answer
    if request.method == "GET":
        return render_template("review/hand_in.html", answer=answer, scoring=found)
    opinion = ScoreInput(found.own.level, found.own.comment, whole_number(request.form.get("version")))
    try:
        with transaction() as session:
            answer = services.find_answer(session, access.signed_in_user(), answer_id)
            scoring.hand_in(session, access.signed_in_user(), answer, opinion, now=now())
    except ScoreConflictError as problem:
        return _conflict(answer_id, opinion, problem)
    except InvalidLevelError as problem:
        return _score_again(answer_id, opinion, problem)
    confirm(_("Your score is handed in."))
    return to_answer


@blueprint.post("/answers/<answer_id>/notes")
@requires("review.read")
def add_note(answer_id: str) -> ResponseReturnValue:
    """Add a note at a moment of the answer, typed as `minutes:seconds`.

    An invalid note is shown again with an error.
    """
    typed, text = request.form.get("at", "").strip(), request.form.get("text", "")
    place = read_time(typed) if typed else 0
    if place is None:
        return _note_again(answer_id, at=_("Enter a time such as 1:30, one minute 30 seconds."))
    try:
        with transaction() as session:
            answer = services.find_answer(session, access.signed_in_user(), answer_id)
            scoring.add_note(session, access.signed_in_user(), answer, place, text, now=now())
    except InvalidNoteError as problem:
        return _note_again(answer_id, text=problem.message)
    return redirect(url_for("review.answer", answer_id=answer_id, t=place or None, _anchor="notes"), 303)


@blueprint.post("/answers/<answer_id>/notes/<note_id>/remove")
@requires("review.read")
def remove_note(answer_id: str, note_id: str) -> ResponseReturnValue:
    """Remove one of the reviewer's own notes."""
    with transaction() as session:
        answer = services.find_answer(session, access.signed_in_user(), answer_id)
        scoring.remove_note(session, access.signed_in_user(), answer, note_id)
    confirm(_("Removed."))
    return redirect(url_for("review.answer", answer_id=answer_id, _anchor="notes"), 303)


@blueprint.get("/interviews/<interview_id>/panel")
@requires("review.read")
def panel_page(interview_id: str) -> ResponseReturnValue:
    """Show the progress of the panel, and how far reviewers agree on the answers that this reviewer has scored."""
    user, session = access.signed_in_user(), db.session()
    interview = services.find_interview(session, user, interview_id)
    rows, answers = panel.progress_of(session, user, interview)
    agreements = panel.agreement_on(session, user, interview)
    return render_template(
        "review/panel.html",
        interview=interview,
        rows=rows,
        answers=answers,
        agreements=agreements,
        needed=count_reviewed(session, user, interview.id),
    )


@blueprint.get("/interviews/<interview_id>/questions/<question_id>")
@requires("review.read")
def side_by_side(interview_id: str, question_id: str) -> ResponseReturnValue:
    """Show all candidates' answers to one question, with the scores that this reviewer may see."""
    user, session = access.signed_in_user(), db.session()
    interview = services.find_interview(session, user, interview_id)
    beside = panel.side_by_side(session, user, interview, question_id, place_in(request.args))
    levels = scoring.levels_of(session, question_id)
    return render_template("review/side_by_side.html", interview=interview, beside=beside, levels=levels)


@blueprint.post("/interviews/<interview_id>/scores.csv")
@requires("review.read")
def export(interview_id: str) -> ResponseReturnValue:
    """Download the scores that this reviewer may see as a CSV file. The export is recorded in the audit log."""
    user = access.signed_in_user()
    with transaction() as session:
        interview = services.find_interview(session, user, interview_id)
        rows = panel.export_rows(session, user, interview)
        who, what = Actor("staff", user.id), ("interview", interview.id)
        record(session, AuditAction.SCORES_EXPORTED, actor=who, subject=what, now=now(), rows=len(rows))
    interview = services.find_interview(db.session(), user, interview_id)
    return _csv(interview, rows)


def _csv(interview: Interview, rows: list[panel.ExportRow]) -> Response:
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(
        [_("Candidate"), _("Reference"), _("Interview"), _("Question"), _("Text of the question"), _("Reviewer"),
         _("Level"), _("Name of the level"), _("Comment"), _("Handed in"), _("Handed in at (UTC)"), _("Reopened at (UTC)"),
         _("Changed after colleagues’ scores could be seen"), _("Needs captions by a person"),
         _("Interview id"), _("Question id"), _("Candidate id"), _("Answer id")]
    )  # fmt: skip
    for row in rows:
        seen = row.score
        state = _("yes") if seen.is_in else _("no, reopened") if seen.reopened_at else _("no, a draft")
        changed = _("yes") if seen.changed_after_seeing else _("no")
        needs_captions = _("yes") if row.needs_captions else _("no")
        cells = [
            row.candidate, row.reference, interview.title, row.question, row.prompt, seen.reviewer, seen.level,
            seen.level_name, seen.comment, state, _utc(seen.handed_in_at), _utc(seen.reopened_at), changed,
            needs_captions, interview.id, row.question_id, row.candidate_id, row.answer_id,
        ]  # fmt: skip
        sheet.writerow([safe_cell(cell) for cell in cells])
    response = Response("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    name = file_name("scores", interview.title, suffix="csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _utc(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _opinion() -> ScoreInput:
    """Return the score as the reviewer typed it.

    CRLF becomes LF: a line end then counts as one character, as it does in the browser.
    """
    level = whole_number(request.form.get("level"))
    comment = request.form.get("comment", "").replace("\r\n", "\n").replace("\0", "")
    seen = whole_number(request.form.get("version"))
    return ScoreInput(level or None, comment, seen, request.form.get("rubric", ""))


def _score_again(answer_id: str, opinion: ScoreInput, problem: InvalidLevelError) -> ResponseReturnValue:
    """Show the form again with the typed values and an error message for the level."""
    try:
        _keep_comment(answer_id, opinion)
    except ScoreConflictError as changed:
        return _conflict(answer_id, opinion, changed)
    answer = services.find_answer(db.session(), access.signed_in_user(), answer_id)
    found = scoring.scoring_of(db.session(), access.signed_in_user(), answer)
    return render_template("review/score_again.html", answer=answer, scoring=found, problem=problem), 422


def _keep_comment(answer_id: str, opinion: ScoreInput) -> None:
    """Save the comment without the invalid level, because without scripts the page does not save the comment itself."""
    user = access.signed_in_user()
    with transaction() as session:
        answer = services.find_answer(session, user, answer_id)
        scoring.save_draft(session, user, answer, replace(opinion, level=None), now=now())


def _note_again(answer_id: str, **errors: str) -> ResponseReturnValue:
    answer = services.find_answer(db.session(), access.signed_in_user(), answer_id)
    page = {"at": request.form.get("at", ""), "text": request.form.get("text", ""), "errors": errors}
    return render_template("review/note_again.html", answer=answer, **page), 422


def _conflict(answer_id: str, opinion: ScoreInput, problem: ScoreConflictError) -> ResponseReturnValue:
    session = db.session()
    answer = services.find_answer(session, access.signed_in_user(), answer_id)
    found = scoring.scoring_of(session, access.signed_in_user(), answer)
    if _wants_json():
        return jsonify(message=str(problem.message), kept=str(problem.kept), saved=_state(found.own)), 409
    page = {"answer": answer, "scoring": found, "typed": opinion, "problem": problem}
    return render_template("review/score_conflict.html", **page), 409


def _state(score: Score | None) -> dict[str, object]:
    if score is None:
        return {"version": 0, "level": None, "comment": "", "is_in": False}
    return {
        "version": score.version,
        "level": score.level,
        "comment": score.comment,
        "is_in": score.handed_in_at is not None,
    }


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
