"""Routes for cutting the beginning of a recording, and for listening to the whole of it. They need no script."""

from __future__ import annotations

from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import pipeline
from app.accounts.access import requires
from app.captions.own_take import find_own_take
from app.captions.trimmed import follow_trim
from app.clock import now
from app.errors import InvalidInputError, NotFoundError
from app.extensions import db
from app.interviews.current import current_attempt
from app.recording import services, trim_wording, trimming
from app.recording.models import Take
from app.recording.serving import media_response
from app.recording.trim_rules import MAX_TRIM_MS, STEP_MS, nearest_choice, trim_choices
from app.recording.wording import own_file_words
from app.saved import confirm
from app.storage import get_storage
from app.transaction import after_commit, transaction


@requires("interview.take_part")
def trim_page(take_id: str) -> ResponseReturnValue:
    """Show how much of the beginning of a take can be cut, with a player of the whole recording."""
    take = find_own_take(take_id)
    return _page(take, take.trim_ms or trimming.suggestion_for(take) or STEP_MS)


@requires("interview.take_part")
def trim(take_id: str) -> ResponseReturnValue:
    """Cut the beginning of a take, or undo it, or only show the page with the player at that place."""
    wish = _read_wish()
    if wish.is_to_listen:
        return _page(find_own_take(take_id), wish.trim_ms or STEP_MS, is_listening=True)
    with transaction() as session:
        change = trimming.trim_take(session, current_attempt(lock=True), take_id, wish.trim_ms, now=now())
        take = change.take
        if change.is_new:
            follow_trim(session, take_id, before_ms=change.before_ms, trim_ms=take.trim_ms, now=now())
            stage = trimming.pending_stage(session, take_id)
            if stage is not None:
                after_commit(pipeline.enqueue, stage, take_id)
        after_commit(services.delete_keys, get_storage(), change.unused_keys)
        message, question_id = trim_wording.changed_words(take), take.question_id
    confirm(message)
    return redirect(url_for("recording.question_page", question_id=question_id, _anchor=f"take-{take_id}"), 303)


@requires("interview.take_part")
def whole_media(take_id: str) -> ResponseReturnValue:
    """Serve the whole recording of a take to its candidate, until the answers are sent."""
    take = find_own_take(take_id)
    media = trimming.whole_media(db.session(), take)
    if media is None:
        raise NotFoundError()
    try:
        return media_response(get_storage(), media, request.environ, name=(*own_file_words(take), "whole"))
    except FileNotFoundError:
        raise NotFoundError() from None


class _Wish(NamedTuple):
    trim_ms: int | None
    is_to_listen: bool


def _read_wish() -> _Wish:
    """Read the form: how much to cut (0: nothing), and whether the person only wants to listen."""
    chosen = request.form.get("cut", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) <= len(str(MAX_TRIM_MS))):
        raise InvalidInputError(_("Choose how much to cut from the list."))
    return _Wish(int(chosen) or None, is_to_listen="listen" in request.form)


def _page(take: Take, chosen_ms: int, *, is_listening: bool = False) -> str:
    length_ms = trimming.whole_length_ms(db.session(), take)
    choices = trim_choices(length_ms)
    chosen = nearest_choice(chosen_ms, choices) if choices else None
    return render_template(
        "recording/trim.html",
        take=take,
        question=take.question,
        choices=[(choice, trim_wording.trim_length_words(choice)) for choice in choices],
        chosen=chosen,
        chosen_words=trim_wording.trim_length_words(chosen) if chosen else None,
        begins_at=chosen / 1000 if chosen else 0,
        trimmed_words=trim_wording.trimmed_words(take),
        has_voice_early=trimming.suggestion_for(take) is not None,
        whole=trimming.whole_media(db.session(), take),
        is_listening=is_listening,
    )
