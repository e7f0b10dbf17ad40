"""Candidates read the captions of their own recordings and correct the words before they send their answers.

They can change only the words, not the times. The automatic version is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires
from app.audit import Actor
from app.captions import corrections
from app.captions.corrections import EditConflictError
from app.captions.editing import MAX_TEXT_LENGTH
from app.captions.files.cue_text import clean_lines
from app.captions.forms import VersionForm
from app.captions.model_choice import languages_in_use
from app.captions.models import CaptionTrack, TrackKind
from app.captions.own_take import find_own_take
from app.captions.remaking import offer_for
from app.captions.services import cues_of, current_track, newest_by_model
from app.captions.shaping.cues import Cue
from app.captions.shaping.repetitions import has_invented
from app.clock import now
from app.config import current_config
from app.errors import InvalidInputError
from app.extensions import db
from app.interviews import rules as interview_rules
from app.recording.captions_wording import no_captions_words
from app.recording.models import Take
from app.recording.wording import has_more_soon
from app.saved import confirm
from app.transaction import transaction


@requires("interview.take_part")
def own_captions(take_id: str) -> ResponseReturnValue:
    """Show a candidate the captions of their take as editable text, or say that they are still being made."""
    take = find_own_take(take_id)
    track = current_track(db.session(), take_id)
    form = VersionForm(formdata=None, base=track.version if track else 0)
    return _page(take, track, form, [cue.text for cue in cues_of(track)] if track else [])


@requires("interview.take_part")
def correct_own_captions(take_id: str) -> ResponseReturnValue:
    """Save the corrected words as a new version. If someone saved another version first, show both texts."""
    take, form, typed = find_own_take(take_id), VersionForm(), _typed()
    track = current_track(db.session(), take_id)
    if not form.validate_on_submit() or track is None:
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    if form.base.data != track.version:
        return _outdated(take, track, form, typed)
    cues = cues_of(track)
    problems = [place for place, text in enumerate(typed) if len(text) > MAX_TEXT_LENGTH]
    if len(typed) != len(cues):
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    if problems:
        return _page(take, track, form, typed, too_long=problems), 422
    try:
        with transaction():
            _save(find_own_take(take_id), cues, typed, base=track.version)
    except EditConflictError:
        return _outdated(find_own_take(take_id), current_track(db.session(), take_id), form, typed)
    return _saved(take_id)


@requires("interview.take_part")
def restore_own_captions(take_id: str) -> ResponseReturnValue:
    """Restore the automatic captions as a new version. The corrected version is kept."""
    form = VersionForm()
    if not form.validate_on_submit():
        raise InvalidInputError(_("This form is not valid. Load the page again and try again."))
    with transaction() as session:
        take = find_own_take(take_id)
        automatic = newest_by_model(session, take_id)
        if automatic is not None:
            base = int(form.base.data or 0)
            corrections.restore(session, take_id, automatic.version, base=base, actor=_actor(take), now=now())
    return _saved(take_id)


def _saved(take_id: str) -> ResponseReturnValue:
    confirm(_("Saved. You can change your captions until you send your answers."))
    return redirect(url_for("captions.own_captions", take_id=take_id), 303)


def _save(take: Take, cues: Sequence[Cue], typed: Sequence[str], *, base: int) -> None:
    corrected = [Cue(cue.start_ms, cue.end_ms, text) for cue, text in zip(cues, typed, strict=True) if text]
    if [cue.text for cue in cues] == list(typed):
        return  # a version without changes is not saved
    kind = TrackKind.CANDIDATE
    corrections.save_correction(db.session(), take.id, corrected, base=base, kind=kind, actor=_actor(take), now=now())


def _outdated(take: Take, track: CaptionTrack | None, form: VersionForm, typed: Sequence[str]) -> tuple[str, int]:
    """Show the typed words in the captions that another device saved in the meantime, matched by start time."""
    began_with = cues_of(corrections.find_version(db.session(), take.id, int(form.base.data or 0)))
    mine = {cue.start_ms: text for cue, text in zip(began_with, typed, strict=False)}
    texts = [mine.pop(cue.start_ms, cue.text) for cue in (cues_of(track) if track else [])]
    if texts:  # keep typed words of captions that the other device removed
        texts[-1] = " ".join([texts[-1], *filter(None, mine.values())])
    form = VersionForm(formdata=None, base=track.version if track else 0)
    return _page(take, track, form, texts, is_outdated=True), 409


def _page(
    take: Take,
    track: CaptionTrack | None,
    form: VersionForm,
    texts: Sequence[str],
    *,
    is_outdated: bool = False,
    too_long: Sequence[int] = (),
) -> str:
    cues = cues_of(track) if track else []
    problems = [
        (
            _(
                "Caption %(number)s has more than %(most)s characters. Shorten it.",
                number=place + 1,
                most=MAX_TEXT_LENGTH,
            ),
            f"#text-{place}",
        )
        for place in too_long
    ]
    if is_outdated:
        message = _(
            "These captions were changed on another device. Your words are below, next to what was saved there."
        )
        problems.append((message, "#captions"))
    return render_template(
        "captions/own.html",
        take=take,
        question=take.question,
        track=track,
        form=form,
        errors=problems,
        rows=_rows(cues, texts, is_outdated=is_outdated),
        no_captions=no_captions_words(take),
        has_more_soon=has_more_soon(take),
        offer=offer_for(db.session(), take, languages_in_use(current_config())),
        is_withheld=track is not None and track.is_withheld,
        needs_care=track is not None and track.needs_care,
        is_corrected=track is not None and track.kind != TrackKind.AUTOMATIC,
        shows_captions=interview_rules.preferences_in_force(take.attempt.preferences)["captions"],
    )


def _rows(
    cues: Sequence[Cue], texts: Sequence[str], *, is_outdated: bool
) -> list[tuple[str, str, str, str | None, bool]]:
    """Return the values of each caption: its time, a name that stays the same in other versions, the text in its field,
    the saved text (if it differs and the page is outdated), and whether the speech model invented repeats.
    """
    rows = []
    for cue, text in zip(cues, texts, strict=True):
        minutes, seconds = divmod(cue.start_ms // 1000, 60)
        saved = cue.text if is_outdated and text != cue.text else None
        time, name = f"{minutes}:{seconds:02}", f"text-{cue.start_ms}-{cue.end_ms}"
        rows.append((time, name, text, saved, has_invented(word.probability for word in cue.words)))
    return rows


def _typed() -> list[str]:
    return ["\n".join(clean_lines(text)) for text in request.form.getlist("text")]


def _actor(take: Take) -> Actor:
    return Actor("candidate", take.attempt_id)
