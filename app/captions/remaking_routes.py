"""Handle the buttons with which candidates and reviewers have captions made again in another language."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import pipeline
from app.accounts import access
from app.accounts.access import requires
from app.audit import Actor
from app.captions.model_choice import languages_in_use
from app.captions.open_context import open_context
from app.captions.own_take import find_own_take
from app.captions.remaking import Outcome, RemakingResult, make_again
from app.clock import now
from app.config import current_config
from app.errors import ConflictError, InvalidInputError, NotAllowedError
from app.i18n import language_name
from app.interviews import services as interviews
from app.interviews.current import current_attempt
from app.language_tags import MAX_TAG_LENGTH
from app.recording.models import Stage, Take
from app.saved import confirm
from app.transaction import after_commit, transaction


@requires("captions.correct")
def make_captions_again(take_id: str) -> ResponseReturnValue:
    """Have the captions of a take made again in the language that a reviewer or a coordinator chose."""
    place = open_context(take_id)
    if not place.is_heard:
        raise NotAllowedError(_("In this blind review you judge only the words, so the recording is not played here."))
    language, user, known = _language(), access.signed_in_user(), languages_in_use(current_config())
    with transaction() as session:
        reply = make_again(session, take_id, language, known=known, actor=Actor("staff", user.id), now=now())
        if reply.outcome is Outcome.TO_DO:
            after_commit(pipeline.enqueue, Stage.TRANSCRIBE, take_id)
    confirm(_words(reply, language_name(language)))
    if place.is_captioner:  # they may not open it any more when the new captions are good
        return redirect(url_for("captions.needed_captions"), 303)
    return redirect(url_for("captions.versions", take_id=take_id), 303)


@requires("interview.take_part")
def make_own_captions_again(take_id: str) -> ResponseReturnValue:
    """Have the captions of a candidate's own take made again in another language.

    If the question allows this language, it also becomes the candidate's preferred answer language.
    """
    language, known = _language(), languages_in_use(current_config())
    with transaction() as session:
        attempt = current_attempt(lock=True)
        take = find_own_take(take_id)
        back = _page_before(take)
        if language in take.question.answer_languages:
            interviews.save_preferences(session, attempt, {"answer_language": language})
        try:
            actor = Actor("candidate", attempt.id)
            reply = make_again(session, take_id, language, known=known, actor=actor, now=now())
        except (ConflictError, InvalidInputError) as refusal:
            refusal.way_on = (_("Back to your recording"), back)
            raise
        if reply.outcome is Outcome.TO_DO:
            after_commit(pipeline.enqueue, Stage.TRANSCRIBE, take_id)
    confirm(_words(reply, language_name(language), is_staff=False))
    return redirect(back, 303)


def _page_before(take: Take) -> str:
    """Return the address of the page from which a candidate asked for other captions."""
    if request.form.get("from") == "captions":
        return url_for("captions.own_captions", take_id=take.id)
    return url_for("recording.question_page", question_id=take.question_id, _anchor=f"take-{take.id}")


def _language() -> str:
    return request.form.get("language", "")[:MAX_TAG_LENGTH]


def _words(reply: RemakingResult, language: str, *, is_staff: bool = True) -> str:
    """Return the message after a request for captions. `language` is the name of a language."""
    if reply.outcome is Outcome.MADE and not is_staff:  # candidates have no page with versions
        return _(
            "Captions in this language were made before: %(language)s. They are kept. Corrected captions are shown.",
            language=language,
        )
    if reply.outcome is Outcome.MADE:
        return _(
            "Version %(number)s is already in this language: %(language)s. To use it, open and restore that version.",
            number=reply.version, language=language,
        )  # fmt: skip
    return {
        Outcome.TO_DO: _("Captions are being made in this language: %(language)s.", language=language),
        Outcome.UNDER_WAY: _("Captions are already being made in this language: %(language)s.", language=language),
        Outcome.WAITS: _(
            "When the recording is ready, captions are made in this language: %(language)s.", language=language
        ),
        Outcome.SHOWN: _("These captions are already in this language: %(language)s.", language=language),
    }[reply.outcome]
